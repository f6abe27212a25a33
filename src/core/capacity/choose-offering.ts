import { isSameOffering } from "./attempts.ts";
import { obstacles } from "./bins.ts";
import { describeOffering, refusal } from "./offerings.ts";
import type { Offer } from "./places.ts";
import type { Demand } from "./pod.ts";
import type { CapacityQuestion, Usage, Waiting } from "./question.ts";
import { quotaProblem } from "./quota.ts";
import { refusalOf } from "./refusals.ts";

/** What the owner and the installation have already, claims of this plan included. */
export interface Spent {
  readonly ownerHourlyPriceUsd: number;
  readonly usage: Usage;
  /** Offerings of the claims of this plan. */
  readonly planned: readonly Offer[];
}

export type Verdict =
  | { readonly kind: "ok" }
  | { readonly kind: "refused" | "quota"; readonly message: string; readonly untilMs?: number }
  | { readonly kind: "limit" | "price" | "fit" | "rules"; readonly message: string };

export type NotBought = Omit<Waiting, "pod"> & { readonly nextTryMs?: number };

/** Whether an offering can be bought, whoever for: neither refused lately, nor too dear, nor beyond a limit. */
export function judge(question: CapacityQuestion, spent: Spent, offer: Offer): Verdict {
  const { offering } = offer;
  const name = describeOffering(offering);
  const ceiling = question.owner.expansion.nodes.maxHourlyPriceUsd;
  const price = offering.hourlyPriceUsd;
  if (ceiling !== undefined && !(spent.ownerHourlyPriceUsd + (price ?? Number.NaN) <= ceiling + 1e-9)) {
    return { kind: "price", message: `${name} ${overPrice(ceiling, spent.ownerHourlyPriceUsd, price)}` };
  }
  const limit = overLimit(question, spent.usage, offer);
  if (limit !== undefined) return { kind: "limit", message: `${name} ${limit}` };
  const refused = refusal(offering, question);
  if (refused !== undefined) {
    const quota = refusalOf(refused.reason, refused.message, refused.capacityType)?.quota === true;
    const was = isSameOffering(refused, offering)
      ? `${name} was refused`
      : `${name} is not tried because ${describeOffering(refused)} was refused`;
    return {
      kind: quota ? "quota" : "refused",
      message: `${was}: ${refused.reason}: ${refused.message} (next try ${refused.until})`,
      untilMs: Date.parse(refused.until),
    };
  }
  const short = quotaProblem(question, spent.planned, offer);
  return short === undefined ? { kind: "ok" } : { kind: "quota", message: `${name} ${short}` };
}

/** Why a pod cannot use a node of this offering at all; undefined where it can. */
export function misfit({ offering, labels, taints, room, known }: Offer, demand: Demand): Verdict | undefined {
  const bin = { labels, taints, free: room, ...(known === undefined ? {} : { known }) };
  const { kept, lacking } = obstacles(bin, demand);
  const name = describeOffering(offering);
  if (kept.length > 0) return { kind: "fit", message: `${name} cannot take the pod because of ${kept.join(", ")}` };
  return lacking.length > 0 ? { kind: "fit", message: `${name} has too little ${lacking.join(", ")}` } : undefined;
}

function overPrice(ceiling: number, spent: number, price: number | undefined): string {
  if (price === undefined || Number.isNaN(price)) {
    return `has no known price, and foresail.dev/max-hourly-price is ${ceiling} USD`;
  }
  const limit = `foresail.dev/max-hourly-price is ${ceiling} USD`;
  if (spent === 0) return `costs ${usd(price)} USD per hour, and ${limit}`;
  const advice = "a roll-out needs no second node with foresail.dev/rollout: recreate";
  return `costs ${usd(price)} USD per hour beside ${usd(spent)} USD for the nodes it has, and ${limit}; ${advice}`;
}

function usd(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}

function overLimit({ limits }: CapacityQuestion, usage: Usage, { offering }: Offer): string | undefined {
  const after: readonly (readonly [string, number, number | undefined])[] = [
    ["nodes", usage.nodes + 1, limits.nodes],
    ["GPUs", usage.gpus + (offering.type?.gpuCount ?? 0), limits.gpus],
    ["USD per hour", usage.hourlyPriceUsd + (offering.hourlyPriceUsd ?? 0), limits.hourlyPriceUsd],
  ];
  const over = after.find(([, value, limit]) => limit !== undefined && value > limit + 1e-9);
  if (over === undefined) return undefined;
  return `would bring this installation to ${usd(over[1])} ${over[0]}, and its limit is ${over[2]}`;
}

// The reason nearest to success is the one to tell: a refusal passes, a quota and a limit can be raised, what is too small
// never fits.
const REASONS = [
  ["refused", "OutOfStock"],
  ["quota", "QuotaExceeded"],
  ["limit", "LimitReached"],
  ["price", "TooExpensive"],
  ["rules", "Unschedulable"],
  ["fit", "PodDoesNotFitNode"],
] as const;

/** Why none of the offerings is bought. */
export function notBought(verdicts: readonly Verdict[]): NotBought {
  const told = verdicts.flatMap((verdict) => (verdict.kind === "ok" ? [] : [verdict]));
  const reason = REASONS.find(([kind]) => told.some((verdict) => verdict.kind === kind))?.[1];
  if (reason === undefined) {
    return { reason: "PodDoesNotFitNode", message: "no instance type is stated: set resource.instanceType" };
  }
  const times = told.flatMap((verdict) =>
    "untilMs" in verdict && verdict.untilMs !== undefined ? [verdict.untilMs] : [],
  );
  return {
    reason,
    message: told.map(({ message }) => message).join("; "),
    ...(times.length > 0 ? { nextTryMs: Math.min(...times) } : {}),
  };
}
