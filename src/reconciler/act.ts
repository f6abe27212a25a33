import type { Action, Target } from "../core/action.ts";
import { DELETED_BECAUSE } from "../core/capacity/claim.ts";
import { textAt } from "../core/capacity/fields.ts";
import { isDeleting, isOver, nodeOf } from "../core/capacity/pod.ts";
import { contains } from "../core/children/applied.ts";
import type { JsonObject } from "../core/json.ts";
import { storedApiVersion } from "../core/kinds/is-workspace.ts";
import { workspaceKind } from "../core/kinds/workspace.ts";
import { FINALIZER } from "../core/plan.ts";
import { KAITO_FINALIZER } from "../core/take-over/kaito-made.ts";
import type { World } from "../core/world.ts";
import { isAbsent, isAlreadyExists } from "../kube/error.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import { NODE_CLAIMS, PODS, type Ref, type Resource } from "../kube/resources.ts";
import { apply, applyStatus, create, get, isKubeObject, mergePatch, remove } from "../kube/verbs.ts";
import { resourceOfWorkspace } from "../kube/workspaces.ts";
import type { Log } from "../log.ts";
import { type Caches, CHILDREN } from "./caches.ts";
import { recordEvent } from "./events.ts";
import { deletePool, takeOver } from "./hand-over.ts";
import { MANAGER } from "./manager.ts";
import type { Memory } from "./memory.ts";
import { isUsed } from "./used-node.ts";

/** Field manager of `spec.replicas` alone: see design, children. */
const REPLICAS_MANAGER = "foresail-replicas";

export interface Hands {
  readonly kube: Kube;
  readonly caches: Caches;
  readonly memory: Memory;
  readonly log: Log;
  /** Asked before every write: a process that was paused must not write with a lease that has run out. */
  readonly mayWrite: () => boolean;
}

/**
 * Carries out a plan in its order and stops at the first failure.
 * @returns after how long to look again; absent: when something changes.
 */
export async function act(
  hands: Hands,
  world: World,
  actions: readonly Action[],
  signal: AbortSignal,
): Promise<number | undefined> {
  let againMs: number | undefined;
  for (const action of actions) {
    signal.throwIfAborted();
    if (!hands.mayWrite()) throw new Error("leadership ended: nothing is written any more");
    if (action.kind === "requeue") againMs = Math.min(againMs ?? Number.POSITIVE_INFINITY, action.afterMs);
    else await carryOut(hands, world, action, signal);
  }
  return againMs;
}

async function carryOut(
  hands: Hands,
  world: World,
  action: Exclude<Action, { kind: "requeue" }>,
  signal: AbortSignal,
): Promise<void> {
  const about = { object: `${world.namespace}/${world.name}`, action: action.kind };
  switch (action.kind) {
    case "apply":
      if (action.takesOver === true) await takeOver(hands, resourceOf(action.object["kind"]), action.object, signal);
      return await applyChild(hands, action.object, action.exists, signal);
    case "applyReplicas":
      return await applyReplicas(hands, action.object, signal);
    case "delete":
      hands.log.info({ ...about, kind: action.target.kind, name: action.target.name }, "delete");
      return await removeTarget(hands, action.target, action.propagation, signal);
    case "addFinalizer":
      return await setFinalizers(hands, world, (all) => [...all.filter((one) => one !== FINALIZER), FINALIZER], signal);
    case "removeFinalizer":
      hands.log.info(about, "nothing is left, the finalizer goes");
      return await setFinalizers(hands, world, (all) => all.filter((one) => !isRemoved(one, action.only)), signal);
    case "createClaim":
      if (!isWanted(hands, action.pods)) {
        hands.log.info(
          { ...about, pods: action.pods },
          "NodeClaim not created: its pods have gone or have nodes by now",
        );
        return;
      }
      hands.log.info({ ...about, claim: textAt(action.claim, "metadata", "name") }, "create NodeClaim");
      return await createClaim(hands, action.claim, signal);
    case "deleteClaim":
      hands.log.info({ ...about, claim: action.name, why: action.why }, "delete NodeClaim");
      return await deleteClaim(hands, action, signal);
    case "deletePool":
      hands.log.info({ ...about, pool: action.name }, "delete NodePool of KAITO's");
      return await deletePool(hands, action, signal);
    case "applyStatus":
      return await writeStatus(hands, world, action.status as unknown as JsonObject, signal);
    case "event":
      return await recordEvent(hands, world, action, signal);
  }
}

function resourceOf(kind: unknown): Resource {
  const resource = [...CHILDREN, PODS].find((one) => one.kind === kind);
  if (resource === undefined) throw new TypeError(`no resource is known for kind ${String(kind)}`);
  return resource;
}

async function applyChild(hands: Hands, object: JsonObject, exists: boolean, signal: AbortSignal): Promise<void> {
  if (!isKubeObject(object)) throw new TypeError("a child without a name cannot be applied");
  // Without force a namesake that appeared a moment ago is a conflict, not overwritten.
  const options = { fieldManager: MANAGER, force: exists, signal };
  const live = await apply(hands.kube, resourceOf(object.kind), object, options);
  hands.caches.child(String(object.kind))?.wrote(live);
}

async function applyReplicas(hands: Hands, object: JsonObject, signal: AbortSignal): Promise<void> {
  if (!isKubeObject(object)) throw new TypeError("a workload without a name cannot be scaled");
  const options = { fieldManager: REPLICAS_MANAGER, force: true, signal };
  const live = await apply(hands.kube, resourceOf(object.kind), object, options);
  hands.caches.child(String(object.kind))?.wrote(live);
}

