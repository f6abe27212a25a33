import type { Action } from "../core/action.ts";
import { leaving } from "../core/plan/live.ts";
import { plan } from "../core/plan.ts";
import { KubeError } from "../kube/error.ts";
import { act, type Hands } from "./act.ts";
import { countsNow } from "./counts.ts";
import { gather, type Sources, shareOf } from "./gather.ts";
import type { Memory } from "./memory.ts";
import { gatherWaiting } from "./named.ts";
import type { Outcome, Queue } from "./queue.ts";

export interface Reconciling {
  readonly sources: Sources;
  readonly hands: Hands;
  readonly signal: AbortSignal;
  /** The queue that runs this, for keys that are gone or must be looked at once more. */
  readonly queue: () => Queue;
}

/** One look at the Workspaces of one name: gather the facts, decide, carry out. */
export async function reconcile(reconciling: Reconciling, key: string): Promise<Outcome> {
  const waiting = await lookAtWaiting(reconciling, key);
  const served = await lookAtServed(reconciling, key);
  if (waiting.kind === "failed" || served.kind === "failed") return { kind: "failed" };
  const againMs = Math.min(...[waiting.againMs, served.againMs].filter((ms) => ms !== undefined));
  return Number.isFinite(againMs) ? { kind: "done", againMs } : { kind: "done" };
}

/** The one whose name is taken says so; what fails there holds up nobody else. */
async function lookAtWaiting({ sources, hands, signal }: Reconciling, key: string): Promise<Outcome> {
  try {
    const world = await gatherWaiting(sources, key, signal);
    if (world === undefined) return { kind: "done" };
    const againMs = await act(hands, world, plan(world, sources.catalogue).actions, signal);
    return againMs === undefined ? { kind: "done" } : { kind: "done", againMs };
  } catch (error) {
    if (!signal.aborted) hands.log.warn({ object: key, err: error }, "cannot say that its name is taken");
    return { kind: "failed" };
  }
}

async function lookAtServed(reconciling: Reconciling, key: string): Promise<Outcome> {
  const { sources, hands, signal, queue } = reconciling;
  const { memory } = sources;
  try {
    const gathered = await gather(sources, key, signal);
    memory.heard(key);
    // Others planned while this one waited for its turn.
    const world = { ...gathered, ...countsNow(sources, key, shareOf(gathered)) };
    const made = plan(world, sources.catalogue);
    if (world.unread !== undefined) {
      hands.log.warn({ object: key, answer: world.unread }, "may not be read: nothing is done, it will be tried again");
      await act(hands, world, made.actions, signal);
      // Nothing tells when a role has changed.
      return { kind: "failed" };
    }
    memory.awaits(key, made.awaitsLaunches === true);
    const { emptyClaims, placeable = [], unready = [] } = made;
    memory.noted(key, [...emptyClaims, ...placeable, ...unready, ...leaving(world)]);
    if (made.actions.length > 0) {
      hands.log.debug(
        { object: key, actions: made.actions.map((action) => action.kind), reasons: made.reasons },
        "plan",
      );
    }
    const againMs = await reserving(memory, key, made.actions, () => act(hands, world, made.actions, signal));
    // The status still tells of the refusal that is over now.
    if (memory.succeeded(key)) queue().add(key);
    if (world.workspace === undefined && world.presetPods === undefined && world.claims.length === 0) {
      memory.forget(key);
      queue().drop(key);
    }
    return againMs === undefined ? { kind: "done" } : { kind: "done", againMs };
  } catch (error) {
    if (signal.aborted) return { kind: "failed" };
    note(reconciling, key, error);
    return { kind: "failed" };
  }
}

/**
 * From the moment they are planned, claims count against the limits: other Workspaces are planned while this one acts, and
 * where an answer is lost until this one is looked at again.
 */
async function reserving<T>(
  memory: Memory,
  key: string,
  actions: readonly Action[],
  run: () => Promise<T>,
): Promise<T> {
  memory.creating(
    key,
    actions.flatMap((action) => (action.kind === "createClaim" ? [action.claim] : [])),
  );
  const result = await run();
  memory.heard(key);
  return result;
}

function note({ sources, hands }: Reconciling, key: string, error: unknown): void {
  hands.log.warn({ object: key, err: error }, "will be tried again");
  // Only what the API server refuses for its content is news to the user; conflicts and outages pass.
  if (error instanceof KubeError && [400, 403, 413, 422].includes(error.status)) {
    sources.memory.failed(key, error.message);
  }
}
