import { conditionAt, isTrue, timeAt } from "../capacity/fields.ts";
import type { Allowance, WaitReason } from "../capacity/question.ts";
import type { JsonObject } from "../json.ts";
import type { Attempt } from "../kinds/workspace-status.ts";

const MINUTE_MS = 60_000;
// Two may be an accident; three machines that ran for nothing are a mistake that a fourth will not mend.
const MOST_IN_A_ROW = 3;
// The first pause is that of any refused offering; each further failure doubles it, up to a working day's quarter.
const FIRST_PAUSE_MS = 10 * MINUTE_MS;
const LONGEST_PAUSE_MS = 6 * 60 * MINUTE_MS;

/** Machines that were paid for and came to nothing, unlike those that a cloud refused. */
const NODE_FAILURES: { readonly [reason: string]: WaitReason } = {
  NodeNotJoining: "NodeNotJoining",
  NodeBootstrapFailed: "NodeNotJoining",
  GpuNotReady: "GpuNotReady",
};

/** What a claim told at its end. */
export interface Told {
  readonly attempt: Attempt;
  readonly createdMs: number;
}

/**
 * The attempts with failed nodes counted: the pause of each grows with how many came before it without a success in
 * between, whatever they were, so that neither one offering nor one owner is tried again and again.
 * @param before what is remembered
 * @param added what claims that are gone or go tell. One made before the last failure of its offering was noted is that very
 *   claim, seen again, or one asked for beside it: it tells nothing new.
 * @param claims the owner's claims: one that became usable since ends the row
 */
export function counted(
  before: readonly Attempt[],
  added: readonly Told[],
  claims: readonly JsonObject[],
): { readonly before: readonly Attempt[]; readonly added: readonly Attempt[] } {
  const known = afterSuccess(before, claims);
  const result: Attempt[] = [];
  for (const { attempt, createdMs } of added) {
    const same = [...result, ...known].find((one) => sameOffering(one, attempt));
    if (!isNodeFailure(attempt)) {
      // A refusal is no success: what failed on this offering before still counts.
      const { failures, failed } = same ?? {};
      result.push(failures === undefined || failed === undefined ? attempt : { ...attempt, failures, failed });
      continue;
    }
    if (same?.failed !== undefined && createdMs <= Date.parse(same.failed)) continue;
    const others = known.filter((one) => !result.some((newer) => sameOffering(one, newer)));
    const inARow = failures([...others, ...result]) + 1;
    const atMs = Date.parse(attempt.until) - FIRST_PAUSE_MS;
    result.push({
      ...attempt,
      until: new Date(atMs + pauseMs(inARow)).toISOString(),
      failures: (same?.failures ?? 0) + 1,
      failed: new Date(atMs).toISOString(),
    });
  }
  return { before: known, added: result };
}

/** Nothing is created while the breaker is open: after so many failed nodes in a row, until the pause of the last is over. */
export function breaker(attempts: readonly Attempt[], nowMs: number): (Allowance & { untilMs: number }) | undefined {
  const inARow = failures(attempts);
  if (inARow < MOST_IN_A_ROW) return undefined;
  const last = attempts
    .filter((one) => one.failures !== undefined)
    .reduce((a, b) => (failedMs(a) >= failedMs(b) ? a : b));
  const untilMs = failedMs(last) + pauseMs(inARow);
  if (untilMs <= nowMs) return undefined;
  // Where the same offering was refused since, its own words are those of the refusal.
  const how = isNodeFailure(last) ? `; the last one: ${last.message}` : "";
  return {
    claims: 0,
    reason: NODE_FAILURES[last.reason] ?? "NodeNotJoining",
    message: `${inARow} nodes in a row came to nothing, so no further one is bought before ${new Date(untilMs).toISOString()}${how}`,
    untilMs,
  };
}

/** Whether it tells of a machine that was paid for. */
function isNodeFailure({ reason }: Attempt): boolean {
  return NODE_FAILURES[reason] !== undefined;
}

function failedMs({ failed, until }: Attempt): number {
  return Date.parse(failed ?? until);
}

function pauseMs(inARow: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (inARow - 1));
}

function failures(attempts: readonly Attempt[]): number {
  return attempts.reduce((total, { failures = 0 }) => total + failures, 0);
}

function afterSuccess(attempts: readonly Attempt[], claims: readonly JsonObject[]): readonly Attempt[] {
  const usableMs = Math.max(Number.NEGATIVE_INFINITY, ...claims.map(usableSinceMs));
  return attempts.map((attempt) => {
    if (attempt.failed === undefined || Date.parse(attempt.failed) >= usableMs) return attempt;
    const { failures: _, failed: __, ...rest } = attempt;
    return rest;
  });
}

function usableSinceMs(claim: JsonObject): number {
  const initialized = conditionAt(claim, "Initialized");
  return isTrue(initialized) ? (timeAt(initialized, "lastTransitionTime") ?? 0) : Number.NEGATIVE_INFINITY;
}

function sameOffering(a: Attempt, b: Attempt): boolean {
  return a.instanceType === b.instanceType && a.capacityType === b.capacityType && a.zone === b.zone;
}
