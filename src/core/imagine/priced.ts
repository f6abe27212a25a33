import { CAPACITY_TYPE_LABEL, claimOf, INSTANCE_TYPE_LABEL, ZONE_LABEL } from "../capacity/claim.ts";
import { textAt } from "../capacity/fields.ts";
import { claimPrice } from "../capacity/offerings.ts";
import { OWNER_UID_LABEL } from "../capacity/owner.ts";
import { findInstanceType, type Release } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import { monthlyUsd, roundUsd } from "../prices.ts";
import type { Cluster } from "./cluster.ts";
import { IMAGINED } from "./objects.ts";
import { managedClaims } from "./world-in.ts";

/** What one claim asks for, and what it costs. */
export interface PricedClaim {
  /** Absent where it is made from the UID of a Workspace that does not exist yet. */
  readonly name?: string;
  readonly instanceType: string;
  readonly capacityType: string;
  /** Absent: any zone. */
  readonly zone?: string;
  /** GPUs of the node; absent for a size the catalogue does not know. */
  readonly gpus?: number;
  /** Absent where the catalogue knows no price. */
  readonly hourlyPriceUsd?: number;
  readonly monthlyPriceUsd?: number;
  /** `at-most`: the on-demand price, because none is known for this way of paying. */
  readonly priceBound?: "exact" | "at-most";
  readonly nodeClass: string;
}

export function pricedClaim(raw: JsonObject, release: Release): PricedClaim {
  const claim = claimOf(raw);
  const { name, labels } = claim;
  const isNamed = labels.get(OWNER_UID_LABEL)?.startsWith(IMAGINED) !== true;
  const instanceType = labels.get(INSTANCE_TYPE_LABEL) ?? "";
  const capacityType = labels.get(CAPACITY_TYPE_LABEL) ?? "on-demand";
  const zone = labels.get(ZONE_LABEL);
  const type = findInstanceType(release, instanceType);
  const price = claimPrice(release, claim);
  const ref = ["group", "kind", "name"].map((part) => textAt(raw, "spec", "nodeClassRef", part) ?? "");
  return {
    ...(isNamed ? { name } : {}),
    instanceType,
    capacityType,
    ...(zone === undefined ? {} : { zone }),
    ...(type === undefined ? {} : { gpus: type.gpuCount }),
    ...(price === undefined
      ? {}
      : {
          hourlyPriceUsd: price.hourlyUsd,
          monthlyPriceUsd: monthlyUsd(price.hourlyUsd),
          priceBound: price.bound,
        }),
    nodeClass: ref.join("/"),
  };
}

export interface Totals {
  readonly nodes: number;
  readonly gpus: number;
  readonly hourlyPriceUsd: number;
  readonly monthlyPriceUsd: number;
  /** Nodes whose price is not known, and so not counted. */
  readonly unpriced: number;
}

/** What all claims of the installation come to. */
export function totalsOf(cluster: Cluster, release: Release): Totals {
  const claims = managedClaims(cluster).map((claim) => pricedClaim(claim, release));
  const hourlyPriceUsd = roundUsd(claims.reduce((total, claim) => total + (claim.hourlyPriceUsd ?? 0), 0));
  return {
    nodes: claims.length,
    gpus: claims.reduce((total, claim) => total + (claim.gpus ?? 0), 0),
    hourlyPriceUsd,
    monthlyPriceUsd: monthlyUsd(hourlyPriceUsd),
    unpriced: claims.filter((claim) => claim.hourlyPriceUsd === undefined).length,
  };
}
