import { objectsAt, textAt, textMapAt } from "../capacity/fields.ts";
import { error, type Issue } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { annotationPath } from "../options.ts";
import { expandedWith } from "./preset-pod.ts";
import {
  CONTAINER_ANNOTATION,
  EXPANDED_ANNOTATION,
  IMAGE_OF_PRESET,
  INSTANCE_TYPE_ANNOTATION,
  PRESET_LABEL,
} from "./words.ts";

const PREFIXES = ["foresail.dev/", "kaito.sh/", "inference.kaito.sh/"];

/** Annotations of Workspaces that ask for something beside a pod. Ignored, some of them would leave a model open to all. */
const OF_WORKSPACES: readonly string[] = [
  "foresail.dev/adopt",
  "foresail.dev/allow-from",
  "foresail.dev/api-key-secret",
  "foresail.dev/placement",
  "foresail.dev/replicas",
  "foresail.dev/rollout",
  "foresail.dev/ttl",
  "foresail.dev/upgrade",
  "kaito.sh/enablelb",
];

const OF_PODS: readonly string[] = [CONTAINER_ANNOTATION, EXPANDED_ANNOTATION, INSTANCE_TYPE_ANNOTATION];

/** Name of the Workspace a pod stands for; it reaches nothing that is stored. */
const NAME = "preset-pod";

/** Variable the server reads the token of a gated model's host from. */
export const TOKEN_VARIABLE = "HF_TOKEN";

export interface PresetInputs {
  /** The Workspace that asks for the same: what it expands to is laid under the pod. */
  readonly workspace: Workspace;
  readonly issues: readonly Issue[];
}

/**
 * Index of the container the preset goes into: the one an annotation names, else the one called `model`, else the one that
 * leaves its image to the preset, else the first; -1 where there is none.
 */
export function modelContainerIndex(pod: JsonObject): number {
  const containers = objectsAt(pod, "spec", "containers");
  const named = textAt(pod, "metadata", "annotations", CONTAINER_ANNOTATION);
  const tests: readonly ((container: JsonObject) => boolean)[] = [
    ({ name }) => named !== undefined && name === named,
    ({ name }) => name === "model",
    (container) => isLeftToPreset(container),
    () => true,
  ];
  return tests.map((test) => containers.findIndex(test)).find((index) => index >= 0) ?? -1;
}

/** Whether a container leaves its image to the preset. */
export function isLeftToPreset(container: JsonObject): boolean {
  const image = textAt(container, "image")?.trim() ?? "";
  return image === "" || image === IMAGE_OF_PRESET;
}

/** Reads what a pod states: the label, its annotations, and whether its container brings a token. */
export function presetInputs(pod: JsonObject, namespace: string): PresetInputs {
  const annotations = new Map(
    [...textMapAt(pod, "metadata", "annotations")].filter(([name]) =>
      PREFIXES.some((prefix) => name.startsWith(prefix)),
    ),
  );
  const instanceType = annotations.get(INSTANCE_TYPE_ANNOTATION);
  const misplaced = [...annotations.keys()].filter((name) => OF_WORKSPACES.includes(name));
  for (const name of [...OF_PODS, ...OF_WORKSPACES]) annotations.delete(name);
  const pinned = annotations.get("foresail.dev/catalog") ?? expandedWith(pod);
  const secret = tokenSecret(pod);
  const workspace: Workspace = {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: {
      name: NAME,
      namespace,
      annotations: {
        ...Object.fromEntries(annotations),
        ...(pinned === undefined ? {} : { "foresail.dev/catalog": pinned }),
        // Of one owner's pods; the provider that cannot share nodes is refused.
        "foresail.dev/placement": "shared",
      },
    },
    resource: { count: 1, labelSelector: {}, ...(instanceType === undefined ? {} : { instanceType }) },
    inference: {
      preset: {
        name: textAt(pod, "metadata", "labels", PRESET_LABEL) ?? "",
        ...(secret === undefined ? {} : { presetOptions: { modelAccessSecret: secret } }),
      },
    },
  };
  return { workspace, issues: misplaced.map(notOnPods) };
}

function notOnPods(name: string): Issue {
  const path = annotationPath(name);
  const text = `${path} has no meaning on a pod: remove it, or serve the model with a Workspace`;
  return error(path, "annotation/unsupported", text);
}

/** Name of the Secret the pod's own variable takes the token from; "stated" where it comes from somewhere else. */
function tokenSecret(pod: JsonObject): string | undefined {
  const container = objectsAt(pod, "spec", "containers")[modelContainerIndex(pod)];
  const variable = objectsAt(container, "env").find((one) => one["name"] === TOKEN_VARIABLE);
  if (variable === undefined) return objectsAt(container, "envFrom").length > 0 ? "stated" : undefined;
  return textAt(variable, "valueFrom", "secretKeyRef", "name") ?? "stated";
}
