import type { Model, Release } from "../catalogue.ts";
import type { Ranking } from "./rank.ts";
import type { Job } from "./size.ts";

// A few hundred bytes for each size; enough for every preset in a region, and a bound for whoever tries all regions.
const MOST_RANKINGS = 512;

interface Remembered {
  readonly byModel: WeakMap<Model, Map<string, Ranking>>;
  count: number;
}

/** A release is frozen when it is built, so what was worked out from one stays true as long as it lives. */
const memo = new WeakMap<Release, Remembered>();

/** The ranking worked out before for the same release, job and place; else works it out. */
export function remember(release: Release, job: Job, place: readonly string[], rank: () => Ranking): Ranking {
  if (!Object.isFrozen(release)) return rank();
  const { model, runtime, adapters, tuningMethod, performanceMode } = job;
  const key = [runtime, adapters, tuningMethod, performanceMode, ...place].join("|");
  let remembered = memo.get(release);
  if (remembered === undefined || remembered.count >= MOST_RANKINGS) {
    remembered = { byModel: new WeakMap(), count: 0 };
    memo.set(release, remembered);
  }
  const ofModel = remembered.byModel.get(model) ?? new Map<string, Ranking>();
  const known = ofModel.get(key);
  if (known !== undefined) return known;
  const ranking = rank();
  remembered.byModel.set(model, ofModel.set(key, ranking));
  remembered.count += 1;
  return ranking;
}
