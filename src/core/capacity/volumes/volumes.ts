import type { JsonObject } from "../../json.ts";
import { nameOf, namespaceOf } from "../fields.ts";

/** What is known of the volumes that pods ask for, as the API server has them. What is not among these hinders nothing. */
export interface Volumes {
  /** PersistentVolumeClaims. */
  readonly claims: readonly JsonObject[];
  /** PersistentVolumes. */
  readonly volumes: readonly JsonObject[];
  /** StorageClasses. */
  readonly classes: readonly JsonObject[];
}

export interface VolumeIndex {
  claim(namespace: string, name: string): JsonObject | undefined;
  volume(name: string): JsonObject | undefined;
  storageClass(name: string): JsonObject | undefined;
}

// A cluster that is planned offline has thousands of them, and every pod asks for its own.
const indexes = new WeakMap<Volumes, VolumeIndex>();

/** Finds them by name. */
export function volumeIndex(volumes: Volumes): VolumeIndex {
  const known = indexes.get(volumes);
  if (known !== undefined) return known;
  const claims = new Map(volumes.claims.map((one) => [`${namespaceOf(one)}/${nameOf(one)}`, one]));
  const byName = new Map(volumes.volumes.map((one) => [nameOf(one), one]));
  const classes = new Map(volumes.classes.map((one) => [nameOf(one), one]));
  const made: VolumeIndex = {
    claim: (namespace, name) => claims.get(`${namespace}/${name}`),
    volume: (name) => byName.get(name),
    storageClass: (name) => classes.get(name),
  };
  indexes.set(volumes, made);
  return made;
}
