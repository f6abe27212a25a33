import { isObject, type JsonObject, sameJson } from "../json.ts";
import { logOnError, MODEL_CONTAINER, WORKSPACE_LABEL } from "./pod.ts";

/**
 * A user's own pod template with our label, and the end of the model's log told when it fails, where the template does not
 * say what is; everything else of it stays as stated. The model is in the container of that name, else in the first.
 */
export function templatePod(template: JsonObject, name: string): JsonObject {
  const metadata = isObject(template["metadata"]) ? template["metadata"] : {};
  const labels = isObject(metadata["labels"]) ? metadata["labels"] : {};
  const labelled = { ...template, metadata: { ...metadata, labels: { ...labels, [WORKSPACE_LABEL]: name } } };
  const spec = template["spec"];
  const stated = isObject(spec) ? spec["containers"] : undefined;
  if (!isObject(spec) || !Array.isArray(stated)) return labelled;
  const named = stated.findIndex((one) => isObject(one) && one["name"] === MODEL_CONTAINER);
  const containers = stated.map((one, i) =>
    i === Math.max(0, named) && isObject(one) ? { ...logOnError, ...one } : one,
  );
  return { ...labelled, spec: { ...spec, containers } };
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
    (toleration) =>
      !present.some((other) => isObject(other) && other["key"] === toleration["key"] && sameJson(other, toleration)),
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
  const listed = Array.isArray(required["nodeSelectorTerms"]) ? required["nodeSelectorTerms"].filter(isObject) : [];
  const joined = (listed.length > 0 ? listed : [{}]).map((term: JsonObject) => ({
    ...term,
    matchExpressions: [...(Array.isArray(term["matchExpressions"]) ? term["matchExpressions"] : []), ...requirements],
  }));
  return { ...stated, nodeAffinity: { ...node, [REQUIRED]: { ...required, nodeSelectorTerms: joined } } };
}

/**
 * GPUs a template's containers ask for, by extended resource; the largest init container counts when it is larger.
 * Undefined where one of the numbers is no whole number of GPUs.
 */
export function templateGpus(template: JsonObject, resource: string): number | undefined {
  const spec = member(template, "spec");
  const asked = (containers: unknown): readonly number[] =>
    (Array.isArray(containers) ? containers : []).map((container) =>
      wholeGpus(member(member(container, "resources"), "limits"), resource),
    );
  const sum = asked(spec["containers"]).reduce((total, count) => total + count, 0);
  const most = Math.max(sum, ...asked(spec["initContainers"]), 0);
  return Number.isNaN(most) ? undefined : most;
}

function member(value: unknown, key: string): JsonObject {
  const found = isObject(value) ? value[key] : undefined;
  return isObject(found) ? found : {};
}

function wholeGpus(limits: JsonObject, resource: string): number {
  const given = Object.hasOwn(limits, resource) ? limits[resource] : 0;
  const text = typeof given === "number" ? String(given) : given;
  return typeof text === "string" && /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
}
