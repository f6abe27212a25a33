import type { Duration, Timestamp } from "./value.ts";

const SECOND = 1_000_000_000n;
const UNITS: { readonly [unit: string]: bigint } = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: SECOND,
  m: 60n * SECOND,
  h: 3_600n * SECOND,
};
const LARGEST = (1n << 63n) - 1n;
const DURATION = /^([+-]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g;

/** Go's time.ParseDuration. */
export function parseDuration(text: string): Duration | undefined {
  if (/^[+-]?0$/.test(text)) return { kind: "google.protobuf.Duration", nanos: 0n };
  const parts = DURATION.exec(text);
  if (parts === null) return undefined;
  let nanos = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of (parts[2] ?? "").matchAll(PART)) {
    const size = UNITS[unit] ?? 0n;
    nanos += BigInt(whole || "0") * size + (BigInt(fraction || "0") * size) / 10n ** BigInt(fraction.length);
  }
  return nanos > LARGEST ? undefined : { kind: "google.protobuf.Duration", nanos: parts[1] === "-" ? -nanos : nanos };
}

/** Seconds with as many digits as there are: `90s`, `0.5s`. */
export function durationText({ nanos }: Duration): string {
  return `${decimal(nanos)}s`;
}

function decimal(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  const fraction = String(size % SECOND)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${nanos < 0n ? "-" : ""}${size / SECOND}${fraction === "" ? "" : `.${fraction}`}`;
}

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;

/** RFC 3339. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const parts = TIMESTAMP.exec(text);
  if (parts === null) return undefined;
  const [, seconds = "", fraction = "", zone = ""] = parts;
  const milliseconds = Date.parse(seconds + zone);
  // Date takes 2026-02-30 for 2 March; Go refuses it.
  if (Number.isNaN(milliseconds) || !new Date(Date.parse(`${seconds}Z`)).toISOString().startsWith(seconds))
    return undefined;
  const nanos = BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return { kind: "google.protobuf.Timestamp", nanos: BigInt(milliseconds) * 1_000_000n + nanos };
}

export function timestampText(timestamp: Timestamp): string {
  const fraction = String(floorMod(timestamp.nanos, SECOND)).padStart(9, "0").replace(/0+$/, "");
  return `${dateOf(timestamp).toISOString().slice(0, 19)}${fraction === "" ? "" : `.${fraction}`}Z`;
}

export function dateOf({ nanos }: Timestamp): Date {
  return new Date(Number((nanos - floorMod(nanos, 1_000_000n)) / 1_000_000n));
}

function floorMod(value: bigint, by: bigint): bigint {
  return ((value % by) + by) % by;
}
