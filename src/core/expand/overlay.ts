import { error, type Issue, warning } from "../issue.ts";
import { isObject, type JsonObject } from "../json.ts";
import { shown } from "../schema.ts";
import { MODEL_CONTAINER, WORKSPACE_LABEL } from "./pod.ts";
import { strategicMerge } from "./strategic-merge.ts";
import { templateGpus } from "./template.ts";

const PATH = "inference.template";
const MOST_FAULTS = 10;

export interface Overlaid {
  /** Undefined when an issue is an error. */
  readonly pod?: JsonObject;
  readonly issues: readonly Issue[];
}

export interface OverlayContext {
  /** Name of the Workspace, which is also KAITO's name for the model container. */
  readonly name: string;
  readonly gpuResource: string;
}

/**
 * Lays the partial pod template a user states beside a preset over the preset's pod, as a strategic merge. What the
 * user states wins; the label children are found by and the GPUs that were sized and claimed stay.
 */
export function overlay(pod: JsonObject, template: JsonObject, context: OverlayContext): Overlaid {
  const patch = namedPatch(template, context.name);
  const { value, faults } = strategicMerge(pod, patch, PATH);
  const wrong = [
    ...faults.slice(0, MOST_FAULTS).map(({ path, text }) => error(path, "overlay/invalid", `${path} ${text}`)),
    ...(modelOf(value) === undefined ? [modelGone()] : sameGpus(pod, value, context.gpuResource)),
  ];
  if (wrong.length > 0) return { issues: wrong };
  const metadata = isObject(value["metadata"]) ? value["metadata"] : {};
  const labels = isObject(metadata["labels"]) ? metadata["labels"] : {};
  const labelled = { ...value, metadata: { ...metadata, labels: { ...labels, [WORKSPACE_LABEL]: context.name } } };
  return { pod: labelled, issues: replacedFlags(patch) };
}

/**
 * The one container without a name, or with the name KAITO gives the model's, is the model's: whoever adds a variable
 * need not know what we call it.
 */
function namedPatch(template: JsonObject, name: string): JsonObject {
  const spec = isObject(template["spec"]) ? template["spec"] : {};
  const stated = Array.isArray(spec["containers"]) ? spec["containers"] : [];
  const isOurs = (one: unknown): boolean =>
    isObject(one) && (one["name"] === name || (one["name"] === undefined && one["$patch"] === undefined));
  if (stated.filter(isOurs).length !== 1 || modelOf(template) !== undefined) return template;
  const containers = stated.map((one) => (isOurs(one) ? { ...one, name: MODEL_CONTAINER } : one));
  return { ...template, spec: { ...spec, containers } };
}

function modelOf(template: JsonObject): JsonObject | undefined {
  const spec = isObject(template["spec"]) ? template["spec"] : {};
  const containers = Array.isArray(spec["containers"]) ? spec["containers"].filter(isObject) : [];
  return containers.find((one) => one["name"] === MODEL_CONTAINER);
}

function modelGone(): Issue {
  const path = `${PATH}.spec.containers`;
  const text = `${path} removes the container ${MODEL_CONTAINER}: leave inference.preset out to run a pod of your own`;
  return error(path, "overlay/model", text);
}

/** The memory was fitted to these GPUs, and nodes are claimed for them. */
function sameGpus(before: JsonObject, after: JsonObject, resource: string): readonly Issue[] {
  const of = (pod: JsonObject, kind: "limits" | "requests"): unknown => {
    const resources = modelOf(pod)?.["resources"];
    const listed = isObject(resources) ? resources[kind] : undefined;
    return isObject(listed) && Object.hasOwn(listed, resource) ? String(listed[resource]) : undefined;
  };
  const same = (kind: "limits" | "requests"): boolean => of(before, kind) === of(after, kind);
  if (same("limits") && same("requests") && templateGpus(before, resource) === templateGpus(after, resource)) return [];
  const path = `${PATH}.spec.containers`;
  const given = shown(String(of(after, "limits") ?? of(after, "requests") ?? "another container's"));
  const text = `${path}: ${resource} of a preset's pod cannot be changed, given ${given}: choose a size with resource.instanceType`;
  return [error(path, "overlay/gpu", text)];
}

function replacedFlags(patch: JsonObject): readonly Issue[] {
  const model = modelOf(patch);
  if (model === undefined || (model["args"] === undefined && model["command"] === undefined)) return [];
  const path = `${PATH}.spec.containers`;
  const text = `${path}: args and command replace all of the preset's; to add flags use inference.config`;
  return [warning(path, "overlay/command", text)];
}
