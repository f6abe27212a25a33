import type { InstanceType } from "../catalogue.ts";
import { defined } from "../defined.ts";
import type { JsonObject } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import { CAPACITY_TYPE_LABEL, type Claim, claimOf, INSTANCE_TYPE_LABEL, isDeletedByUs, ZONE_LABEL } from "./claim.ts";
import { nodeClassRefOf, type ProviderSettings } from "./claim-object.ts";
import { conditionAt, textAt, timeAt } from "./fields.ts";
import { familyOf, refusalOf } from "./refusals.ts";

const MINUTE_MS = 60_000;
// Karpenter deletes a claim whose node has not registered after 15 minutes; one that goes earlier was deleted by somebody.
const REGISTRATION_LIMIT_MS = 14 * MINUTE_MS;
// A node that joined and vanished is given up after 5 minutes, one that never gets Ready after 10 (ADR 20; Karpenter's repair
// takes 10 and more). What goes earlier was deleted by somebody.
const UNUSABLE_LIMIT_MS = 5 * MINUTE_MS;
const MOST_ATTEMPTS = 20;
const MOST_MESSAGE_CHARACTERS = 500;

/**
 * The refusal that a vanished claim tells of, or undefined where it tells none.
 * @param raw the claim as it was last seen
 * @param goneMs when it was seen to be gone
 */
export function attemptOf(raw: JsonObject, goneMs: number): Attempt | undefined {
  if (isDeletedByUs(raw)) return undefined;
  const claim = claimOf(raw);
  const instanceType = claim.labels.get(INSTANCE_TYPE_LABEL);
  if (instanceType === undefined || claim.ready || wasTaken(raw, claim, goneMs)) return undefined;
  const { reason, message } = toldBy(claim);
  const way = wayAsked(raw);
  const refusal = refusalOf(reason, message, way.capacityType);
  if (refusal === undefined) return undefined;
  return {
    instanceType,
    ...way,
    reason,
    message: message.slice(0, MOST_MESSAGE_CHARACTERS),
    until: new Date(goneMs + refusal.closedForMs).toISOString(),
  };
}

/** Where, how and of which node class a claim asks, as far as it states it. */
export function wayAsked(raw: JsonObject): Pick<Attempt, "zone" | "capacityType" | "nodeClass"> {
  const { labels } = claimOf(raw);
  return defined({
    zone: labels.get(ZONE_LABEL),
    capacityType: labels.get(CAPACITY_TYPE_LABEL),
    nodeClass: textAt(raw, "spec", "nodeClassRef", "name"),
  });
}

/**
 * Whether it went before its provider gives up a machine that came: then somebody took it away, and nothing was refused. Where
 * the clock was set back meanwhile nobody knows, and a failure too many only pauses.
 */
function wasTaken(raw: JsonObject, claim: Claim, goneMs: number): boolean {
  if (!claim.launched) return false;
  if (!claim.registered) return isWithin(goneMs - (claim.createdMs ?? goneMs), REGISTRATION_LIMIT_MS);
  const joinedMs = timeAt(conditionAt(raw, "Registered"), "lastTransitionTime") ?? goneMs;
  return isWithin(goneMs - joinedMs, UNUSABLE_LIMIT_MS);
}

function isWithin(lastedMs: number, limitMs: number): boolean {
  return lastedMs >= 0 && lastedMs < limitMs;
}

function toldBy(claim: Claim): { readonly reason: string; readonly message: string } {
  if (claim.launched && claim.registered) {
    const { reason: what = "", message: how = "" } = claim.obstacle ?? {};
    const reason = what === "NodeNotReady" || what === "NodeNotFound" ? "NodeNotJoining" : "GpuNotReady";
    return { reason, message: `NodeClaim ${claim.name}: its node joined and was never usable: ${what}: ${how}` };
  }
  if (claim.launched) {
    return { reason: "NodeNotJoining", message: `NodeClaim ${claim.name}: the machine ran, its node never registered` };
  }
  const { obstacle } = claim;
  if (obstacle === undefined || obstacle.reason === "AwaitingReconciliation") {
    // Karpenter deletes a claim for want of capacity without always saying so on it first.
    return {
      reason: "InsufficientCapacity",
      message: `the provider withdrew NodeClaim ${claim.name} without a reason`,
    };
  }
  return { reason: obstacle.reason, message: obstacle.message };
}

