import type { Limits } from "../core/capacity/question.ts";
import { defined } from "../core/defined.ts";

interface LimitValues {
  readonly limitsNodes: number | undefined;
  readonly limitsGpus: number | undefined;
  readonly limitsHourlyPriceUsd: number | undefined;
}

/** The limits of an installation as its flags state them. */
export function limitsOf({ limitsNodes, limitsGpus, limitsHourlyPriceUsd }: LimitValues): Limits {
  return defined({ nodes: limitsNodes, gpus: limitsGpus, hourlyPriceUsd: limitsHourlyPriceUsd });
}
