import { findInstanceType, type Release } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import { type Claim, claimOf, INSTANCE_TYPE_LABEL } from "./claim.ts";
import { claimPrice, type Offering } from "./offerings.ts";
import type { Usage } from "./question.ts";

export const NO_USAGE: Usage = { nodes: 0, gpus: 0, hourlyPriceUsd: 0 };

/** What claims come to, by the catalogue. Claims on their way out count: their nodes still run and still cost. */
export function usageOf(claims: readonly JsonObject[], release: Release): Usage {
  return claims.map((raw) => usageOfOne(claimOf(raw), release)).reduce(plusUsage, NO_USAGE);
}

function usageOfOne(claim: Claim, release: Release): Usage {
  // Ours always state it; one that lost it is told by its name.
  const size = claim.labels.get(INSTANCE_TYPE_LABEL) ?? `NodeClaim ${claim.name}`;
  const gpus = findInstanceType(release, size)?.gpuCount;
  const where = `${size} in ${claim.region ?? release.defaults.region}`;
  return counted({ size, where, gpus, price: claimPrice(release, claim)?.hourlyUsd });
}

/** What one more node of it adds. */
export function usageOfOffering({ instanceType, type, hourlyPriceUsd }: Offering): Usage {
  return counted({ size: instanceType, where: instanceType, gpus: type?.gpuCount, price: hourlyPriceUsd });
}

interface Node {
  readonly size: string;
  readonly where: string;
  readonly gpus: number | undefined;
  readonly price: number | undefined;
}

function counted({ size, where, gpus, price }: Node): Usage {
  return {
    nodes: 1,
    gpus: gpus ?? 0,
    hourlyPriceUsd: price ?? 0,
    ...(gpus === undefined ? { unsized: [size] } : {}),
    ...(price === undefined ? { unpriced: [where] } : {}),
  };
}

export function plusUsage(a: Usage, b: Usage): Usage {
  return {
    nodes: a.nodes + b.nodes,
    gpus: a.gpus + b.gpus,
    hourlyPriceUsd: a.hourlyPriceUsd + b.hourlyPriceUsd,
    ...named("unsized", a, b),
    ...named("unpriced", a, b),
  };
}

/** Each name once, in an order that does not depend on that of the claims. */
function named(key: "unsized" | "unpriced", a: Usage, b: Usage): Pick<Usage, "unsized" | "unpriced"> {
  if (a[key] === undefined && b[key] === undefined) return {};
  return { [key]: [...new Set([...(a[key] ?? []), ...(b[key] ?? [])])].sort() };
}