async function removeTarget(
  hands: Hands,
  target: Target,
  propagationPolicy: "Foreground" | "Background",
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid } = target;
  const resource = target.kind === workspaceKind.kind ? resourceOfWorkspace(target) : resourceOf(target.kind);
  await remove(hands.kube, { resource, namespace, name }, { uid, propagationPolicy, signal });
}

/** With the version that was read: somebody else's finalizer is never lost, and a namesake that came after is not touched. */
async function setFinalizers(
  hands: Hands,
  world: World,
  change: (all: readonly string[]) => readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { workspace, namespace, name } = world;
  if (workspace === undefined) return;
  const { metadata } = workspace;
  const patch = {
    metadata: { resourceVersion: metadata.resourceVersion, finalizers: [...change(metadata.finalizers ?? [])] },
  };
  const ref: Ref = { resource: resourceOfWorkspace(workspace), namespace, name };
  const live = await mergePatch(hands.kube, ref, patch, { fieldManager: MANAGER, signal });
  if (live.metadata.deletionTimestamp === undefined) hands.caches.workspaces.wrote(live);
}

/** Without `only` both: KAITO does not run, or nothing at all would be done. */
function isRemoved(finalizer: string, only: string | undefined): boolean {
  return only === undefined ? finalizer === FINALIZER || finalizer === KAITO_FINALIZER : finalizer === only;
}

/** Whether a pod that the claim is for still waits: writes before it take their time, and the change wakes another look. */
function isWanted({ caches }: Hands, pods: readonly string[]): boolean {
  if (pods.length === 0) return true;
  return pods.some((key) => {
    const slash = key.indexOf("/");
    const pod = caches.pods.get(key.slice(0, slash), key.slice(slash + 1));
    return pod !== undefined && nodeOf(pod) === undefined && !isDeleting(pod) && !isOver(pod);
  });
}

async function createClaim(hands: Hands, claim: JsonObject, signal: AbortSignal): Promise<void> {
  try {
    hands.caches.claims.wrote(await create(hands.kube, NODE_CLAIMS, claim, { fieldManager: MANAGER, signal }));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    await adopt(hands, claim, signal);
  }
}

/** The name is made from what is asked for: a claim that has it already is this very one, from before a crash. */
async function adopt(hands: Hands, claim: JsonObject, signal: AbortSignal): Promise<void> {
  const name = textAt(claim, "metadata", "name") ?? "";
  const live = await get(hands.kube, { resource: NODE_CLAIMS, name }, { signal });
  const wanted = { spec: claim["spec"], metadata: { labels: textLabels(claim) } };
  // Whatever it is, its name is known to be taken from now on: the next plan takes another.
  if (live !== undefined) hands.caches.claims.wrote(live);
  if (live === undefined || live.metadata.deletionTimestamp !== undefined || !contains(live, wanted)) {
    throw new Error(`NodeClaim ${name} exists and is not what is asked for: it is looked at again`);
  }
  hands.log.info({ claim: name }, "NodeClaim exists already: adopted");
}

function textLabels(claim: JsonObject): JsonObject {
  const metadata = claim["metadata"];
  return isKubeObject(claim) && metadata !== undefined ? ((claim.metadata.labels ?? {}) as JsonObject) : {};
}

async function deleteClaim(
  hands: Hands,
  { name, uid, why, ifUnused, tellsItsEnd }: Action & { readonly kind: "deleteClaim" },
  signal: AbortSignal,
): Promise<void> {
  const node = ifUnused === "" ? await nodeNow(hands, name, signal) : ifUnused;
  if (node !== undefined && (await isUsed(hands, node, signal))) {
    throw new Error(`node ${node} of NodeClaim ${name} has pods that no watch has shown yet: it stays`);
  }
  if (tellsItsEnd !== true && !(await markDeleted(hands, { name, uid, why }, signal))) return;
  if (!hands.mayWrite()) throw new Error("leadership ended: nothing is written any more");
  await remove(hands.kube, { resource: NODE_CLAIMS, name }, { uid, signal });
}

/**
 * Before, not after: a leader that dies in between leaves a claim that the next one deletes or uses, never one that reads as
 * refused. Of this uid, whatever its version: the provider writes its status all the time.
 * @returns false where it is gone
 */
async function markDeleted(
  hands: Hands,
  { name, uid, why }: { readonly name: string; readonly uid: string; readonly why: string },
  signal: AbortSignal,
): Promise<boolean> {
  const patch = { metadata: { uid, annotations: { [DELETED_BECAUSE]: why } } };
  try {
    const options = { fieldManager: MANAGER, signal };
    hands.caches.claims.wrote(await mergePatch(hands.kube, { resource: NODE_CLAIMS, name }, patch, options));
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** The node of a claim that, as far as watches have shown, has none yet. */
async function nodeNow(hands: Hands, name: string, signal: AbortSignal): Promise<string | undefined> {
  const live = await get(hands.kube, { resource: NODE_CLAIMS, name }, { signal });
  if (live !== undefined) hands.caches.claims.wrote(live);
  return textAt(live, "status", "nodeName");
}

async function writeStatus(hands: Hands, world: World, status: JsonObject, signal: AbortSignal): Promise<void> {
  const { workspace, namespace, name } = world;
  if (workspace === undefined) return;
  // With the uid a Workspace that was deleted in between is not found, and a namesake is a conflict.
  const { uid } = workspace.metadata;
  const object: KubeObject = {
    apiVersion: storedApiVersion(workspace),
    kind: workspaceKind.kind,
    metadata: { name, namespace, ...(uid === undefined ? {} : { uid }) },
    status,
  };
  const options = { fieldManager: MANAGER, force: true, signal };
  const live = await applyStatus(hands.kube, resourceOfWorkspace(workspace), object, options);
  hands.caches.workspaces.wrote(live);
  hands.memory.toldOf(`${namespace}/${name}`, world.vanished);
}
