import { type Random, randomFrom } from "../../fuzz/random.ts";
import type { Effect, Fault } from "./faults.ts";

/** The seed of this run: FORESAIL_TEST_SEED, or one of the moment. Says so, so that whoever sees it fail can replay it. */
export function seedOfRun(print: (line: string) => void = (line) => console.error(line)): number {
  const given = process.env["FORESAIL_TEST_SEED"];
  const seed = given === undefined ? Date.now() % 2 ** 31 : Number(given);
  if (!Number.isInteger(seed)) throw new Error(`FORESAIL_TEST_SEED must be a whole number, given ${given}`);
  print(`seed ${seed} (FORESAIL_TEST_SEED=${seed} replays)`);
  return seed;
}

type Draw = (random: Random) => Omit<Fault, "times">;

// Only what can befall whatever was asked for.
const REFUSED = [
  "Quota",
  "RegionQuota",
  "Allocation",
  "SkuNotAvailable",
  "OverconstrainedAllocationRequest",
  "Busy",
] as const;

const answer = (status: number, code: string): Effect => ({
  kind: "answer",
  status,
  error: { code, message: "The server encountered an internal error. Please retry the request." },
});

/** What befalls requests at random. Every one of them goes by; a hang is long, but ends with the client's patience. */
const DRAWS: readonly Draw[] = [
  (random) => ({
    match: { call: "put" },
    effect: {
      kind: "refuse",
      code: random.pick(REFUSED),
      later: random.next() < 0.4,
      shape: random.pick(["nested", "flat"]),
    },
  }),
  (random) => ({ match: {}, effect: { kind: "throttle", retryAfterSeconds: 1 + random.below(60) } }),
  () => ({ match: {}, effect: { kind: "throttle" } }),
  (random) => ({ match: {}, effect: answer(random.pick([500, 502, 503]), "InternalServerError") }),
  (random) => ({ match: {}, effect: { kind: "reset", applied: random.next() < 0.5 } }),
  (random) => ({ match: { call: ["put", "delete"] }, effect: { kind: "hang", applied: random.next() < 0.5 } }),
  (random) => ({
    match: {},
    effect: { kind: "delay", ms: random.below(5_000), when: random.pick(["before", "after"]) },
  }),
  () => ({ match: { call: "operation" }, effect: answer(404, "NotFound") }),
  (random) => ({ match: { call: "list" }, effect: { kind: "partial", keep: random.below(3) } }),
  () => ({ match: { call: "list" }, effect: answer(500, "InternalServerError") }),
  (random) => ({ match: { call: ["put", "delete"] }, effect: { kind: "lasts", ms: random.below(900_000) } }),
  (random) => ({
    match: { call: "put" },
    effect: { kind: "lro", mode: random.pick(["location", "body", "azure-async"]) },
  }),
  () => ({ match: { call: "put" }, effect: { kind: "refuse", code: "Overridden", later: true } }),
  (random) => ({
    match: { call: "put" },
    effect: {
      kind: "fail",
      error: {
        code: "VMExtensionProvisioningError",
        message: "VM has reported a failure when processing extension 'vmssCSE'.",
      },
      afterMs: random.below(600_000),
    },
  }),
  () => ({
    match: { call: "delete" },
    effect: { kind: "fail", error: { code: "InternalOperationError", message: "Internal server error" } },
  }),
];

/** So many faults, the same for the same seed, each of them a few times: what a bad day of a cloud does, and then it is over. */
export function randomSchedule(seed: number, faults: number): readonly Fault[] {
  const random = randomFrom(seed);
  return Array.from({ length: faults }, () => {
    const { match, effect } = random.pick(DRAWS)(random);
    return { match: { ...match, probability: 0.1 + random.next() * 0.6 }, times: 1 + random.below(4), effect };
  });
}
