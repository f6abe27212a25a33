import { error, type Issue } from "../issue.ts";
import { canonicalJson, isObject, type JsonObject } from "../json.ts";

// The expansion repeats what is stated here, and etcd takes objects of 1.5 MiB; pod templates have some 10 KB.
const LARGEST_TEMPLATE_CHARACTERS = 262_144;
const LARGEST_VOLUME_CHARACTERS = 16_384;
// What is added to each of these (requirements of the node, variables and mounts of mirrors) must not make an object of
// megabytes out of a template of kilobytes.
const MOST_CONTAINERS = 100;
const MOST_NODE_TERMS = 50;

/** Enough of a pod template to place and keep it; the API server judges the rest when the workload is made. */
export function checkTemplate(template: JsonObject | undefined): readonly Issue[] {
  if (template === undefined) return [];
  const path = "inference.template";
  const containers = isObject(template["spec"]) ? template["spec"]["containers"] : undefined;
  const kept = checkPartialTemplate(template);
  return Array.isArray(containers) && containers.length > 0 && containers.every(isObject)
    ? kept
    : [
        ...kept,
        error(
          `${path}.spec.containers`,
          "template/containers",
          `${path}.spec.containers must be a list with at least one container`,
        ),
      ];
}

/** Enough of a partial pod template to store it; what it is laid over judges the rest. */
export function checkPartialTemplate(template: JsonObject | undefined): readonly Issue[] {
  if (template === undefined) return [];
  const path = "inference.template";
  return [
    ...checkKept(path, template, LARGEST_TEMPLATE_CHARACTERS),
    ...checkCounts(path, template),
    ...checkNodeName(`${path}.spec.nodeName`, memberOf(template, "spec")["nodeName"]),
  ];
}

/** The kubelet refuses a pod that its node has no room for, and the workload makes the next one at once, without end. */
function checkNodeName(path: string, nodeName: unknown): readonly Issue[] {
  if (nodeName === undefined || nodeName === null) return [];
  const text = `${path} goes past the scheduler, and with it past the labels and taints of nodes: remove it; with nodes of your own use spec.nodeSelector`;
  return [error(path, "template/node-name", text)];
}

function checkCounts(path: string, template: JsonObject): readonly Issue[] {
  const spec = memberOf(template, "spec");
  const affinity = memberOf(memberOf(spec, "affinity"), "nodeAffinity");
  const required = memberOf(affinity, "requiredDuringSchedulingIgnoredDuringExecution");
  return [
    ...atMost(`${path}.spec.containers`, spec["containers"], MOST_CONTAINERS),
    ...atMost(`${path}.spec.initContainers`, spec["initContainers"], MOST_CONTAINERS),
    ...atMost(`${path}.spec.affinity.nodeAffinity`, required["nodeSelectorTerms"], MOST_NODE_TERMS),
  ];
}

function memberOf(value: JsonObject, name: string): JsonObject {
  const member = Object.hasOwn(value, name) ? value[name] : undefined;
  return isObject(member) ? member : {};
}

function atMost(path: string, list: unknown, most: number): readonly Issue[] {
  if (!Array.isArray(list) || list.length <= most) return [];
  return [error(path, "schema/too-large", `${path} has ${list.length} entries: at most ${most} are allowed`)];
}

export function checkVolumeSource(path: string, source: JsonObject | undefined): readonly Issue[] {
  return source === undefined ? [] : checkKept(path, source, LARGEST_VOLUME_CHARACTERS);
}

/** Whether a part without a schema can be stored as it was stated. */
function checkKept(path: string, part: JsonObject, most: number): readonly Issue[] {
  const length = canonicalJson(part).length;
  if (length > most) {
    return [error(path, "schema/too-large", `${path} has ${length} characters of JSON: at most ${most} are allowed`)];
  }
  const number = unsafeNumber(part);
  if (number === undefined) return [];
  const text = `${path} has the number ${number}: beyond 2^53 it would change on its way, write it as a string`;
  return [error(path, "schema/number", text)];
}

/** The first number that JSON readers round, so that a stored copy of it would differ from what was stated. */
function unsafeNumber(value: unknown): number | undefined {
  if (typeof value === "number") return Math.abs(value) > Number.MAX_SAFE_INTEGER ? value : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const member of Object.values(value)) {
    const found = unsafeNumber(member);
    if (found !== undefined) return found;
  }
  return undefined;
}
