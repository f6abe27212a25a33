import { verdictOn } from "../admit.ts";
import type { Catalogue } from "../catalogue.ts";
import { inputsOf } from "../inputs.ts";
import { errors, type Issue } from "../issue.ts";
import { sameJson } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import type { Subject } from "../report/report.ts";
import type { Compared, Pods, ReleaseSource, Side } from "./comparison.ts";
import { fieldChanges, jsonChanges } from "./fields.ts";
import { movedNotes, surgeNotes, withinCeiling } from "./notes.ts";
import { type Expanded, type Found, podsOf } from "./pods.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { nodeChanges, scaleOf, sideOf } from "./side.ts";
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
}

interface Stored {
  readonly workspace: Expanded;
  readonly by: ReleaseSource;
}

/**
 * What becomes of one Workspace. Base is judged as an update of what the cluster holds, head as an update of base: so inputs
 * that stay the same keep the expansion that is stored.
 */
export function compareWorkspace(subject: Subject, versions: Versions, comparing: Comparing): Compared {
  const { head, live } = versions;
  const { catalogue } = comparing;
  const { before: stored, notes } = beforeOf(versions, comparing);
  const before = stored === undefined ? undefined : runOf(stored, comparing.base, comparing, live);
  const common = { subject, ...(before === undefined ? {} : { before: before.side }), inputs: [], fields: [], notes };
  if (head === undefined) {
    const pods = podsOf(before?.found, undefined, catalogue, live);
    return { ...common, verdict: "removed", pods, nodes: nodeChanges(before?.side, undefined), issues: [] };
  }
  const old = stored?.workspace ?? live;
  const inputs = old === undefined ? [] : jsonChanges(inputsOf(old), inputsOf(head.workspace));
  const admitted = verdictOn(head.workspace, old, catalogue);
  const issues = [...head.issues, ...admitted.issues];
  const { expansion } = admitted;
  if (errors(issues).length > 0 || expansion === undefined) {
    const nodes = nodeChanges(before?.side, before?.side);
    return { ...common, verdict: "refused", inputs, pods: untouched(before?.side), nodes, issues };
  }
  const workspace = { ...head.workspace, expansion } as Expanded;
  const keeps = stored !== undefined && isKept(stored.workspace, workspace);
  const by = keeps ? stored.by : sourceOf(workspace, undefined);
  const after = runOf({ workspace, by }, comparing.head, comparing, live);
  const replaced = podsOf(before?.found, after.found, catalogue, live);
  const pods = withinCeiling(before?.side, after.side, expansion, replaced);
  const surge = surgeNotes(after.side, expansion, pods);
  return {
    ...common,
    verdict: before === undefined ? "added" : keeps && hasSameSettings(before, after) ? "keeps" : "changed",
    after: after.side,
    inputs,
    fields: before === undefined ? [] : fieldChanges(before.found.workspace.expansion, expansion),
    pods,
    nodes: nodeChanges(before?.side, after.side),
    issues: [...issues, ...settingsIssues(after.found.settings)],
    notes: [...notes, ...movedNotes(before?.side, after.side), ...surge],
  };
}

interface Run {
  readonly side: Side;
  readonly found: Found;
}

function runOf({ workspace, by }: Stored, state: State, { catalogue }: Comparing, live: Workspace | undefined): Run {
  const { expansion } = workspace;
  const scale = scaleOf(expansion, live);
  const settings = settingsOf(workspace, state, catalogue);
  return {
    side: sideOf({ workspace, expansion, by, scale, workload: expansion.workload.kind }, catalogue),
    found: { workspace, settings, replicas: scale.replicas },
  };
}

function isKept(before: Expanded, after: Expanded): boolean {
  return sameJson(inputsOf(before), inputsOf(after)) && sameJson(before.expansion, after.expansion);
}

function hasSameSettings(before: Run, after: Run): boolean {
  return sameJson(before.found.settings, after.found.settings);
}

/** What the cluster holds once base is applied. */
function beforeOf(
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

function sourceOf({ metadata }: Workspace, kept: Workspace | undefined): ReleaseSource {
  if (metadata.annotations?.["foresail.dev/catalog"] !== undefined) return "git";
  return kept?.expansion === undefined ? "running" : "stored";
}

function settingsIssues(settings: Settings): readonly Issue[] {
  return settings.kind === "used" || settings.kind === "unusable" ? settings.issues : [];
}

function untouched(before: Side | undefined): Pods {
  return { effect: "none", why: [before === undefined ? "nothing starts" : "what runs stays as it is"] };
}
