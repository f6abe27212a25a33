import { setTimeout as pause } from "node:timers/promises";
import { Hopeless, until } from "../../../src/local/until.ts";
import { mustKubectl, namespace } from "../support/cluster.ts";
import { type Call, callsOf, isClaimCreation } from "./calls.ts";
import { faults } from "./end-state.ts";
import type { Lane, Mode, Strike } from "./lane.ts";
import type { Goal, Scenario } from "./scenarios.ts";
import type { Subject } from "./subject.ts";

// A scenario takes five to twenty seconds alone, a minute among others' kills. A loaded machine gets a few times that.
const GOAL_TIMEOUT_MS = 240_000;
// Who asks for nothing for so long will not; no pause of the product between two tries after a kill is longer.
const STUCK_MS = 60_000;
/** What follows from the last event follows within this. */
const QUIET_MS = 2_000;
// Each look at an end state is a dozen requests.
const LOOK_EVERY_MS = 250;
const NOTHING: Goal = { workspaces: {}, nodes: [], mostCreated: 0, children: {}, pods: 0 };

export interface Run {
  readonly scenario: Scenario;
  /** Absent: nobody is killed for its sake. */
  readonly strike?: Strike;
}

export interface Outcome {
  readonly scenario: string;
  /** Absent where nothing was killed for its sake. */
  readonly strike?: { readonly mode: Mode; readonly call: Call };
  readonly calls: readonly Call[];
  /** Claims that came into being. */
  readonly created: number;
  /** What was wrong in the end; empty when nothing was lost, doubled or stuck. */
  readonly faults: readonly string[];
}

/** Runs that shared a process. */
export interface Wave {
  readonly outcomes: readonly Outcome[];
  /** To prepare them, to the end states, to the end of everything. */
  readonly seconds: readonly [number, number, number];
}

interface Running extends Run {
  readonly space: string;
  readonly lane: Lane;
}

/**
 * Plays several runs at the same time, each in a namespace of its own: kills the one reconciler at the call of each strike,
 * starts it again and waits until all is as it must be. Everything is deleted afterwards, and nothing may be left. What one
 * run is killed for befalls the others at whatever they do just then. They wait for each other before each step, so that
 * nobody's preparation or deletion is broken off by the kill of another.
 */
export async function playAll(subject: Subject, runs: readonly Run[]): Promise<Wave> {
  const { gate } = subject;
  const startedMs = performance.now();
  const all = await Promise.all(runs.map((run) => prepared(subject, run)));
  for (const { lane, strike } of all) lane.begin(strike);
  const preparedMs = performance.now();
  const ends = await Promise.all(all.map((run) => acted(subject, run)));
  const endedMs = performance.now();
  const calls = all.map(({ lane }) => {
    const made = lane.calls();
    const call = lane.struck();
    lane.begin();
    return { made, call };
  });
  const outcomes = await Promise.all(
    all.map(async (run, i): Promise<Outcome> => {
      const { scenario, strike, space } = run;
      const { made = [], call } = calls[i] ?? {};
      const created = made.filter((one) => isClaimCreation(one) && one.status === 201).length;
      const doubled = created > scenario.goal.mostCreated ? [`doubled node: ${created} claims were created`] : [];
      await mustKubectl(["delete", "workspaces", "--all", "-n", space, "--wait=false"]);
      const left = (await settled(subject, run, NOTHING)).map((fault) => `after deletion: ${fault}`);
      return {
        scenario: scenario.name,
        ...(strike === undefined || call === undefined ? {} : { strike: { mode: strike.mode, call } }),
        calls: made,
        created,
        faults: [...(ends[i] ?? []), ...doubled, ...left],
      };
    }),
  );
  for (const { lane } of all) gate.close(lane);
  const removedMs = performance.now();
  const seconds = (fromMs: number, toMs: number): number => Math.round((toMs - fromMs) / 1000);
  return {
    outcomes,
    seconds: [seconds(startedMs, preparedMs), seconds(preparedMs, endedMs), seconds(endedMs, removedMs)],
  };
}

async function prepared(subject: Subject, run: Run): Promise<Running> {
  const space = await namespace(`crash-${run.scenario.name}`);
  const lane = subject.gate.lane(callsOf(space));
  await run.scenario.prepare?.(space);
  await quiet(subject, lane);
  return { ...run, space, lane };
}

async function acted(subject: Subject, run: Running): Promise<readonly string[]> {
  await run.scenario.act(run.space);
  const wrong = await settled(subject, run, run.scenario.goal);
  // Nothing looks at this end state again.
  run.lane.spare();
  return wrong;
}

/** Waits until nothing is wrong and nothing more is asked; what is wrong at the end of patience. */
async function settled(subject: Subject, { space, lane }: Running, goal: Goal): Promise<readonly string[]> {
  let wrong: readonly string[] = [];
  const right = async (): Promise<boolean> => {
    await pause(LOOK_EVERY_MS);
    wrong = await faults(space, goal, subject.provider);
    if (wrong.length > 0 && Math.min(lane.quietMs(), subject.upMs()) > STUCK_MS) throw new Hopeless("nothing is asked");
    return wrong.length === 0;
  };
  const rest = async (): Promise<readonly string[]> => {
    await until("the end state", GOAL_TIMEOUT_MS, right);
    // What was held back and asked by nobody again arrives now.
    await lane.deliverLate();
    await quiet(subject, lane);
    await until("the end state once more", GOAL_TIMEOUT_MS, right);
    return [];
  };
  return await Promise.race([rest(), subject.failed]).catch((error: unknown) =>
    wrong.length === 0 ? [`it never came to rest: ${String(error)}`] : wrong.map((fault) => `stuck: ${fault}`),
  );
}

async function quiet({ gate, upMs }: Subject, lane: Lane): Promise<void> {
  const isQuiet = (): boolean => !gate.isShut() && Math.min(lane.quietMs(), upMs()) > QUIET_MS;
  await until("the last call", GOAL_TIMEOUT_MS, isQuiet);
}

/** One line of the report. */
export function told({ scenario, strike, calls, created, faults: wrong }: Outcome): string {
  const index = strike === undefined ? 0 : calls.indexOf(strike.call) + 1;
  const where = strike === undefined ? "not killed" : `killed ${strike.mode} ${index} ${strike.call.name}`;
  const end = wrong.length === 0 ? "as it must be" : `WRONG: ${wrong.join("; ")}`;
  return `${scenario}: ${where}: ${calls.length} calls, ${created} claims created, end state ${end}`;
}
