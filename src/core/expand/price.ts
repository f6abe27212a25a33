import type { Expanding } from "../expand.ts";
import { error, type Issue, warning } from "../issue.ts";
import { annotationPath } from "../options.ts";
import { type PriceBound, shownPrice } from "../prices.ts";
import type { ChosenHardware } from "./hardware.ts";
import { type Constraints, type Cost, leastCost } from "./rank.ts";
import { hasGroups, replicasOf } from "./replicas.ts";
import { type Job, runtimeOf } from "./size.ts";

export interface Bought {
  readonly provision: boolean;
  readonly region: string;
  /** Nodes of one replica. */
  readonly nodeCount: number;
  /** Absent for a pod template of the user's own. */
  readonly runtime?: "vllm" | "transformers";
}

const LIMIT = annotationPath("foresail.dev/max-hourly-price");

/** What the Workspace allows, as far as it bounds what may be bought for a job. */
export function constraintsOf(expanding: Expanding, job: Job): Constraints {
  return constraints(expanding, job.runtime ?? runtimeOf(expanding.release, job));
}

function constraints(expanding: Expanding, runtime: Bought["runtime"]): Constraints {
  const { options, release } = expanding;
  const replicas = replicasOf(expanding, runtime);
  return {
    capacityTypes: options.capacityTypes ?? release.defaults.capacityTypes,
    // Nobody knows how far an autoscaler goes; the planner holds the limit for every node.
    replicas: replicas === "external" ? 1 : Math.max(1, replicas),
    ...(hasGroups(expanding) ? { oneNode: true } : {}),
    ...(options.maxHourlyPriceUsd === undefined ? {} : { maxHourlyPriceUsd: options.maxHourlyPriceUsd }),
  };
}

/** Whether all nodes of the Workspace stay under its price limit; nodes of one's own cost nothing. */
export function priceIssues(expanding: Expanding, hardware: ChosenHardware, bought: Bought): readonly Issue[] {
  const { maxHourlyPriceUsd: most } = expanding.options;
  if (most === undefined || !bought.provision || hardware.type === undefined) return [];
  const allowed = constraints(expanding, bought.runtime);
  const costOf = (type: NonNullable<ChosenHardware["type"]>): Cost | undefined =>
    leastCost(expanding.release, { type, nodeCount: bought.nodeCount }, bought.region, allowed);
  const cost = costOf(hardware.type);
  if (cost === undefined) return [];
  if (cost.hourlyUsd > most) {
    const nodes = bought.nodeCount * (allowed.replicas ?? 1);
    const text = `${nodes} × ${hardware.type.name} in ${bought.region} cost ${shown(cost)}`;
    return [error(LIMIT, "price/above-limit", `${LIMIT} is $${most}, but ${text}: raise it, or choose a smaller size`)];
  }
  return hardware.fallbacks.flatMap((type) => {
    const other = costOf(type);
    if (other !== undefined && other.hourlyUsd <= most) return [];
    const text = other === undefined ? `has no price in ${bought.region}` : `costs ${shown(other)}`;
    return [
      warning(LIMIT, "price/fallback-above-limit", `fallback ${type.name} ${text}, the limit is $${most}: never used`),
    ];
  });
}

function shown(cost: { readonly hourlyUsd: number; readonly bound: PriceBound }): string {
  return shownPrice(cost.hourlyUsd, cost.bound);
}
