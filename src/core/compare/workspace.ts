import { verdictOn } from "../admit.ts";
import { inputsOf } from "../inputs.ts";
import { errors } from "../issue.ts";
import { sameJson } from "../json.ts";
import type { Subject } from "../report/report.ts";
import type { Compared } from "./comparison.ts";
import { fieldChanges, jsonChanges } from "./fields.ts";
import { movedNotes, rivalNotes, surgeNotes, withinCeiling } from "./notes.ts";
import { type Expanded, podsOf } from "./pods.ts";
import {
  beforeOf,
  type Comparing,
  type Run,
  runOf,
  settingsIssues,
  sourceOf,
  untouched,
  type Versions,
} from "./run.ts";
import { nodeChanges } from "./side.ts";

/**
 * What becomes of one Workspace. Base is judged as an update of what the cluster holds, head as an update of base: so inputs
 * that stay the same keep the expansion that is stored.
 */
export function compareWorkspace(subject: Subject, versions: Versions, comparing: Comparing): Compared {
  const { head, live } = versions;
  const { catalogue } = comparing;
  const { before: stored, notes: told } = beforeOf(versions, comparing);
  const notes = [...told, ...rivalNotes(versions.rival)];
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

function isKept(before: Expanded, after: Expanded): boolean {
  return sameJson(inputsOf(before), inputsOf(after)) && sameJson(before.expansion, after.expansion);
}

function hasSameSettings(before: Run, after: Run): boolean {
  return sameJson(before.found.settings, after.found.settings);
}
