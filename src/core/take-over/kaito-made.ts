import { objectsAt, textAt } from "../capacity/fields.ts";
import { KAITO_NAMESPACE_LABEL } from "../capacity/owner.ts";
import { APPLIED_HASH } from "../children/applied.ts";
import { MANAGED_BY, MANAGED_BY_LABEL, WORKSPACE_LABEL } from "../children/metadata.ts";
import type { JsonObject } from "../json.ts";
import { groupOf } from "../kinds/is-workspace.ts";
import { KAITO_GROUP, type Workspace } from "../kinds/workspace.ts";
import { isOurs, ownWorkloads } from "../plan/live.ts";
import type { World } from "../world.ts";

/** KAITO's finalizer of a Workspace: it is there from the first moment KAITO looks at one, whatever else it makes. */
export const KAITO_FINALIZER = "workspace.finalizer.kaito.sh";

/** KAITO's labels of NodePools, and of their claims and nodes. */
const POOL_OWNER_LABEL = "karpenter.kaito.sh/workspace-name";
const POOL_OWNER_NAMESPACE_LABEL = "karpenter.kaito.sh/workspace-namespace";
/** Karpenter's label of what belongs to a NodePool. KAITO's claims without one say `kaito`. */
const NODE_POOL_LABEL = "karpenter.sh/nodepool";

const OUR_MANAGER = "foresail";

/** Claims and NodePools that KAITO made for one Workspace. */
export interface KaitoNodes {
  readonly claims: readonly JsonObject[];
  readonly pools: readonly JsonObject[];
}

type Named = Pick<World, "namespace" | "name">;

/** What finds KAITO's claims of a Workspace, once for each way KAITO has to make nodes. */
export function kaitoClaimSelectors({ namespace, name }: Named): readonly { readonly [label: string]: string }[] {
  return [{ [WORKSPACE_LABEL]: name, [KAITO_NAMESPACE_LABEL]: namespace }, kaitoPoolSelector({ namespace, name })];
}

export function kaitoPoolSelector({ namespace, name }: Named): { readonly [label: string]: string } {
  return { [POOL_OWNER_LABEL]: name, [POOL_OWNER_NAMESPACE_LABEL]: namespace };
}

/** Whether KAITO may have made anything for it: it knows its own group alone, and one of ours has nothing to do with a namesake's. */
export function mayBeKaitos(workspace: Workspace): boolean {
  return groupOf(workspace) === KAITO_GROUP;
}

export function hasKaitoFinalizer(workspace: Workspace): boolean {
  return mayBeKaitos(workspace) && (workspace.metadata.finalizers?.includes(KAITO_FINALIZER) ?? false);
}

/**
 * Whether KAITO made this object for the Workspace: its controller is this very Workspace, and it carries nothing of ours.
 * KAITO marks no more than that: its Services have neither labels nor annotations.
 */
export function isKaitoMade(world: World, object: JsonObject): boolean {
  const { workspace } = world;
  return workspace !== undefined && mayBeKaitos(workspace) && isOurs(world, object) && !isMadeByUs(object);
}

function isMadeByUs(object: JsonObject): boolean {
  return (
    textAt(object, "metadata", "labels", MANAGED_BY_LABEL) === MANAGED_BY ||
    textAt(object, "metadata", "annotations", APPLIED_HASH) !== undefined ||
    objectsAt(object, "metadata", "managedFields").some((entry) => entry["manager"] === OUR_MANAGER)
  );
}

/** StatefulSets and Jobs of KAITO's, and Deployments of its versions up to 0.7. */
export function kaitoWorkloads(world: World): readonly JsonObject[] {
  return ownWorkloads(world).filter((one) => isKaitoMade(world, one));
}

/** Whether a workload of KAITO's made this pod; pods of a Deployment are told by its ReplicaSet, which is not read. */
export function isKaitoPod(world: World, pod: JsonObject): boolean {
  const uids = new Set(kaitoWorkloads(world).map((one) => textAt(one, "metadata", "uid")));
  return objectsAt(pod, "metadata", "ownerReferences").some(
    (owner) => owner["controller"] === true && uids.has(textAt(owner, "uid")),
  );
}

/** Whether a claim belongs to one of these NodePools, which would make another in its place. */
export function isOfPool(claim: JsonObject, pools: readonly JsonObject[]): boolean {
  const pool = textAt(claim, "metadata", "labels", NODE_POOL_LABEL);
  return pool !== undefined && pools.some((one) => textAt(one, "metadata", "name") === pool);
}
