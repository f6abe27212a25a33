import { hourlyPriceUsd, type Release } from "../catalogue.ts";
import type { Expanding } from "../expand.ts";
import { error, type Issue, warning } from "../issue.ts";
import { annotationPath } from "../options.ts";
import type { ChosenHardware } from "./hardware.ts";
import { replicasOf } from "./replicas.ts";

/** Four decimals, the precision of every price: sums of binary fractions would miss a limit that is met exactly. */
export function roundUsd(usd: number): number {
  return Math.round(usd * 10_000) / 10_000;
}

export interface Bought {
  readonly provision: boolean;
  readonly region: string;
  /** Nodes of one replica. */
  readonly nodeCount: number;
  /** Absent for a pod template of the user's own. */
  readonly runtime?: "vllm" | "transformers";
}

const LIMIT = annotationPath("foresail.dev/max-hourly-price");

/** Whether all nodes of the Workspace stay under its price limit; nodes of one's own cost nothing. */
export function priceIssues(expanding: Expanding, hardware: ChosenHardware, bought: Bought): readonly Issue[] {
  const { maxHourlyPriceUsd: most } = expanding.options;
  if (most === undefined || !bought.provision || hardware.type === undefined) return [];
  const replicas = replicasOf(expanding, bought.runtime);
  const nodes = bought.nodeCount * (replicas === "external" ? 1 : Math.max(1, replicas));
  const total = priceOf(expanding.release, hardware.type, bought.region, nodes);
  if (total === undefined) return [];
  if (total > most) {
    const cost = `${nodes} × ${hardware.type.name} in ${bought.region} cost $${total.toFixed(2)} per hour`;
    const text = `${LIMIT} is $${most}, but ${cost}: raise it, or choose a smaller size`;
    return [error(LIMIT, "price/above-limit", text)];
  }
  return hardware.fallbacks.flatMap((type) => {
    const price = priceOf(expanding.release, type, bought.region, nodes);
    if (price !== undefined && price <= most) return [];
    const cost = price === undefined ? `has no price in ${bought.region}` : `costs $${price.toFixed(2)}/h`;
    return [
      warning(LIMIT, "price/fallback-above-limit", `fallback ${type.name} ${cost}, the limit is $${most}: never used`),
    ];
  });
}

function priceOf(
  release: Release,
  type: NonNullable<ChosenHardware["type"]>,
  region: string,
  nodes: number,
): number | undefined {
  const price = hourlyPriceUsd(release, type, region);
  return price === undefined ? undefined : roundUsd(price * nodes);
}
