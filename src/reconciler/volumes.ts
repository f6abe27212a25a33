import { nameOf, namespaceOf, objectAt, textAt } from "../core/capacity/fields.ts";
import { isDeleting, isOver, nodeOf } from "../core/capacity/pod.ts";
import { claimsOfPod } from "../core/capacity/volumes/claims-of-pod.ts";
import type { Volumes } from "../core/capacity/volumes/volumes.ts";
import type { JsonObject } from "../core/json.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, type Ref, STORAGE_CLASSES } from "../kube/resources.ts";
import { get } from "../kube/verbs.ts";

// What no object can be called is not asked for: pods may name anything.
const OBJECT_NAME = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;

/**
 * What is to be known of the volumes of pods without a node, each object read once, by name; undefined where they have no
 * claims. Nothing is listed or watched: that would take rights over the volumes of all. Once a claim is bound the scheduler
 * looks at its pod again, and what it says then is news of the pod.
 */
export async function volumesOf(
  kube: Kube,
  pods: readonly JsonObject[],
  coming: readonly JsonObject[],
  signal: AbortSignal,
): Promise<Volumes | undefined> {
  const claimsOf = (pod: JsonObject) =>
    claimsOfPod(nameOf(pod), objectAt(pod, "spec")).map((one) => ({ ...one, namespace: namespaceOf(pod) }));
  const mounted = pods.filter(needsNode).flatMap(claimsOf);
  const stated = coming.flatMap(claimsOf);
  if (mounted.length + stated.length === 0) return undefined;
  const read = async (refs: readonly Ref[]): Promise<readonly KubeObject[]> => {
    const possible = refs.filter(({ name }) => OBJECT_NAME.test(name));
    const different = new Map(possible.map((ref) => [`${ref.namespace ?? ""}/${ref.name}`, ref]));
    const found = await Promise.all([...different.values()].map((ref) => get(kube, ref, { signal })));
    return found.filter((object) => object !== undefined);
  };
  // The claim of a generic ephemeral volume is made when its pod is there.
  const named = [...mounted, ...stated.filter(({ template }) => template === undefined)];
  const claims = await read(
    named.map(({ namespace, name }) => ({ resource: PERSISTENT_VOLUME_CLAIMS, namespace, name })),
  );
  const specs = [
    ...claims.map((claim) => objectAt(claim, "spec")),
    ...[...mounted, ...stated].map(({ template = {} }) => template),
  ];
  const [volumes, classes] = await Promise.all([
    read(names(specs, "volumeName").map((name) => ({ resource: PERSISTENT_VOLUMES, name }))),
    read(names(specs, "storageClassName").map((name) => ({ resource: STORAGE_CLASSES, name }))),
  ]);
  return { claims, volumes, classes };
}

function needsNode(pod: JsonObject): boolean {
  return nodeOf(pod) === undefined && !isOver(pod) && !isDeleting(pod);
}

/** Of a claim that is bound its volume, of others their StorageClass. */
function names(specs: readonly JsonObject[], member: "volumeName" | "storageClassName"): readonly string[] {
  return specs.flatMap((spec) => {
    const isBound = (textAt(spec, "volumeName") ?? "") !== "";
    const name = isBound === (member === "volumeName") ? (textAt(spec, member) ?? "") : "";
    return name === "" ? [] : [name];
  });
}
