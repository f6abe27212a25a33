import type { JsonObject } from "../core/json.ts";
import { isPresetPod } from "../core/preset-pod/preset-pod.ts";
import type { KubeObject } from "../kube/kube.ts";

const CONTAINER_FIELDS = ["name", "image", "resources", "restartPolicy", "ports"];

/** Objects by the thousand, without what nobody reads of them. */
export function slim(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** A pod that asks for a preset is created anew by way of trial, so it is kept whole. */
export function slimPod(pod: KubeObject): KubeObject {
  const kept = slim(pod);
  const { spec } = kept as { readonly spec?: { readonly [field: string]: unknown } };
  if (spec === undefined || isPresetPod(pod)) return kept;
  const lists = ["containers", "initContainers"].flatMap((field) => {
    const containers = spec[field];
    return Array.isArray(containers) ? [[field, containers.map((one) => slimContainer(one, CONTAINER_FIELDS))]] : [];
  });
  return { ...kept, spec: { ...spec, ...Object.fromEntries(lists) } };
}

/** What nobody reads of a container is nine tenths of a pod: command lines, environment, probes. */
export function slimContainer(container: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(fields.flatMap((field) => (field in container ? [[field, container[field]]] : [])));
}
