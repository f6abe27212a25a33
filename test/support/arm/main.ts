/**
 * The fake ARM as a process: `node test/support/arm/main.ts [--port N] [--time-scale N | --virtual-time] [--settings FILE]`.
 * Its first line on stdout is `ready http://127.0.0.1:PORT`. Ends on SIGTERM and SIGINT.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { scaledClock, virtualClock } from "./clock.ts";
import { startFakeArm } from "./fake-arm.ts";
import type { Settings } from "./settings.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    "time-scale": { type: "string", default: "1" },
    "virtual-time": { type: "boolean", default: false },
    settings: { type: "string" },
  },
});
const settings =
  values.settings === undefined ? {} : (JSON.parse(readFileSync(values.settings, "utf8")) as Partial<Settings>);
const clock = values["virtual-time"] ? virtualClock() : scaledClock(Number(values["time-scale"]));
const arm = await startFakeArm({ ...settings, clock, port: Number(values.port) });
console.log(`ready ${arm.url}`);
process.once("SIGTERM", () => void arm.close().then(() => process.exit(0)));
process.once("SIGINT", () => void arm.close().then(() => process.exit(0)));
