import { apply_patch } from "jsonpatch";
import { admit, verdictOn } from "../core/admit.ts";
import type { Catalogue } from "../core/catalogue.ts";
import { expand } from "../core/expand.ts";
import { error, errors, type Issue, warning, warnings } from "../core/issue.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import { groupOf, storedApiVersion } from "../core/kinds/is-workspace.ts";
import { type Workspace, workspaceInputsSchema, workspaceKind, workspaceSchema } from "../core/kinds/workspace.ts";
import { objectMetaIssues, unknownField } from "../core/object-meta.ts";
import type { RuleCode } from "../core/rules.ts";
import { withDefaults } from "../core/schema.ts";
import { pruned } from "./pruned.ts";

export interface Stored {
  /** The object as a create would store it; absent when it is refused. */
  readonly workspace?: Workspace;
  /** Refusals and warnings. */
  readonly issues: readonly Issue[];
}

/**
 * What a create of this manifest by this catalogue would store: the way of the API server (unknown fields out, defaults in),
 * then the admission that the webhook runs, whose JSON Patch is applied. It can therefore not differ from the cluster.
 */
export function asStored(manifest: JsonObject, namespace: string, catalogue: Catalogue): Stored {
  const { object, issues: stated } = asStated(manifest, namespace);
  // Such an object reaches no webhook.
  if (stated.some(({ code }) => code === "workspace/version")) return { issues: stated };
  const response = decide(object, catalogue);
  const issues = withFixes(
    [...unsaid(stated, refusals(response)), ...refusals(response), ...warningsOf(response, object, catalogue)],
    object,
    catalogue,
  );
  if (response["allowed"] !== true || errors(stated).length > 0) return { issues };
  return { workspace: withPatch(object, response["patch"]) as unknown as Workspace, issues };
}

/** The object as admission sees it, and what the API server says of it before: a version that is not served, unknown fields. */
export function asStated(
  manifest: JsonObject,
  namespace: string,
): { readonly object: JsonObject; readonly issues: readonly Issue[] } {
  const versions = workspaceKind.versions.map((version) => `${groupOf(manifest)}/${version.name}`);
  const { object, removed } = asReviewed(manifest, namespace);
  if (!versions.includes(String(manifest["apiVersion"]))) {
    const message = `apiVersion ${String(manifest["apiVersion"])} is not served: use ${versions.join(" or ")}`;
    return { object, issues: [error("apiVersion", "workspace/version", message)] };
  }
  return { object, issues: [...removed.map(unknownField), ...objectMetaIssues(manifest["metadata"])] };
}

/** The object as admission sees it. */
export function asReviewed(
  manifest: JsonObject,
  namespace: string,
): { object: JsonObject; removed: readonly string[] } {
  const { value, removed } = pruned(manifest, workspaceSchema.json);
  const { status: _, ...stated } = value as JsonObject;
  const filled = withDefaults(stated, workspaceInputsSchema.json) as JsonObject;
  const metadata = isObject(manifest["metadata"]) ? manifest["metadata"] : {};
  return {
    object: {
      ...filled,
      apiVersion: storedApiVersion(manifest),
      metadata: { ...withTexts(withoutServerFields(metadata)), namespace: metadata["namespace"] ?? namespace },
    },
    removed,
  };
}

// What an API server writes into metadata; a manifest exported from a cluster carries it along.
const serverFields = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
];

export function withoutServerFields(metadata: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(metadata).filter(([key, value]) => !serverFields.includes(key) && value !== null),
  );
}

/** A null among labels and annotations is an empty text to the API server, as a null is to Go in any map of texts. */
function withTexts(metadata: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => {
      if ((key !== "labels" && key !== "annotations") || !isObject(value)) return [key, value];
      return [key, Object.fromEntries(Object.entries(value).map(([name, text]) => [name, text ?? ""]))];
    }),
  );
}

function decide(object: JsonObject, catalogue: Catalogue): JsonObject {
  const { name, namespace } = object["metadata"] as { readonly name?: string; readonly namespace: string };
  const { kind, plural } = workspaceKind;
  const group = groupOf(object);
  const answer = admit(
    {
      apiVersion: "admission.k8s.io/v1",
      kind: "AdmissionReview",
      request: {
        uid: "render",
        kind: { group, version: "v1beta1", kind },
        resource: { group, version: "v1beta1", resource: plural },
        operation: "CREATE",
        name: name ?? "",
        namespace,
        object,
        dryRun: true,
      },
    },
    catalogue,
    "mutate",
  );
  const response = answer?.["response"];
  if (!isObject(response)) throw new Error("admission gave no response to a well-formed review");
  return response;
}

/** What the API server would have refused first, and admission, asked all the same, has not said too. */
function unsaid(stated: readonly Issue[], refused: readonly Issue[]): readonly Issue[] {
  return stated.filter(({ message }) => !refused.some((one) => one.message === message));
}

function withPatch(object: JsonObject, patch: unknown): JsonObject {
  if (typeof patch !== "string") return object;
  const operations: unknown = JSON.parse(Buffer.from(patch, "base64").toString("utf8"));
  return apply_patch(object, operations as unknown[]);
}

function refusals(response: JsonObject): readonly Issue[] {
  const status = isObject(response["status"]) ? response["status"] : {};
  const details = isObject(status["details"]) ? status["details"] : {};
  const causes = Array.isArray(details["causes"]) ? details["causes"] : [];
  return causes
    .filter(isObject)
    .map((cause) => error(String(cause["field"] ?? ""), cause["reason"] as RuleCode, String(cause["message"])));
}

// A response carries no fixes; these come from the same function that made its words.
const FIXABLE: readonly RuleCode[] = ["preset/unknown", "instance-type/unknown", "instance-type/too-small"];

function withFixes(issues: readonly Issue[], object: JsonObject, catalogue: Catalogue): readonly Issue[] {
  if (!issues.some(({ code, level }) => level === "error" && FIXABLE.includes(code))) return issues;
  // Not expand itself: it takes only what has the right types.
  const whole = verdictOn(object as unknown as Workspace, undefined, catalogue).issues;
  return issues.map((issue) => {
    const fix = whole.find((one) => one.code === issue.code && one.message === issue.message)?.fix;
    return fix === undefined ? issue : { ...issue, fix };
  });
}

/** Warnings of a response are bare texts, cut to what Kubernetes allows; the same function gives path, code and the rest. */
function warningsOf(response: JsonObject, object: JsonObject, catalogue: Catalogue): readonly Issue[] {
  const texts = Array.isArray(response["warnings"]) ? response["warnings"].map(String) : [];
  if (texts.length === 0) return [];
  const whole = warnings(expand(object as unknown as Workspace, catalogue).issues);
  return texts.map((text) => {
    const start = text.replace(/…$/, "");
    return whole.find((issue) => issue.message.startsWith(start)) ?? warning("", "admission/warning", text);
  });
}
