import type { Offering } from "./offerings.ts";
import type { CapacityQuestion, Usage } from "./question.ts";
import { plusUsage } from "./usage.ts";

/** What the owner and the installation have already, claims of this plan included. */
export interface Spent {
  /** The owner's nodes that are there or on their way. */
  readonly own: Usage;
  /** Those of its nodes that go, or that are out of order: they cost until they are gone. */
  readonly leaving: Leaving;
  /** Of the whole installation. */
  readonly usage: Usage;
}

export interface Leaving extends Usage {
  /** Names of their claims. */
  readonly claims: readonly string[];
}

export interface Excess {
  readonly message: string;
  /** `leaving`: it is over when nodes that go are gone. `unknown`: what would be compared is not known. */
  readonly cause?: "leaving" | "unknown";
}

function unknown(message: string): Excess {
  return { message, cause: "unknown" };
}

// Sums of prices are sums of binary fractions.
const EPSILON_USD = 1e-9;

/**
 * Why one more node would pass `foresail.dev/max-hourly-price` of its owner, or may; undefined where it does not. What has no
 * known price passes every ceiling, also where the owner has it already.
 */
export function overCeiling(question: CapacityQuestion, spent: Spent, offering: Offering): Excess | undefined {
  const ceiling = question.owner.expansion.nodes.maxHourlyPriceUsd;
  if (ceiling === undefined) return undefined;
  const { own, leaving } = spent;
  const price = offering.hourlyPriceUsd;
  const limit = `foresail.dev/max-hourly-price is ${ceiling} USD`;
  if (price === undefined) return unknown(`has no known price${regionOf(question)}, and ${limit}`);
  const fits = ({ hourlyPriceUsd, unpriced }: Usage): boolean =>
    unpriced === undefined && hourlyPriceUsd + price <= ceiling + EPSILON_USD;
  const all = plusUsage(own, leaving);
  if (fits(all)) return undefined;
  const costs = `costs ${usd(price)} USD per hour`;
  if (fits(own)) {
    const going = `NodeClaim ${leaving.claims.join(", ")} is on its way out or has lost its node, and costs until it is gone`;
    return { message: `${costs} beside ${costOf(all)} for the nodes it has, and ${limit}; ${going}`, cause: "leaving" };
  }
  if (all.unpriced !== undefined) {
    return unknown(`${costs} beside nodes of no known price (${all.unpriced.join(", ")}), and ${limit}`);
  }
  if (all.hourlyPriceUsd === 0) return { message: `${costs}, and ${limit}` };
  const { workload } = question.owner.expansion;
  // One more than there are pods to be is for a roll-out; fewer is for what is wanted at the same time.
  const isSurge = workload.rollout === "surge" && all.nodes >= question.desiredPods;
  const advice = isSurge ? "; a roll-out needs no second node with foresail.dev/rollout: recreate" : "";
  return { message: `${costs} beside ${costOf(all)} for the nodes it has, and ${limit}${advice}` };
}

/** Why one more node would pass a limit of the installation, or may; undefined where it does not. */
export function overLimit(question: CapacityQuestion, { usage }: Spent, offering: Offering): Excess | undefined {
  const { nodes } = question.limits;
  const after = usage.nodes + 1;
  if (nodes !== undefined && after > nodes) return passed(after, "nodes", nodes);
  return overGpus(question, usage, offering) ?? overPrice(question, usage, offering);
}

function overGpus({ limits: { gpus } }: CapacityQuestion, usage: Usage, { type }: Offering): Excess | undefined {
  if (gpus === undefined) return undefined;
  const limit = `this installation's limit is ${gpus} GPUs`;
  if (type === undefined) return unknown(`is of a size whose GPUs are not known, and ${limit}`);
  if (usage.unsized !== undefined) {
    const sizes = usage.unsized.join(", ");
    return unknown(`cannot be counted: ${limit}, and the GPUs of nodes it has are not known (${sizes})`);
  }
  const after = usage.gpus + type.gpuCount;
  return after > gpus ? passed(after, "GPUs", gpus) : undefined;
}

function overPrice(question: CapacityQuestion, usage: Usage, { hourlyPriceUsd: price }: Offering): Excess | undefined {
  const most = question.limits.hourlyPriceUsd;
  if (most === undefined) return undefined;
  const limit = `this installation's limit is ${most} USD per hour`;
  if (price === undefined) return unknown(`has no known price${regionOf(question)}, and ${limit}`);
  if (usage.unpriced !== undefined) {
    const sizes = usage.unpriced.join(", ");
    return unknown(`cannot be counted: ${limit}, and the price of nodes it has is not known (${sizes})`);
  }
  const after = usage.hourlyPriceUsd + price;
  return after > most + EPSILON_USD ? passed(after, "USD per hour", most) : undefined;
}

function passed(after: number, unit: string, limit: number): Excess {
  return { message: `would bring this installation to ${usd(after)} ${unit}, and its limit is ${limit}` };
}

function regionOf({ owner, release }: CapacityQuestion): string {
  return ` in ${owner.expansion.nodes.region ?? release.defaults.region}`;
}

function costOf({ hourlyPriceUsd, unpriced }: Usage): string {
  const more = unpriced === undefined ? "" : ` and what is not known of ${unpriced.join(", ")}`;
  return `${usd(hourlyPriceUsd)} USD${more}`;
}

function usd(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}
