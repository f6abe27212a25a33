import { isObject, type JsonObject } from "../json.ts";
import { WORKSPACE_LABEL } from "./pod.ts";

/** A user's own pod template with our label; everything else of it stays as stated. */
export function templatePod(template: JsonObject, name: string): JsonObject {
  const metadata = isObject(template["metadata"]) ? template["metadata"] : {};
  const labels = isObject(metadata["labels"]) ? metadata["labels"] : {};
  return { ...template, metadata: { ...metadata, labels: { ...labels, [WORKSPACE_LABEL]: name } } };
}

/**
 * Adds node requirements and tolerations to a pod template. Requirements join every term the template has, because the
 * terms of a node affinity are alternatives; tolerations are appended unless the same one is there.
 */
export function place(
  template: JsonObject,
  requirements: readonly JsonObject[],
  tolerations: readonly JsonObject[],
): JsonObject {
  const spec = isObject(template["spec"]) ? template["spec"] : {};
  const present = Array.isArray(spec["tolerations"]) ? (spec["tolerations"] as readonly JsonObject[]) : [];
  const missing = tolerations.filter(
    (toleration) => !present.some((other) => JSON.stringify(other) === JSON.stringify(toleration)),
  );
  return {
    ...template,
    spec: {
      ...spec,
      ...(requirements.length > 0 ? { affinity: withRequirements(spec["affinity"], requirements) } : {}),
      tolerations: [...present, ...missing],
    },
  };
}

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";

function withRequirements(affinity: unknown, requirements: readonly JsonObject[]): JsonObject {
  const stated = isObject(affinity) ? affinity : {};
  const node = isObject(stated["nodeAffinity"]) ? stated["nodeAffinity"] : {};
  const required = isObject(node[REQUIRED]) ? node[REQUIRED] : {};
  const terms = Array.isArray(required["nodeSelectorTerms"])
    ? (required["nodeSelectorTerms"] as readonly JsonObject[])
    : [{}];
  const joined = terms.map((term) => ({
    ...term,
    matchExpressions: [...(Array.isArray(term["matchExpressions"]) ? term["matchExpressions"] : []), ...requirements],
  }));
  return { ...stated, nodeAffinity: { ...node, [REQUIRED]: { ...required, nodeSelectorTerms: joined } } };
}

/** GPUs a template's containers ask for, by extended resource; the largest init container counts when it is larger. */
export function templateGpus(template: JsonObject, resource: string): number {
  const spec = isObject(template["spec"]) ? template["spec"] : {};
  const asked = (containers: unknown): readonly number[] =>
    (Array.isArray(containers) ? containers : []).map((container) => {
      const resources = isObject(container) && isObject(container["resources"]) ? container["resources"] : {};
      const limits = isObject(resources["limits"]) ? resources["limits"] : {};
      const count = Number(limits[resource] ?? 0);
      return Number.isFinite(count) ? count : 0;
    });
  const sum = asked(spec["containers"]).reduce((total, count) => total + count, 0);
  return Math.max(sum, ...asked(spec["initContainers"]), 0);
}
