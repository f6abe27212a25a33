/**
 * Simulates clusters one after the other and says what came of each. The product runs as it is, on virtual time.
 *
 *   node test/simulation/main.ts [--seconds=60] [--seed=N] [--worlds=N] [--turmoil=HOURS] [--trace]
 *
 * `--seed` with `--worlds=1 --trace` replays one world and prints what happened in it last. Exit code 1 where one did not
 * come to rest.
 */
import { parseArgs } from "node:util";
import { DISTURBANCES, NONE, sum } from "./disturbances.ts";
import { simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    worlds: { type: "string" },
    turmoil: { type: "string", default: "4" },
    trace: { type: "boolean", default: false },
  },
});
const startMs = process.hrtime.bigint();
const seconds = (): number => Number(process.hrtime.bigint() - startMs) / 1e9;
const total = { worlds: 0, failed: 0, virtualHours: 0, changes: 0, claims: 0, writes: 0, disturbances: NONE };
for (let seed = Number(values.seed); isWanted(); seed++) {
  const { faults, trace, disturbances, ...world } = await simulate(seed, Number(values.turmoil));
  total.worlds++;
  total.disturbances = sum(total.disturbances, disturbances);
  for (const key of ["virtualHours", "changes", "claims", "writes"] as const) total[key] += world[key];
  const end =
    faults.length === 0
      ? "at rest"
      : `FAULTS, --seed=${seed} --worlds=1 --turmoil=${values.turmoil} --trace replays them`;
  console.log(
    `seed ${seed} (${world.provider}): ${world.virtualHours.toFixed(1)} h, ${world.changes} changes, ${world.claims} claims: ${end}`,
  );
  for (const fault of faults) console.log(`  ${fault}`);
  if (faults.length > 0) total.failed++;
  if (values.trace) console.log(trace.join("\n"));
}
console.log(DISTURBANCES.map((what) => `${total.disturbances[what]} × ${what}`).join(", "));
console.log(
  `${total.virtualHours.toFixed(0)} hours of cluster life in ${seconds().toFixed(0)} s: ${total.worlds} worlds, ${total.failed} with faults`,
);
console.log(JSON.stringify({ ...total, seconds: Math.round(seconds()), seed: Number(values.seed) }));
process.exit(total.failed === 0 ? 0 : 1);

function isWanted(): boolean {
  return values.worlds === undefined ? seconds() < Number(values.seconds) : total.worlds < Number(values.worlds);
}
