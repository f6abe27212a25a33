import { isSameOffering } from "./attempts.ts";
import { obstacles } from "./bins.ts";
import { type Excess, overCeiling, overLimit, type Spent } from "./ceilings.ts";
import { describeOffering, refusal } from "./offerings.ts";
import type { Offer } from "./places.ts";
import type { Demand } from "./pod.ts";
import type { CapacityQuestion, Waiting } from "./question.ts";
import { quotaProblem } from "./quota.ts";
import { refusalOf } from "./refusals.ts";

export type Verdict =
  | { readonly kind: "ok" }
  | { readonly kind: "refused"; readonly message: string; readonly untilMs?: number }
  /** `tooSmall`: it does not hold the node even while nobody else uses it. */
  | { readonly kind: "quota"; readonly message: string; readonly untilMs?: number; readonly tooSmall?: boolean }
  | ({ readonly kind: "price" | "limit" } & Excess)
  | { readonly kind: "fit" | "rules"; readonly message: string };

export type NotBought = Omit<Waiting, "pod"> & { readonly nextTryMs?: number };

/** What is spent, and the offerings of the claims of this plan. */
export interface Ledger extends Spent {
  readonly planned: readonly Offer[];
}

/** Whether an offering can be bought, whoever for: neither refused lately, nor too dear, nor beyond a limit. */
export function judge(question: CapacityQuestion, spent: Ledger, offer: Offer): Verdict {
  const { offering } = offer;
  const name = describeOffering(offering);
  const excess = overCeiling(question, spent, offering);
  if (excess !== undefined) return { kind: "price", ...excess, message: `${name} ${excess.message}` };
  const limit = overLimit(question, spent, offering);
  if (limit !== undefined) return { kind: "limit", ...limit, message: `${name} ${limit.message}` };
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
  return short === undefined ? { kind: "ok" } : { kind: "quota", ...short, message: `${name} ${short.message}` };
}

/** Why a pod cannot use a node of this offering at all; undefined where it can. */
export function misfit({ offering, labels, taints, room, known }: Offer, demand: Demand): Verdict | undefined {
  const bin = { labels, taints, free: room, ...(known === undefined ? {} : { known }) };
  const { kept, lacking } = obstacles(bin, demand);
  const name = describeOffering(offering);
  if (kept.length > 0) return { kind: "fit", message: `${name} cannot take the pod because of ${kept.join(", ")}` };
  return lacking.length > 0 ? { kind: "fit", message: `${name} has too little ${lacking.join(", ")}` } : undefined;
}

const NODE_GOES_NEXT = "nothing to do: the node is bought when that one is gone";
const UNKNOWN_NEXT =
  "give the catalogue what it does not know (--catalog), or state the region the size is sold in (foresail.dev/region)";

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

// Nodes are bought here: none has to be brought.
const RULES_NEXT =
  "name zones in foresail.dev/zones that the rules allow (of pod affinity: where such pods run), or change the rules in inference.template; it is looked at again by itself";

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
    // Of one size several offerings are told the same.
    message: [...new Set(told.map(({ message }) => message))].join("; "),
    ...howItEnds(reason, told),
    ...besides(reason, told),
    ...(reason === "Unschedulable" ? { next: RULES_NEXT } : {}),
    ...(times.length > 0 ? { nextTryMs: Math.min(...times) } : {}),
  };
}

/** What keeps the others from being bought where some are out of stock: without it more fallbacks would seem to help. */
function besides(
  reason: Waiting["reason"],
  told: readonly Exclude<Verdict, { kind: "ok" }>[],
): Pick<Waiting, "beside"> {
  if (reason !== "OutOfStock" && reason !== "QuotaExceeded") return {};
  const others = told.filter(({ kind }) => kind !== "refused" && kind !== "quota");
  return others.length === 0 ? {} : { beside: [...new Set(others.map(({ message }) => message))].join("; ") };
}

/**
 * Of a ceiling, a limit or a quota that was read: whether it passes by itself, and the next step where the reason's own would
 * not help.
 */
function howItEnds(reason: Waiting["reason"], told: readonly Verdict[]): Pick<Waiting, "stalled" | "next"> {
  if (reason === "QuotaExceeded") {
    return told.every((one) => one.kind !== "quota" || one.tooSmall === true) ? { stalled: true } : {};
  }
  const kind = REASONS.find(([, name]) => name === reason)?.[0];
  const excesses = told.filter((one) => (one.kind === "price" || one.kind === "limit") && one.kind === kind);
  if (excesses.length === 0) return {};
  const causes = excesses.map((one) => ("cause" in one ? one.cause : undefined));
  if (causes.includes("leaving")) return { stalled: false, next: NODE_GOES_NEXT };
  if (causes.every((cause) => cause === "unknown")) return { stalled: true, next: UNKNOWN_NEXT };
  return kind === "price" ? { stalled: true } : {};
}
