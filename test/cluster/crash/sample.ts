import { randomFrom } from "../../fuzz/random.ts";
import { MODES } from "./lane.ts";
import type { Run } from "./run.ts";
import { SCENARIOS } from "./scenarios.ts";

/** One kill of each scenario, at one of its first `most` calls: always the same for the same seed. */
export function sample(seed: number, most: number): readonly Run[] {
  const random = randomFrom(seed);
  return SCENARIOS.map((scenario) => ({
    scenario,
    strike: { mode: random.pick(MODES), at: 1 + random.below(most) },
  }));
}
