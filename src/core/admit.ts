import { type Catalogue, findRelease } from "./catalogue.ts";
import { diff } from "./diff.ts";
import { typeRefusals } from "./expand/beside-types.ts";
import { type Expanded, expand } from "./expand.ts";
import { depthIssues, typeIssues } from "./input-types.ts";
import { inputsHash, inputsOf, upgradeAnnotation } from "./inputs.ts";
import { error, errors, type Issue, warning, warnings } from "./issue.ts";
import { isObject, type JsonObject, sameJson } from "./json.ts";
import {
  type Expansion,
  validateExpansion,
  WORKSPACE_GROUPS,
  type Workspace,
  workspaceKind,
} from "./kinds/workspace.ts";
import { admitPod, concernsPod } from "./preset-pod/admit-pod.ts";
import { allowed, denied, patched } from "./review.ts";

export type AdmitPhase = "mutate" | "validate";

/**
 * Answers one AdmissionReview (admission.k8s.io/v1) for `/mutate` or `/validate`. Never throws on any JSON value.
 * @returns the AdmissionReview with `response`, or undefined when the body is no AdmissionReview at all (answer 400).
 */
export function admit(review: unknown, catalogue: Catalogue, phase: AdmitPhase): JsonObject | undefined {
  if (!isObject(review) || review["kind"] !== "AdmissionReview" || !isObject(review["request"])) return undefined;
  const { request } = review;
  const uid = request["uid"];
  if (typeof uid !== "string" || uid === "") return undefined;
  if (concernsPod(request)) return phase === "mutate" ? admitPod(request, uid, catalogue) : allowed(uid);
  if (!concernsUs(request)) return allowed(uid);
  const { object, old } = objectsOf(request);
  if (object === undefined)
    return denied(uid, [
      error("", "review/object", "the review carries no object: send the Workspace as request.object"),
    ]);
  if (object.metadata.deletionTimestamp !== undefined) return allowed(uid);
  const tooDeep = depthIssues(object);
  if (tooDeep.length > 0) return denied(uid, tooDeep);
  const verdict = phase === "mutate" ? mutate(object, old, catalogue) : validate(object, old, catalogue);
  if (errors(verdict.issues).length > 0) return denied(uid, verdict.issues);
  const patch = phase === "validate" ? [] : diff({ expansion: object.expansion }, { expansion: verdict.expansion });
  const messages = warnings(verdict.issues);
  return patch.length === 0 ? allowed(uid, messages) : patched(uid, patch, messages);
}

/** What admission decides: the expansion that is stored (absent: none is) and what is wrong. */
type Verdict = Expanded;

function concernsUs(request: JsonObject): boolean {
  const kind = request["kind"];
  const operation = request["operation"];
  return (
    isObject(kind) &&
    WORKSPACE_GROUPS.some((group) => group === kind["group"]) &&
    kind["kind"] === workspaceKind.kind &&
    (request["subResource"] ?? "") === "" &&
    (operation === "CREATE" || operation === "UPDATE")
  );
}

function objectsOf(request: JsonObject): { readonly object?: Workspace; readonly old?: Workspace } {
  const namespace = typeof request["namespace"] === "string" ? request["namespace"] : undefined;
  const read = (value: unknown): Workspace | undefined => {
    if (!isObject(value)) return undefined;
    const metadata = isObject(value["metadata"]) ? value["metadata"] : {};
    // An object from the API server carries its namespace; a hand-made review may state it on the request alone.
    const named =
      metadata["namespace"] === undefined && namespace !== undefined ? { ...metadata, namespace } : metadata;
    return { ...value, metadata: named } as unknown as Workspace;
  };
  const object = read(request["object"]);
  const before = request["operation"] === "UPDATE" ? read(request["oldObject"]) : undefined;
  // What is nested too deep to be compared counts as changed.
  const old = before !== undefined && depthIssues(before).length > 0 ? undefined : before;
  return { ...(object === undefined ? {} : { object }), ...(old === undefined ? {} : { old }) };
}

/**
 * What admission decides of a Workspace without a review around it, every issue at full length.
 * @param object as admission sees it: defaults applied, name and namespace set
 * @param before what is stored; undefined: it is created
 */
export function verdictOn(object: Workspace, before: Workspace | undefined, catalogue: Catalogue): Expanded {
  const tooDeep = depthIssues(object);
  if (tooDeep.length > 0) return { issues: tooDeep };
  // What is nested too deep to be compared counts as changed.
  const old = before !== undefined && depthIssues(before).length > 0 ? undefined : before;
  return mutate(object, old, catalogue);
}

