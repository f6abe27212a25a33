import { gpusOf } from "./gpus.ts";
import type { Demand } from "./pod.ts";

/** Big ones first: what is left of a node is then used by small ones. GPUs decide, since they are what a node costs. */
export function compareDemands(a: Demand, b: Demand): number {
  return (
    gpusOf(b.requests) - gpusOf(a.requests) ||
    amountOf(b, "cpu") - amountOf(a, "cpu") ||
    amountOf(b, "memory") - amountOf(a, "memory") ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );
}

function amountOf(demand: Demand, resource: string): number {
  return demand.requests.get(resource) ?? 0;
}
