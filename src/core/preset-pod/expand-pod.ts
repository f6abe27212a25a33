import { objectAt, objectsAt } from "../capacity/fields.ts";
import { SHARE_LABEL } from "../capacity/owner.ts";
import { type Catalogue, findModel, findRelease } from "../catalogue.ts";
import { jobOf } from "../expand/model.ts";
import { constraintsOf } from "../expand/price.ts";
import { rankSizes } from "../expand/rank.ts";
import { expand } from "../expand.ts";
import { pointerOf } from "../field-path.ts";
import { error, errors, type Issue } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import { annotationPath, readOptions } from "../options.ts";
import { modelContainerIndex, presetInputs, TOKEN_VARIABLE } from "./inputs.ts";
import { layUnder, REQUIRED_TERMS } from "./lay-under.ts";
import { expandedWith, shareOfPresetPod } from "./preset-pod.ts";
import { CONTAINER_ANNOTATION, EXPANDED_ANNOTATION, INSTANCE_TYPE_ANNOTATION, PRESET_LABEL } from "./words.ts";

export interface ExpandedPod {
  /** Both present exactly when no issue is an error. */
  readonly pod?: JsonObject;
  /** What its nodes are planned by; its pod template and workload are the pod's own. */
  readonly expansion?: Expansion;
  readonly issues: readonly Issue[];
}

/**
 * Expands a pod that carries `foresail.dev/preset` (see `isPresetPod`): the preset is laid under what the pod states, and
 * the gate it waits behind is taken away. Pure, and a fixed point: expanding the result again changes nothing.
 * @param namespace of the pod; the object may not carry it
 */
export function expandPod(pod: JsonObject, namespace: string, catalogue: Catalogue): ExpandedPod {
  const { workspace, issues: misplaced } = presetInputs(pod, namespace);
  const { expansion, issues: found } = expandOnOneNode(workspace, catalogue);
  const issues = [...misplaced, ...found.map(asOfPod)];
  if (expansion === undefined) return { issues };
  const wrong = [...unfitIssues(expansion), ...gpuIssues(pod, expansion)];
  if (errors([...issues, ...wrong]).length > 0) return { issues: [...issues, ...wrong] };
  const shared = sharedBy(expansion, shareOfPresetPod(pod, namespace));
  const metadata = objectAt(pod, "metadata");
  const container = objectsAt(pod, "spec", "containers")[modelContainerIndex(pod)]?.["name"];
  const written = { [EXPANDED_ANNOTATION]: expandedWith(pod) ?? shared.catalog, [CONTAINER_ANNOTATION]: container };
  return {
    pod: {
      ...pod,
      metadata: { ...metadata, annotations: { ...objectAt(metadata, "annotations"), ...written } },
      spec: layUnder(objectAt(shared.podTemplate, "spec"), pod, requirementsOf(shared)),
    },
    expansion: shared,
    issues,
  };
}

/** A pod is on one node: where no size is stated, the cheapest on which the model needs no second one. */
function expandOnOneNode(workspace: Workspace, catalogue: Catalogue): ReturnType<typeof expand> {
  const first = expand(workspace, catalogue);
  const { expansion } = first;
  if (expansion === undefined || expansion.nodeCount === 1 || workspace.resource?.instanceType !== undefined)
    return first;
  const { options } = readOptions(workspace);
  const release = findRelease(catalogue, expansion.catalog) ?? catalogue.current;
  const model = findModel(release, workspace.inference?.preset?.name ?? "");
  if (model === undefined) return first;
  const expanding = { workspace, release, options };
  const job = jobOf(expanding, model);
  const region = options.region ?? release.defaults.region;
  const single = rankSizes(release, job, region, constraintsOf(expanding, job)).fits.find((one) => one.nodeCount === 1);
  if (single === undefined) return first;
  return expand(
    { ...workspace, resource: { ...workspace.resource, instanceType: single.type.name } } as Workspace,
    catalogue,
  );
}

/** What a pod by itself cannot be. */
function unfitIssues({ nodeCount, files, nodes, instanceType }: Expansion): readonly Issue[] {
  const label = `metadata.labels[${PRESET_LABEL}]`;
  const use = "serve this model with a Workspace";
  if (nodeCount > 1) {
    const text = `${label}: the model takes ${nodeCount} nodes of ${instanceType ?? "this size"}, and a pod is on one: state a larger size in ${annotationPath(INSTANCE_TYPE_ANNOTATION)}, or ${use}`;
    return [error(label, "preset-pod/several-nodes", text)];
  }
  if (files !== undefined)
    return [
      error(label, "preset-pod/needs-workspace", `${label}: the model's server needs files beside its image: ${use}`),
    ];
  if (nodes.provision && nodes.placement === "dedicated") {
    const text = `${label}: gpu-provisioner makes nodes for Workspaces only: ${use}, or set foresail.dev/provision: "false"`;
    return [error(label, "preset-pod/needs-workspace", text)];
  }
  return [];
}

/** Another number of GPUs than the model was fitted to would fail on the node. */
function gpuIssues(pod: JsonObject, { gpu, instanceType }: Expansion): readonly Issue[] {
  if (gpu === undefined) return [];
  return objectsAt(pod, "spec", "containers").flatMap((container, i) => {
    const stated = objectAt(container, "resources", "limits")[gpu.resource];
    if (stated === undefined || String(stated) === String(gpu.perNode)) return [];
    const path = `spec.containers[${i}].resources.limits[${gpu.resource}]`;
    const given = String(stated).slice(0, 20);
    const text = `${path} is ${given}, and ${gpu.perNode} are taken of ${instanceType ?? "the stated hardware"}: remove it, or state another size in ${annotationPath(INSTANCE_TYPE_ANNOTATION)}`;
    return [error(path, "preset-pod/gpus", text)];
  });
}

/** The owner's UID takes the place of the selector in the key of the nodes it shares. */
function sharedBy(expansion: Expansion, share: string): Expansion {
  return expansion.nodes.share === undefined ? expansion : { ...expansion, nodes: { ...expansion.nodes, share } };
}

/** What the preset's pod asks of a node, by its owner's key. */
function requirementsOf({ nodes, podTemplate }: Expansion): readonly JsonObject[] {
  const terms = objectsAt(podTemplate, "spec", ...REQUIRED_TERMS);
  const { share = "" } = nodes;
  return objectsAt(terms[0], "matchExpressions").map(
    (one): JsonObject => (one["key"] === SHARE_LABEL ? { ...one, values: [share] } : one),
  );
}

/** Fields of a Workspace, and where a pod states the same. */
const PATHS: readonly (readonly [string, string])[] = [
  ["inference.preset.presetOptions.modelAccessSecret", `spec.containers[].env[${TOKEN_VARIABLE}]`],
  ["inference.preset.name", `metadata.labels[${PRESET_LABEL}]`],
  ["resource.instanceType", annotationPath(INSTANCE_TYPE_ANNOTATION)],
];

function asOfPod(issue: Issue): Issue {
  const told = (text: string): string => PATHS.reduce((all, [field, place]) => all.replaceAll(field, place), text);
  const path = told(issue.path);
  const { fix, ...rest } = { ...issue, path, message: told(issue.message) };
  if (fix === undefined) return rest;
  // What mends a field of the Workspace mends the place that says it here.
  const patch = fix.patch.map((one) => (one.path === pointerOf(issue.path) ? { ...one, path: pointerOf(path) } : one));
  return { ...rest, fix: { ...fix, patch } };
}
