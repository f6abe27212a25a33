import { NotJudged } from "../errors.ts";
import { method, type Overload } from "../overload.ts";
import { dateOf } from "../time-text.ts";
import type { Timestamp } from "../value.ts";

const HOUR = 3_600_000_000_000n;
const MINUTE = 60_000_000_000n;
const SECOND = 1_000_000_000n;
const MILLISECOND = 1_000_000n;
const DAY_MS = 86_400_000;

const PARTS: { readonly [name: string]: (date: Date) => number } = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDate: (date) => date.getUTCDate(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
};

function partsOf(name: string, part: (date: Date) => number): readonly Overload[] {
  return [
    method(name, ["google.protobuf.Timestamp"], ([time]) => BigInt(part(dateOf(time)))),
    method(name, ["google.protobuf.Timestamp", "string"], ([time, zone]) => BigInt(part(dateOf(inUtc(time, zone))))),
  ];
}

/** Time zones come from a data base that differs from machine to machine. */
function inUtc(time: Timestamp, zone: string): Timestamp {
  if (zone !== "UTC" && zone !== "") throw new NotJudged(`the time zone ${zone} is not known here`);
  return time;
}

export const times: readonly Overload[] = [
  ...Object.entries(PARTS).flatMap(([name, part]) => partsOf(name, part)),
  method("getHours", ["google.protobuf.Duration"], ([{ nanos }]) => nanos / HOUR),
  method("getMinutes", ["google.protobuf.Duration"], ([{ nanos }]) => nanos / MINUTE),
  method("getSeconds", ["google.protobuf.Duration"], ([{ nanos }]) => nanos / SECOND),
  method("getMilliseconds", ["google.protobuf.Duration"], ([{ nanos }]) => (nanos / MILLISECOND) % 1_000n),
];
