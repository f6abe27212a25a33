import { findInstanceType, type Release } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import { claimOf, INSTANCE_TYPE_LABEL } from "./claim.ts";
import { hourlyPriceOf } from "./offerings.ts";
import type { Usage } from "./question.ts";

/** What claims come to, by the catalogue. Claims on their way out count: their nodes still run and still cost. */
export function usageOf(claims: readonly JsonObject[], release: Release): Usage {
  const sizes = claims.map((claim) => claimOf(claim).labels.get(INSTANCE_TYPE_LABEL) ?? "");
  return {
    nodes: claims.length,
    gpus: sizes.reduce((total, size) => total + (findInstanceType(release, size)?.gpuCount ?? 0), 0),
    hourlyPriceUsd: sizes.reduce((total, size) => total + (hourlyPriceOf(release, size, undefined) ?? 0), 0),
  };
}
