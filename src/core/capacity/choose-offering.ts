import { obstacles } from "./bins.ts";
import { claimOf } from "./claim.ts";
import { claimSpec } from "./claim-object.ts";
import { estimate, estimatedNames } from "./estimate.ts";
import { describeOffering, type Offering, offerings, refusal } from "./offerings.ts";
import { claimLabels } from "./owner.ts";
import type { Demand } from "./pod.ts";
import type { CapacityQuestion, Usage, Waiting } from "./question.ts";

export type Choice =
  | { readonly kind: "offering"; readonly offering: Offering }
  | { readonly kind: "none"; readonly waiting: Waiting; readonly nextTryMs?: number };

/** What the owner and the installation have already, claims of this plan included. */
export interface Spent {
  readonly ownerHourlyPriceUsd: number;
  readonly usage: Usage;
}

type Verdict =
  | { readonly kind: "ok" }
  | { readonly kind: "refused"; readonly message: string; readonly untilMs: number }
  | { readonly kind: "limit" | "price" | "fit"; readonly message: string };

/** The first offering in the user's order that is neither refused lately, nor too dear, nor beyond a limit, nor too small. */
export function chooseOffering(question: CapacityQuestion, demand: Demand, spent: Spent): Choice {
  const verdicts: Exclude<Verdict, { kind: "ok" }>[] = [];
  for (const offering of offerings(question.owner.expansion, question.release)) {
    const verdict = judge(question, demand, spent, offering);
    if (verdict.kind === "ok") return { kind: "offering", offering };
    verdicts.push(verdict);
  }
  return none(demand, verdicts);
}

function judge(question: CapacityQuestion, demand: Demand, spent: Spent, offering: Offering): Verdict {
  const name = describeOffering(offering);
  const misfit = fitProblem(question, demand, offering);
  if (misfit !== undefined) return { kind: "fit", message: `${name} ${misfit}` };
  const ceiling = question.owner.expansion.nodes.maxHourlyPriceUsd;
  const price = offering.hourlyPriceUsd;
  if (ceiling !== undefined && (price === undefined || spent.ownerHourlyPriceUsd + price > ceiling + 1e-9)) {
    return { kind: "price", message: `${name} ${overPrice(ceiling, spent.ownerHourlyPriceUsd, price)}` };
  }
  const limit = overLimit(question, spent.usage, offering);
  if (limit !== undefined) return { kind: "limit", message: `${name} ${limit}` };
  const refused = refusal(offering, question.attempts, question.nowMs);
  if (refused === undefined) return { kind: "ok" };
  return {
    kind: "refused",
    message: `${name} was refused: ${refused.reason}: ${refused.message} (next try ${refused.until})`,
    untilMs: Date.parse(refused.until),
  };
}

function fitProblem(question: CapacityQuestion, demand: Demand, offering: Offering): string | undefined {
  const gpu = question.owner.expansion.gpu?.resource ?? "nvidia.com/gpu";
  const spec = claimSpec(question.owner, offering, demand.requests, question.settings);
  const node = claimOf({ metadata: { labels: claimLabels(question.owner, question.settings.provider) }, spec });
  const room =
    offering.type === undefined
      ? { known: new Set<string>(), free: new Map<string, number>() }
      : { known: estimatedNames(gpu), free: estimate(offering.type, gpu) };
  const { kept, lacking } = obstacles({ labels: node.labels, taints: node.taints, ...room }, demand);
  if (kept.length > 0) return `cannot take the pod because of ${kept.join(", ")}`;
  return lacking.length > 0 ? `has too little ${lacking.join(", ")}` : undefined;
}

function overPrice(ceiling: number, spent: number, price: number | undefined): string {
  if (price === undefined) return `has no known price, and foresail.dev/max-hourly-price is ${ceiling} USD`;
  const limit = `foresail.dev/max-hourly-price is ${ceiling} USD`;
  if (spent === 0) return `costs ${usd(price)} USD per hour, and ${limit}`;
  const advice = "a roll-out needs no second node with foresail.dev/rollout: recreate";
  return `costs ${usd(price)} USD per hour beside ${usd(spent)} USD for the nodes it has, and ${limit}; ${advice}`;
}

function usd(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}

function overLimit(question: CapacityQuestion, usage: Usage, offering: Offering): string | undefined {
  const { limits } = question;
  const after: readonly (readonly [string, number, number | undefined])[] = [
    ["nodes", usage.nodes + 1, limits.nodes],
    ["GPUs", usage.gpus + (offering.type?.gpuCount ?? 0), limits.gpus],
    ["USD per hour", usage.hourlyPriceUsd + (offering.hourlyPriceUsd ?? 0), limits.hourlyPriceUsd],
  ];
  const over = after.find(([, value, limit]) => limit !== undefined && value > limit + 1e-9);
  if (over === undefined) return undefined;
  return `would bring this installation to ${usd(over[1])} ${over[0]}, and its limit is ${over[2]}`;
}

const reasonOf = {
  refused: "OutOfStock",
  limit: "LimitReached",
  price: "TooExpensive",
  fit: "PodDoesNotFitNode",
} as const;

/** The reason nearest to success is the one to tell: a refusal passes, a limit can be raised, a size that is too small never fits. */
function none(demand: Demand, verdicts: readonly Exclude<Verdict, { kind: "ok" }>[]): Choice {
  const kind = (["refused", "limit", "price", "fit"] as const).find((one) => verdicts.some((v) => v.kind === one));
  if (kind === undefined) {
    const message = "no instance type is stated: set resource.instanceType";
    return { kind: "none", waiting: { pod: demand.key, reason: "PodDoesNotFitNode", message } };
  }
  const message = verdicts.map((verdict) => verdict.message).join("; ");
  const times = verdicts.flatMap((verdict) => (verdict.kind === "refused" ? [verdict.untilMs] : []));
  return {
    kind: "none",
    waiting: { pod: demand.key, reason: reasonOf[kind], message },
    ...(times.length > 0 ? { nextTryMs: Math.min(...times) } : {}),
  };
}
