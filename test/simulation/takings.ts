import { objectsAt, textAt } from "../../src/core/capacity/fields.ts";
import { isOver, isReady, nodeOf } from "../../src/core/capacity/pod.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { keyOfObject } from "../../src/reconciler/keys.ts";
import type { Stage } from "./actor.ts";
import type { Asked } from "./losses.ts";

/**
 * Watches that we end no pod that serves: but with its Workspace, with a node whose claim goes, or in a StatefulSet whose
 * template is another one, where ranks of two templates cannot talk to each other.
 * @returns what was ended so far
 */
export function watchTakings({ store }: Stage, asked: Asked): () => readonly string[] {
  const found: string[] = [];
  asked((plural, pod) => {
    if (plural !== "pods" || pod.metadata.deletionTimestamp !== undefined || isOver(pod) || !isReady(pod)) return;
    const claim = store.list("nodeclaims").find((one) => textAt(one, "status", "nodeName") === nodeOf(pod));
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined || isOutdated(store, pod)) return;
    found.push(`${new Date().toISOString()}: pod ${keyOfObject(pod)} is ended while it serves`);
  });
  return () => found;
}

function isOutdated(store: Stage["store"], pod: KubeObject): boolean {
  const { namespace, labels } = pod.metadata;
  return objectsAt(pod, "metadata", "ownerReferences").some(({ kind, name }) => {
    if (kind !== "StatefulSet") return false;
    const current = textAt(store.get("statefulsets", namespace, String(name)), "status", "updateRevision");
    return current !== labels?.["controller-revision-hash"];
  });
}
