import { verdictOn } from "../admit.ts";
import type { Catalogue } from "../catalogue.ts";
import type { Change } from "../explain/explanation.ts";
import { inputsOf } from "../inputs.ts";
import { errors } from "../issue.ts";
import { groupOf, storedApiVersion } from "../kinds/is-workspace.ts";
import { KAITO_GROUP, type Workspace } from "../kinds/workspace.ts";
import { typeIn } from "../kinds/workspace-names.ts";
import type { Subject } from "../report/report.ts";
import type { Compared, Pods } from "./comparison.ts";
import { fieldChanges, jsonChanges } from "./fields.ts";
import { movedNotes } from "./notes.ts";
import { type Expanded, loading, podsOf } from "./pods.ts";
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
import type { StatedWorkspace } from "./state.ts";

/**
 * What becomes of a Workspace that base states in one group and head in the other: the old object goes, with all it made, and
 * another comes, which admission judges as a create.
 * @param from the old one as base and cluster have it
 * @param live the new one, where the cluster holds it already
 */
export function compareMoved(
  subject: Subject,
  { from, head, live }: { readonly from: Versions; readonly head: StatedWorkspace; readonly live?: Workspace },
  comparing: Comparing,
): Compared {
  const { catalogue } = comparing;
  const { before: stored, notes: told } = beforeOf(from, comparing);
  const before = stored === undefined ? undefined : runOf(stored, comparing.base, comparing, from.live);
  const old = stored?.workspace ?? from.base?.workspace ?? head.workspace;
  const inputs = [groupChange(old, head.workspace), ...jsonChanges(inputsOf(old), inputsOf(head.workspace))];
  const common = { subject, ...(before === undefined ? {} : { before: before.side }), inputs };
  const { expansion, issues: admitted } = verdictOn(head.workspace, live, catalogue);
  const issues = [...head.issues, ...admitted];
  if (errors(issues).length > 0 || expansion === undefined) {
    const nodes = nodeChanges(before?.side, before?.side);
    return {
      ...common,
      verdict: "refused",
      fields: [],
      pods: untouched(before?.side),
      nodes,
      issues,
      notes: [...told, STAYS],
    };
  }
  const workspace = { ...head.workspace, expansion } as Expanded;
  const by = sourceOf(workspace, live);
  const after = runOf({ workspace, by }, comparing.head, comparing, live ?? from.live);
  return {
    ...common,
    verdict: "moved",
    after: after.side,
    fields: before === undefined ? [] : fieldChanges(before.found.workspace.expansion, expansion),
    pods: podsOfMove(before, after, catalogue),
    nodes: nodeChanges(before?.side, after.side),
    issues: [...issues, ...settingsIssues(after.found.settings)],
    notes: [...told, ...moveNotes(old, head.workspace), ...movedNotes(before?.side, after.side)],
  };
}

function groupChange(from: Workspace, to: Workspace): Change {
  return { path: "apiVersion", from: storedApiVersion(from), to: storedApiVersion(to) };
}

/** Pods are the old object's, and end with it. */
function podsOfMove(before: Run | undefined, { found }: Run, catalogue: Catalogue): Pods {
  const ending = podsOf(before?.found, undefined, catalogue, undefined);
  const starting = podsOf(undefined, found, catalogue, undefined);
  if (ending.effect !== "ends") return starting;
  const isBought = before?.side.provision === true;
  const going = `it moves to ${groupOf(found.workspace)}: the old object goes with its ${isBought ? "pods and nodes" : "pods"}`;
  if (starting.effect !== "starts") return { effect: "ends", why: [going, ...starting.why] };
  const { expansion } = found.workspace;
  if (expansion.workload.kind === "Job") {
    const why = [going, "the training runs from its start, also where it has ended"];
    return { effect: "restarts", why, pause: { kind: "training" } };
  }
  const node = expansion.nodes.provision ? ({ node: true } as const) : {};
  const pause = { ...loading(expansion, catalogue), ...node };
  return { effect: "restarts", why: [going, "only then the new one makes its own"], pause };
}

// Flux prunes after an apply that succeeded, Argo CD syncs nothing where a dry run fails.
const STAYS = "the old one stays while the new one is refused: Flux and Argo CD prune nothing then";

/** What happens between the two, and what does not happen by itself. */
function moveNotes(old: Workspace, moved: Workspace): readonly string[] {
  const { namespace = "", name = "" } = old.metadata;
  return [
    "Flux and Argo CD make the new object before they prune the old one: it waits (NameTaken) until that is gone with all it made",
    ...(groupOf(moved) === KAITO_GROUP ? [BACK] : []),
    `kubectl apply prunes nothing: end the old one with kubectl -n ${namespace} delete ${typeIn(groupOf(old))} ${name}`,
  ];
}

const BACK =
  "a KAITO that runs does not wait, and starts beside what is still Foresail's: there remove the old one in a commit before";
