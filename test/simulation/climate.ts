import type { Random } from "../fuzz/random.ts";
import type { CloudWeather } from "./cloud.ts";
import type { Supply } from "./karpenter.ts";
import type { PodHabits } from "./nodes.ts";
import type { Weather } from "./weather.ts";

/** How much goes wrong at a moment, in every part of the cluster. */
export interface Climate {
  readonly weather: Weather;
  readonly supply: Supply;
  readonly habits: PodHabits;
  readonly cloud: CloudWeather;
}

export function turmoil(): Climate {
  return {
    weather: { down: false, restarts: 0, refused: 0.02, answerLost: 0.05, watchCut: 0.001, mostDelayMs: 50 },
    supply: { refused: 0.3, neverJoins: 0.05, noGpus: 0.1, lost: 0.3 },
    habits: { crash: 0.3, evicted: 0.2 },
    cloud: { busy: 0.1, answerLost: 0.05 },
  };
}

/** From now on another day: late watches or none, a storm of refusals, no stock at all, machines that come to nothing. */
export function turn({ weather, supply, cloud }: Climate, random: Random): void {
  weather.mostDelayMs = random.pick([50, 2_000, 10_000, 30_000]);
  weather.refused = random.pick([0.02, 0.02, 0.02, 0.3]);
  supply.refused = random.pick([0, 0.3, 0.3, 0.9]);
  supply.neverJoins = random.pick([0.05, 0.05, 0.05, 0.9]);
  cloud.busy = random.pick([0.1, 0.1, 0.1, 0.7]);
}

export function calm({ weather, supply, habits, cloud }: Climate): void {
  Object.assign(weather, { refused: 0, answerLost: 0, watchCut: 0, mostDelayMs: 50 });
  Object.assign(supply, { refused: 0, neverJoins: 0, noGpus: 0, lost: 0 });
  Object.assign(habits, { crash: 0, evicted: 0 });
  Object.assign(cloud, { busy: 0, answerLost: 0 });
}