/** Recomputes when an input differs or nothing usable is stored, else writes back what is stored, whatever was sent. */
function mutate(object: Workspace, old: Workspace | undefined, catalogue: Catalogue): Verdict {
  const types = typeRefusals(object, catalogue);
  const unchanged = old !== undefined && sameJson(inputsOf(object), inputsOf(old));
  if (unchanged && isUsable(old) && !followsChange(object, old)) return { expansion: kept(old, catalogue), issues: [] };
  const expanded = types.length > 0 ? { issues: types } : expand(object, catalogue);
  const changed = old === undefined || types.length > 0 ? [] : useChange(object, old);
  const issues = [...expanded.issues, ...changed];
  // An object stored before its rules existed stays writable: refusing would block labels, finalizers and owners.
  const verdict = unchanged && errors(issues).length > 0 ? asStored(old, issues) : { ...expanded, issues };
  const overwritten = object.expansion !== undefined && isForeign(object, old, verdict.expansion);
  return overwritten && errors(verdict.issues).length === 0
    ? { ...verdict, issues: [...verdict.issues, expansionReplaced] }
    : verdict;
}

/**
 * The stored expansion, as its own release makes it: one that was edited while no webhook was there is mended by the first
 * write that asks about it. A release that is not carried cannot be asked.
 */
function kept(old: Workspace & { readonly expansion: Expansion }, catalogue: Catalogue): Expansion {
  const release = findRelease(catalogue, old.expansion.catalog);
  const made = release === undefined ? undefined : expand(old, { ...catalogue, current: release }).expansion;
  return made === undefined || sameJson(made, old.expansion) ? old.expansion : made;
}

/** Invalid, and not by this request: what is stored stays, and nothing the request says takes its place. */
function asStored(old: Workspace, issues: readonly Issue[]): Verdict {
  const lowered = issues.map((issue) => ({ ...issue, level: "warning" as const }));
  return isObject(old.expansion) ? { expansion: old.expansion, issues: lowered } : { issues: lowered };
}

const expansionReplaced = warning(
  "expansion",
  "expansion/replaced",
  "expansion is written by admission only: the value given was replaced",
);

/** Whether the request states an expansion of its own rather than repeating what is stored or what admission writes. */
function isForeign(object: Workspace, old: Workspace | undefined, computed: Expansion | undefined): boolean {
  return !sameJson(object.expansion, computed) && !sameJson(object.expansion, old?.expansion);
}

/** An expansion in the stored object that was made from that object's inputs and has the right shape. */
function isUsable(workspace: Workspace): workspace is Workspace & { readonly expansion: Expansion } {
  const { expansion } = workspace;
  return (
    isObject(expansion) &&
    expansion.inputsHash === inputsHash(workspace) &&
    validateExpansion(expansion, "").length === 0
  );
}

/** With `foresail.dev/upgrade: follow` any change of a label or annotation asks for a new expansion. */
function followsChange(object: Workspace, old: Workspace): boolean {
  const { metadata } = object;
  return (
    metadata.annotations?.[upgradeAnnotation] === "follow" &&
    !(sameJson(metadata.labels, old.metadata.labels) && sameJson(metadata.annotations, old.metadata.annotations))
  );
}

/**
 * The one change that is refused: a model that serves and a run that trains have nothing in common but the name. A
 * server-side apply of the one manifest over the other leaves both stated; then the advice is the same.
 */
function useChange(object: Workspace, old: Workspace): readonly Issue[] {
  const [before, after] =
    old.inference !== undefined ? (["inference", "tuning"] as const) : (["tuning", "inference"] as const);
  if (old[before] === undefined || old[after] !== undefined || object[after] === undefined) return [];
  return [
    error(
      after,
      "workspace/use-change",
      `${after} cannot take the place of ${before} in Workspace ${object.metadata.name}: use another name or namespace for it`,
    ),
  ];
}

/** Decides nothing new: the stored object carries the expansion that `/mutate` of this catalogue would have written. */
function validate(object: Workspace, old: Workspace | undefined, catalogue: Catalogue): Verdict {
  const untouched =
    old !== undefined && sameJson(inputsOf(object), inputsOf(old)) && sameJson(object.expansion, old.expansion);
  if (untouched) return { issues: [] };
  const { expansion } = object;
  if (expansion === undefined) return { issues: [notExpanded] };
  const shape = [...typeIssues(object), ...validateExpansion(expansion, "expansion")];
  if (shape.length > 0) return { issues: shape };
  const pinned = object.metadata.annotations?.["foresail.dev/catalog"] ?? expansion.catalog;
  if (expansion.inputsHash !== inputsHash(object) || expansion.catalog !== pinned) return { issues: [notExpanded] };
  // Written by another release during a roll-out or reload: that webhook answered for it.
  if (findRelease(catalogue, expansion.catalog) === undefined) return { issues: [] };
  const pin = { ...object.metadata.annotations, "foresail.dev/catalog": expansion.catalog };
  const own = expand(withPin(object, pin), catalogue);
  const same =
    own.expansion !== undefined && sameJson({ ...own.expansion, inputsHash: expansion.inputsHash }, expansion);
  return { issues: same ? [] : [notExpanded] };
}

function withPin(workspace: Workspace, annotations: { readonly [key: string]: string }): Workspace {
  return { ...workspace, metadata: { ...workspace.metadata, annotations } };
}

const notExpanded = error(
  "expansion",
  "expansion/not-ours",
  "expansion is not what admission writes for these inputs: another webhook changed it, or the mutating webhook of Foresail is missing",
);
