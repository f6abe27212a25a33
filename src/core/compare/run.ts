import { verdictOn } from "../admit.ts";
import type { Catalogue } from "../catalogue.ts";
import { inputsOf } from "../inputs.ts";
import { errors, type Issue } from "../issue.ts";
import { sameJson } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import type { Subject } from "../report/report.ts";
import type { Pods, ReleaseSource, Side } from "./comparison.ts";
import type { Expanded, Found } from "./pods.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { scaleOf, sideOf } from "./side.ts";
import type { State, StatedWorkspace } from "./state.ts";

export interface Comparing {
  readonly base: State;
  readonly head: State;
  readonly catalogue: Catalogue;
  /** Whether what the cluster holds was given. */
  readonly isLive: boolean;
}

/** One Workspace as each of the three has it. */
export interface Versions {
  readonly base?: StatedWorkspace;
  readonly head?: StatedWorkspace;
  readonly live?: Workspace;
  /** What it is in the other group, where it moves. */
  readonly from?: Versions;
  /** What only the cluster has of this name, in the other group. */
  readonly rival?: Subject;
}

export interface Stored {
  readonly workspace: Expanded;
  readonly by: ReleaseSource;
}

/** What runs by one state, in numbers and as the reconciler finds it. */
export interface Run {
  readonly side: Side;
  readonly found: Found;
}

export function runOf(
  { workspace, by }: Stored,
  state: State,
  { catalogue }: Comparing,
  live: Workspace | undefined,
): Run {
  const { expansion } = workspace;
  const scale = scaleOf(expansion, live);
  const settings = settingsOf(workspace, state, catalogue);
  return {
    side: sideOf({ workspace, expansion, by, scale, workload: expansion.workload.kind }, catalogue),
    found: { workspace, settings, replicas: scale.replicas },
  };
}

/** What the cluster holds once base is applied. */
export function beforeOf(
  { base, live }: Versions,
  { catalogue, isLive }: Comparing,
): { readonly before?: Stored; readonly notes: readonly string[] } {
  const held = live?.expansion === undefined ? undefined : (live as Expanded);
  const stored = held === undefined ? {} : { before: { workspace: held, by: sourceOf(held, held) } };
  if (base === undefined)
    return { ...stored, notes: live === undefined ? [] : ["the cluster holds it, and base does not state it"] };
  const { expansion, issues } = verdictOn(base.workspace, live, catalogue);
  if (errors([...base.issues, ...issues]).length > 0 || expansion === undefined) {
    return { ...stored, notes: ["admission refuses it in base, too, so nothing of base runs"] };
  }
  const workspace = { ...base.workspace, expansion } as Expanded;
  const isApplied = live !== undefined && sameJson(inputsOf(live), inputsOf(base.workspace));
  const absent = isLive && live === undefined ? ["the cluster does not hold what base states yet"] : [];
  const drifted =
    live !== undefined && !isApplied
      ? ["the cluster holds other inputs than base states: compared as if base were applied"]
      : [];
  const by = sourceOf(workspace, isApplied ? live : undefined);
  return { before: { workspace, by }, notes: [...absent, ...drifted] };
}

export function sourceOf({ metadata }: Workspace, kept: Workspace | undefined): ReleaseSource {
  if (metadata.annotations?.["foresail.dev/catalog"] !== undefined) return "git";
  return kept?.expansion === undefined ? "running" : "stored";
}

export function settingsIssues(settings: Settings): readonly Issue[] {
  return settings.kind === "used" || settings.kind === "unusable" ? settings.issues : [];
}

export function untouched(before: Side | undefined): Pods {
  return { effect: "none", why: [before === undefined ? "nothing starts" : "what runs stays as it is"] };
}
