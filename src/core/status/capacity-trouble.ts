import { describeClaim } from "../capacity/claim.ts";
import { textAt, trueSinceMs } from "../capacity/fields.ts";
import { describeOffering } from "../capacity/offerings.ts";
import type { Waiting } from "../capacity/question.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import { gpuNotReady } from "./gpu-not-ready.ts";
import { stoppedClaim, stoppedOffering } from "./provider-trouble.ts";
import { isQuotaRefusal, isTooSmall, quotaIn, quotaWords } from "./quota.ts";
import { reasonText } from "./reasons.ts";
import type { Situation } from "./situation.ts";
import { passing, type Trouble } from "./trouble.ts";
import { isReplacing, isServing } from "./workload.ts";

// No option of ours moves this limit.
const POOLS_NEXT =
  "give other nodes back or remove agent pools: a cluster holds 100 of them; it is tried again by itself";

/** Why a pod has no node yet: what the planner says, and what claims, nodes and refusals tell beyond that. */
export function capacityTrouble(situation: Situation): Trouble | undefined {
  const { waiting } = situation;
  const [one, others] = [waiting.find(isStalling) ?? waiting[0], waiting.length - 1];
  if (one === undefined) return undefined;
  const more = others === 1 ? "1 more pod waits" : `${others} more pods wait`;
  const first = others === 0 ? one : { ...one, message: `${one.message} (${more})` };
  const found = nearer(situation, first);
  return found.stalled || !isReplacing(situation) || !isServing(situation) ? found : rollout(found);
}

/** Waiting reasons that pass only when a human changes something. */
function isStalling({ reason, stalled }: Waiting): boolean {
  return stalled ?? reasonText(reason).stalled === "always";
}

function nearer(situation: Situation, first: Waiting): Trouble {
  if (first.reason === "OutOfStock" || first.reason === "QuotaExceeded") return refused(situation, first);
  if (first.reason === "WaitingForCapacity") {
    const known = stoppedClaim(situation) ?? notJoining(situation) ?? gpuNotReady(situation);
    if (known !== undefined) return known;
  }
  return planned(first);
}

/** What the planner says of it, as it says it. */
function planned(one: Waiting): Trouble {
  const kaito = reasonText(one.reason).kaito ?? "Unschedulable";
  const step = one.next === undefined ? {} : { next: one.next };
  return { reason: one.reason, message: `pod ${one.pod}: ${one.message}`, stalled: isStalling(one), kaito, ...step };
}

/** The old pods go on serving, whatever keeps the new ones waiting. */
function rollout({ reason, message, next }: Trouble): Trouble {
  const step = next === undefined ? {} : { next };
  return passing("RolloutWaitingForCapacity", `the old pods serve; the new ones wait: ${reason}: ${message}`, step);
}

/** Every offering was refused: for want of quota alone, because their machines never joined, or for want of stock. */
function refused({ attempts, othersAttempts, closedAlong, nowMs }: Situation, first: Waiting): Trouble {
  const own = attempts.filter((one) => Date.parse(one.until) > nowMs);
  const open = [
    ...own,
    ...othersAttempts.filter((one) => !own.some((mine) => describeOffering(mine) === describeOffering(one))),
  ];
  const kaito = "Unschedulable";
  // A quota that was read needs no refusal.
  if (open.length === 0) return planned(first);
  const stopped = stoppedOffering(open);
  if (stopped !== undefined) return stopped;
  const next = open.map(({ until }) => until).sort()[0];
  const untried = closedAlong.map(({ offering, by }) => `${offering} because of ${by}`).join(", ");
  const when = `${untried === "" ? "" : `not tried: ${untried}; `}next try ${next}`;
  const beside = first.beside === undefined ? "" : `; ${first.beside}`;
  if (open.every(isQuotaRefusal)) {
    const known = open.flatMap(({ message }) => quotaIn(message) ?? []);
    const stalled = known.length === open.length && known.every(isTooSmall);
    return passing("QuotaExceeded", `${open.map(quotaOf).join("; ")}; ${when}${beside}`, { kaito, stalled });
  }
  const tried = `${open.map(attemptWords).join("; ")}; ${when}${beside}`;
  if (open.some(({ reason }) => reason === "PoolLimitReached")) {
    return passing("LimitReached", `tried: ${tried}`, { kaito, next: POOLS_NEXT });
  }
  const joinedNever = open.every(({ reason }) => reason === "NodeNotJoining" || reason === "NodeBootstrapFailed");
  return passing(joinedNever ? "NodeNotJoining" : "OutOfStock", `tried: ${tried}`, { kaito });
}

function quotaOf(attempt: Attempt): string {
  const quota = quotaIn(attempt.message);
  return quota === undefined ? attemptWords(attempt) : `${describeOffering(attempt)}: ${quotaWords(quota)}`;
}

function attemptWords(attempt: Attempt): string {
  return `${describeOffering(attempt)}: ${attempt.reason}: ${attempt.message.replace(/[.\s]+$/, "")}`;
}

/** The machine of a claim runs, and its node has not come for too long. Of several the one that has waited longest. */
function notJoining(situation: Situation): Trouble | undefined {
  const { claims, nodePatienceMs, nowMs } = situation;
  const late = claims
    .filter((claim) => claim.launched && !claim.registered)
    .map((claim) => ({ claim, launchedMs: launchedMs(situation, claim) }))
    .filter(({ launchedMs: since }) => since !== undefined && nowMs - since >= nodePatienceMs)
    .sort((a, b) => (a.launchedMs ?? 0) - (b.launchedMs ?? 0) || (a.claim.name < b.claim.name ? -1 : 1))[0];
  if (late === undefined) return undefined;
  const since = new Date(late.launchedMs ?? nowMs).toISOString();
  const said = late.claim.obstacle?.message ?? "";
  const message = `the machine of NodeClaim ${describeClaim(late.claim)} runs since ${since}, and its node has not joined: ${said}`;
  return passing("NodeNotJoining", message);
}

function launchedMs({ rawClaims }: Situation, { uid }: Situation["claims"][number]): number | undefined {
  const raw = rawClaims.find((one) => textAt(one, "metadata", "uid") === uid);
  return trueSinceMs(raw, "Launched");
}

/** After how long time alone changes what is said: a machine that has not joined, a node whose GPUs are awaited. */
export function capacityTroubleTimesMs(situation: Situation): readonly number[] {
  if (situation.waiting.length === 0) return [];
  const { claims, nodePatienceMs, nowMs } = situation;
  const joining = claims
    .filter((claim) => claim.launched && !claim.registered)
    .map((claim) => launchedMs(situation, claim))
    .map((since) => (since ?? nowMs) + nodePatienceMs - nowMs)
    .filter((leftMs) => leftMs > 0);
  // Minutes are told.
  return [...joining, ...(gpuNotReady(situation) === undefined ? [] : [Math.min(60_000, nodePatienceMs)])];
}
