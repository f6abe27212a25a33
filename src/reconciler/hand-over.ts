import type { Action } from "../core/action.ts";
import type { JsonObject } from "../core/json.ts";
import { takenOverFields } from "../core/take-over/managed-fields.ts";
import { NODE_POOLS, type Resource, refOf } from "../kube/resources.ts";
import { get, isKubeObject, mergePatch, remove } from "../kube/verbs.ts";
import type { Hands } from "./act.ts";
import { MANAGER } from "./manager.ts";
import { isUsed } from "./used-node.ts";

/**
 * Before the apply of what KAITO made: all that KAITO wrote counts as ours, so that the apply removes what it does not state.
 * With the version that was read.
 */
export async function takeOver(
  hands: Hands,
  resource: Resource,
  object: JsonObject,
  signal: AbortSignal,
): Promise<void> {
  if (!isKubeObject(object)) throw new TypeError("a child without a name cannot be taken over");
  const ref = refOf(resource, object);
  const live = await get(hands.kube, ref, { signal });
  if (live === undefined) return;
  hands.log.info({ object: `${ref.namespace}/${ref.name}`, kind: object.kind }, "taken over from KAITO");
  const { resourceVersion, uid } = live.metadata;
  const patch = { metadata: { uid, resourceVersion, managedFields: takenOverFields(live, MANAGER) } };
  await mergePatch(hands.kube, ref, patch as JsonObject, { fieldManager: MANAGER, signal });
}

/** With its claims: Karpenter takes them along. */
export async function deletePool(
  hands: Hands,
  { name, uid, ifUnused }: Action & { readonly kind: "deletePool" },
  signal: AbortSignal,
): Promise<void> {
  for (const node of ifUnused) {
    if (await isUsed(hands, node, signal)) {
      throw new Error(`node ${node} of NodePool ${name} has pods that no watch has shown yet: it stays`);
    }
  }
  if (!hands.mayWrite()) throw new Error("leadership ended: nothing is written any more");
  await remove(hands.kube, { resource: NODE_POOLS, name }, { uid, signal });
}
