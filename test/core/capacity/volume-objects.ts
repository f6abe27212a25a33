import type { Volumes } from "../../../src/core/capacity/volumes/volumes.ts";
import type { JsonObject } from "../../../src/core/json.ts";

export const ZONE = "topology.kubernetes.io/zone";
/** The key of Azure's disk driver. */
export const AZURE_ZONE = "topology.disk.csi.azure.com/zone";

/** PersistentVolumeClaim of the namespace `models`: bound where it has a volume. */
export function volumeClaim(name: string, spec: JsonObject, namespace = "models"): JsonObject {
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name, namespace }, spec };
}

/** PersistentVolume for nodes whose label has one of the values; each further one is an alternative. */
export function volume(name: string, ...places: readonly (readonly [string, ...string[]])[]): JsonObject {
  const nodeSelectorTerms = places.map(([key, ...values]) => ({ matchExpressions: [{ key, operator: "In", values }] }));
  const nodeAffinity = places.length === 0 ? {} : { nodeAffinity: { required: { nodeSelectorTerms } } };
  return { apiVersion: "v1", kind: "PersistentVolume", metadata: { name }, spec: { ...nodeAffinity } };
}

export function storageClass(name: string, key: string, ...values: readonly string[]): JsonObject {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name },
    volumeBindingMode: "WaitForFirstConsumer",
    allowedTopologies: [{ matchLabelExpressions: [{ key, values }] }],
  };
}

/** What is known where the claim `w` is bound to the volume `pv`. */
export function boundTo(...places: readonly (readonly [string, ...string[]])[]): Volumes {
  return { claims: [volumeClaim("w", { volumeName: "pv" })], volumes: [volume("pv", ...places)], classes: [] };
}

/** Pod volumes that mount these claims. */
export function mounting(...claims: readonly string[]): JsonObject {
  return { volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })) };
}
