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
    if (NODE_FAILURES[attempt.reason] === undefined) {
      result.push(attempt);
      continue;
    }
    const same = [...result, ...known].find((one) => sameOffering(one, attempt));
    if (same?.failed !== undefined && createdMs <= Date.parse(same.failed)) continue;
    const others = known.filter((one) => !result.some((newer) => sameOffering(one, newer)));
    const inARow = failures([...others, ...result]) + 1;
    const failedMs = Date.parse(attempt.until) - FIRST_PAUSE_MS;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (inARow - 1));
    result.push({
      ...attempt,
      until: new Date(failedMs + pauseMs).toISOString(),
      failures: (same?.failures ?? 0) + 1,
      failed: new Date(failedMs).toISOString(),
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
    .reduce((a, b) => (Date.parse(a.until) >= Date.parse(b.until) ? a : b));
  const untilMs = Date.parse(last.until);
  if (untilMs <= nowMs) return undefined;
  return {
    claims: 0,
    reason: NODE_FAILURES[last.reason] ?? "NodeNotJoining",
    message: `${inARow} nodes in a row came to nothing, so no further one is bought before ${last.until}; the last one: ${last.message}`,
    untilMs,
  };
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
