import { objectAt } from "../core/capacity/fields.ts";
import type { Catalogue } from "../core/catalogue.ts";
import type { Issue } from "../core/issue.ts";
import type { JsonObject } from "../core/json.ts";
import { presetPodIssues } from "../core/preset-pod/admit-pod.ts";
import { isPresetPod } from "../core/preset-pod/preset-pod.ts";

const TEMPLATE = ["spec", "template"] as const;
/** Where the kinds of Kubernetes that make pods have the template of them. */
const TEMPLATES: { readonly [kind: string]: readonly string[] } = {
  CronJob: ["spec", "jobTemplate", ...TEMPLATE],
  DaemonSet: TEMPLATE,
  Deployment: TEMPLATE,
  Job: TEMPLATE,
  Pod: [],
  ReplicaSet: TEMPLATE,
  ReplicationController: TEMPLATE,
  StatefulSet: TEMPLATE,
};

/** The pods that this object makes, where they ask for a preset, and where in it that is. */
export function presetTemplate(
  object: JsonObject,
): { readonly pod: JsonObject; readonly path: readonly string[] } | undefined {
  const kind = String(object["kind"]);
  const path = Object.hasOwn(TEMPLATES, kind) ? TEMPLATES[kind] : undefined;
  if (path === undefined) return undefined;
  const pod = objectAt(object, ...path);
  return isPresetPod(pod) ? { pod, path } : undefined;
}

/** The object with its namespace: where it states none, the one that objects without one get. */
export function inNamespace(object: JsonObject, namespace: string): JsonObject {
  return { ...object, metadata: { namespace, ...objectAt(object, "metadata") } };
}

/** The object with another pod in the place that `presetTemplate` tells. */
export function withPod(object: JsonObject, [key, ...rest]: readonly string[], pod: JsonObject): JsonObject {
  return key === undefined ? pod : { ...object, [key]: withPod(objectAt(object, key), rest, pod) };
}

/** What admission would say of the pods of this object; undefined where they ask for no preset. */
export function presetIssues(
  object: JsonObject,
  namespace: string,
  catalogue: Catalogue,
): readonly Issue[] | undefined {
  const found = presetTemplate(object);
  if (found === undefined) return undefined;
  const { pod, path } = found;
  const own = objectAt(object, "metadata")["namespace"];
  const issues = presetPodIssues(pod, typeof own === "string" ? own : namespace, catalogue);
  const inside = path.map((key) => `/${key}`).join("");
  return issues.map(({ fix, ...issue }) => ({
    ...issue,
    path: [...path, issue.path].join("."),
    ...(fix === undefined
      ? {}
      : { fix: { ...fix, patch: fix.patch.map((one) => ({ ...one, path: inside + one.path })) } }),
  }));
}