/**
 * The attempts that say something of claims for this expansion: those that were asked of the same node class. Karpenter answers
 * a class that is missing or wrong as it does a lack of stock, so a class that is mended is asked at once, and nobody with
 * another one waits for it.
 */
export function askedAlike(
  attempts: readonly Attempt[],
  expansion: Expansion,
  settings: ProviderSettings,
): readonly Attempt[] {
  const { name } = nodeClassRefOf(expansion, settings);
  return attempts.filter(({ nodeClass = name }) => nodeClass === name);
}

/** What an attempt is compared with. */
export interface Wanted {
  readonly instanceType: string;
  readonly capacityType: string;
  readonly zone?: string;
  readonly type?: InstanceType;
}

/** Whether what was refused is what is wanted; of a place or a way of paying that was not stated, each. */
export function isSameOffering(attempt: Attempt, wanted: Wanted): boolean {
  return attempt.instanceType === wanted.instanceType && isSameWay(attempt, wanted) && isSameZone(attempt, wanted);
}

function isSameWay({ capacityType }: Attempt, wanted: Wanted): boolean {
  return capacityType === undefined || capacityType === wanted.capacityType;
}

function isSameZone({ zone }: Attempt, wanted: Wanted): boolean {
  return zone === undefined || zone === wanted.zone;
}

/**
 * Whether what was refused then closes what is wanted now, time aside. The scope follows from the reason, so that it is the
 * same for whoever reads the status next.
 * @param refused what the catalogue knows of the size that was asked for
 */
export function closes(attempt: Attempt, refused: InstanceType | undefined, wanted: Wanted): boolean {
  const refusal = refusalOf(attempt.reason, attempt.message, attempt.capacityType);
  if (refusal === undefined) return false;
  // Whatever else it means, what was asked for was refused.
  if (isSameOffering(attempt, wanted)) return true;
  const size = attempt.instanceType === wanted.instanceType;
  const way = isSameWay(attempt, wanted);
  switch (refusal.scope) {
    case "everything":
      return true;
    case "way":
      return way;
    case "spot":
      return wanted.capacityType === "spot";
    case "family":
      return way && (size || sameFamily(refused, wanted.type));
    case "size":
      return size;
    case "size-way":
      return size && way;
    case "size-stock":
      return size && (way || (attempt.capacityType === "on-demand" && wanted.capacityType === "spot"));
    case "zone":
      return (
        way && isSameZone(attempt, wanted) && sameFamily(refused, wanted.type) && needsAsMuch(refused, wanted.type)
      );
    case "offering":
      return false;
  }
}

function sameFamily(a: InstanceType | undefined, b: InstanceType | undefined): boolean {
  return a !== undefined && b !== undefined && a.cloud === b.cloud && familyOf(a) === familyOf(b);
}

function needsAsMuch(refused: InstanceType | undefined, wanted: InstanceType | undefined): boolean {
  return (wanted?.vcpus ?? 0) >= (refused?.vcpus ?? Number.POSITIVE_INFINITY);
}

/** The attempts to remember: one for each offering, the newest 20, also those that have expired (they tell what was tried). */
export function remembered(before: readonly Attempt[], added: readonly Attempt[]): readonly Attempt[] {
  const byOffering = new Map<string, Attempt>();
  for (const attempt of [...before, ...added]) {
    byOffering.set(`${attempt.instanceType}/${attempt.capacityType}/${attempt.zone}`, attempt);
  }
  const newestFirst = [...byOffering.values()].sort((a, b) => Date.parse(b.until) - Date.parse(a.until));
  return newestFirst.slice(0, MOST_ATTEMPTS);
}
