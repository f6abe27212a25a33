import { claimOf } from "../capacity/claim.ts";
import { KAITO_NAMESPACE_LABEL, OWNER_NAME_LABEL, OWNER_NAMESPACE_LABEL, SHARE_LABEL } from "../capacity/owner.ts";
import type { Allowance, CapacityPlan } from "../capacity/question.ts";
import type { JsonObject } from "../json.ts";

/** How many claims of the installation wait for their node at the moment, and how many may at most. */
export interface Launching {
  readonly most: number;
  /** Of all owners. */
  readonly claims: number;
  /** Of the owner that is looked at. */
  readonly own: number;
  /** Owners that have such a claim or wait to make one, this one included. */
  readonly owners: number;
}

/** A claim whose node has not joined: each is a conversation of minutes with a cloud that takes only so many at a time. */
export function isLaunching(raw: JsonObject): boolean {
  const claim = claimOf(raw);
  return !claim.registered && !claim.deleting;
}

/** Whom a claim counts for: the Workspace, or all that share its nodes. */
export function launchOwner(raw: JsonObject): string {
  const { labels } = claimOf(raw);
  const namespace = labels.get(OWNER_NAMESPACE_LABEL) ?? labels.get(KAITO_NAMESPACE_LABEL) ?? "";
  return `${namespace}/${labels.get(SHARE_LABEL) ?? labels.get(OWNER_NAME_LABEL) ?? ""}`;
}

/**
 * How many claims an owner may make now. What is left is shared: nobody takes more than an equal part of the whole, so that
 * one with a hundred replicas does not keep a hundred others waiting.
 */
export function launchAllowance(launching: Launching | undefined): Allowance | undefined {
  if (launching === undefined) return undefined;
  const { most, claims, own, owners } = launching;
  const share = Math.max(1, Math.floor(most / Math.max(1, owners)));
  return {
    claims: Math.max(0, Math.min(most - claims, share - own)),
    reason: "LimitReached",
    message: `${claims} nodes of this installation are being launched, and its limit is ${most} at a time: it is this Workspace's turn when some have joined`,
    next: "nothing to do; a higher --limits-launching of the reconciler starts more at a time",
  };
}

/** Whether pods wait for their owner's turn. */
export function awaitsLaunches(launching: Launching | undefined, { waiting }: CapacityPlan): boolean {
  const message = launchAllowance(launching)?.message;
  return message !== undefined && waiting.some((one) => one.message === message);
}
