import { findInstanceType, type Release } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import { claimOf, INSTANCE_TYPE_LABEL } from "./claim.ts";
import { claimPriceUsd } from "./offerings.ts";
import type { Usage } from "./question.ts";

/** What claims come to, by the catalogue. Claims on their way out count: their nodes still run and still cost. */
export function usageOf(claims: readonly JsonObject[], release: Release): Usage {
  const labels = claims.map((claim) => claimOf(claim).labels);
  const gpusOf = (size = ""): number => findInstanceType(release, size)?.gpuCount ?? 0;
  return {
    nodes: claims.length,
    gpus: labels.reduce((total, one) => total + gpusOf(one.get(INSTANCE_TYPE_LABEL)), 0),
    hourlyPriceUsd: labels.reduce((total, one) => total + (claimPriceUsd(release, one) ?? 0), 0),
  };
}
