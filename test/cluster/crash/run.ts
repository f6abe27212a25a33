import { until } from "../../../src/local/until.ts";
import { mustKubectl, namespace } from "../support/cluster.ts";
import { claims, faults } from "./end-state.ts";
import type { Call, Mode, Strike } from "./gate.ts";
import type { Goal, Scenario } from "./scenarios.ts";
import { claimsCreated, type Subject } from "./subject.ts";

// A scenario takes five to fifteen seconds; a loaded machine gets ten times that.
const GOAL_TIMEOUT_MS = 120_000;
/** What follows from the last event follows within this. */
const QUIET_MS = 2_000;
const NOTHING: Goal = { workspaces: {}, nodes: [], mostCreated: 0, children: {}, pods: 0 };

export interface Outcome {
  readonly scenario: string;
  /** Absent where nothing was killed. */
  readonly strike?: { readonly mode: Mode; readonly call: Call };
  readonly calls: readonly Call[];
  readonly created: number;
  /** What was wrong in the end; empty when nothing was lost, doubled or stuck. */
  readonly faults: readonly string[];
}

/**
 * Plays one scenario in a namespace of its own, kills the reconciler at the call of `strike`, starts it again and waits until
 * all is as it must be. Everything is deleted afterwards, and nothing may be left.
 */
export async function play(subject: Subject, scenario: Scenario, strike?: Strike): Promise<Outcome> {
  const { gate } = subject;
  const space = await namespace(`crash-${scenario.name}`);
  await scenario.prepare?.(space);
  await quiet(subject);
  gate.begin(strike);
  const over = new AbortController();
  const struck = killed(subject, over.signal);
  await scenario.act(space);
  const wrong = await settled(subject, space, scenario.goal);
  const calls = gate.calls();
  // In one go: nothing may be struck when nobody kills any more.
  over.abort();
  gate.begin();
  const call = await struck;
  const created = claimsCreated(calls);
  const doubled = created > scenario.goal.mostCreated ? [`${created} claims were created`] : [];
  await mustKubectl(["delete", "workspaces", "--all", "-n", space, "--wait=false"]);
  // Finished pods of a Job go with it.
  const left = (await settled(subject, space, NOTHING)).map((fault) => `after deletion: ${fault}`);
  return {
    scenario: scenario.name,
    ...(strike === undefined || call === undefined ? {} : { strike: { mode: strike.mode, call } }),
    calls,
    created,
    faults: [...wrong, ...doubled, ...left],
  };
}

/** Kills when the gate is struck; the call, or undefined when the scenario ended without it. */
async function killed(subject: Subject, signal: AbortSignal): Promise<Call | undefined> {
  const over = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const call = await Promise.race([subject.gate.struck(), over]);
  if (call !== undefined) await subject.restart();
  return call;
}

/** Waits until nothing is wrong and nothing more is asked; what is wrong at the end of patience. */
async function settled(subject: Subject, space: string, goal: Goal): Promise<readonly string[]> {
  let wrong: readonly string[] = [];
  const right = async (): Promise<boolean> => {
    wrong = await faults(space, goal, subject.provider);
    return wrong.length === 0;
  };
  try {
    await until("the end state", GOAL_TIMEOUT_MS, async () => !subject.gate.isShut() && (await right()));
    // What was held back and asked by nobody again arrives now.
    await subject.gate.deliverLate();
    await quiet(subject);
    await until("the end state once more", GOAL_TIMEOUT_MS, right);
    return [];
  } catch {
    return wrong.length === 0 ? ["it never came to rest"] : wrong;
  }
}

async function quiet({ gate }: Subject): Promise<void> {
  await until("the last call", GOAL_TIMEOUT_MS, () => gate.quietMs() > QUIET_MS);
}

/** Nothing of former runs may be there: claims and nodes are compared without asking whose they are. */
export async function emptied(): Promise<void> {
  await until("an empty cluster", GOAL_TIMEOUT_MS, async () => (await claims()).length === 0);
}

/** One line of the report. */
export function told({ scenario, strike, calls, created, faults: wrong }: Outcome): string {
  const index = strike === undefined ? 0 : calls.indexOf(strike.call) + 1;
  const where =
    strike === undefined ? "not killed" : `killed ${strike.mode} ${index} ${strike.call.verb} ${strike.call.path}`;
  const end = wrong.length === 0 ? "as it must be" : `WRONG: ${wrong.join("; ")}`;
  return `${scenario}: ${where}: ${calls.length} calls, ${created} claims created, end state ${end}`;
}
