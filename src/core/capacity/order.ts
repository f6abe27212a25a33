import type { Demand } from "./pod.ts";

/** Big ones first: what is left of a node is then used by small ones. GPUs decide, since they are what a node costs. */
export function compareDemands(a: Demand, b: Demand): number {
  return (
    gpus(b) - gpus(a) ||
    amountOf(b, "cpu") - amountOf(a, "cpu") ||
    amountOf(b, "memory") - amountOf(a, "memory") ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );
}

function amountOf(demand: Demand, resource: string): number {
  return demand.requests.get(resource) ?? 0;
}

/** GPUs of any vendor: extended resources have a domain in their name. */
function gpus(demand: Demand): number {
  let total = 0;
  for (const [name, value] of demand.requests) if (name.includes("/")) total += value;
  return total;
}
