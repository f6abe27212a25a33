import { objectAt, objectsAt, textAt, textMapAt } from "../capacity/fields.ts";
import type { JsonObject } from "../json.ts";
import type { MachineAction } from "./action.ts";
import { type ClaimFacts, sameTaint, TERMINATION_FINALIZER, taintOf } from "./claim-facts.ts";
import { done, pending, refused } from "./conditions.ts";
import { minutes } from "./launch.ts";
import type { Taint } from "./machine.ts";
import { machineSpec } from "./machine-spec.ts";
import { candidates, nodeFinalizers, nodeRef, nodeTaints } from "./node-facts.ts";
import { type Stage, says } from "./stage.ts";
import type { MachineWorld } from "./world.ts";

export const REGISTERED_LABEL = "karpenter.sh/registered";
export const UNREGISTERED_TAINT = "karpenter.sh/unregistered";
const POLL_MS = 15_000;
// What AKS, the cloud's controller and kubelet say of a node: AKS lets nobody else write its own, and where a node is can only
// be found out.
const OTHERS_WORDS =
  /^(([^/]+\.)?kubernetes\.azure\.com|topology\.kubernetes\.io|([^/]+\.)?beta\.kubernetes\.io)\/|^kubernetes\.io\/hostname$/;

export interface Registration extends Stage {
  /** The claim's node, once it is known which. */
  readonly node?: JsonObject;
}

/** From a machine that runs to a node that carries what the claim says. */
export function register(world: MachineWorld, claim: ClaimFacts): Registration {
  const found = candidates(world.nodes, claim);
  const [node, second] = found;
  if (second !== undefined) {
    return {
      ...says(refused("Registered", "MultipleNodesFound", "Invariant violated, matched multiple nodes")),
      againMs: POLL_MS,
    };
  }
  // A node that was there and is not any more is a matter of repair.
  if (node === undefined) return claim.registered ? says(done("Registered")) : missing(world);
  const patch = registrationPatch(world, node, claim);
  const actions: readonly MachineAction[] =
    patch === undefined ? [] : [{ kind: "patchNode", node: nodeRef(node), patch }];
  return { ...says(done("Registered")), actions, node };
}

function missing(world: MachineWorld): Stage {
  const stage = says(pending("Registered", "NodeNotFound", "Node not registered with cluster"));
  // While the pool is being made, or its cluster is stopped, no node is late.
  if (world.sighting.kind !== "seen" || world.sighting.machine.state !== "running")
    return { ...stage, againMs: POLL_MS };
  const { registrationMs } = world.limits;
  const timed: Stage = { ...stage, holds: ["registering"], againMs: POLL_MS };
  if ((world.heldMs.registering ?? 0) < registrationMs) return timed;
  const message = `the machine runs, and its node did not register within ${minutes(registrationMs)}`;
  return {
    ...timed,
    says: [pending("Registered", "RegistrationTimeout", message)],
    ends: { reason: "RegistrationTimeout", message },
  };
}

/** What the node lacks of the claim. Once it is registered only the finalizer and the owner are seen to. */
function registrationPatch(world: MachineWorld, node: JsonObject, claim: ClaimFacts): JsonObject | undefined {
  const registered = isRegistered(node);
  if (registered && claim.initialized) return undefined;
  const finalizers = nodeFinalizers(node);
  const held = finalizers.includes(TERMINATION_FINALIZER);
  const owners = objectsAt(node, "metadata", "ownerReferences");
  const owned = owners.some((owner) => owner["uid"] === claim.uid);
  const words = registered ? {} : { labels: newLabels(world, node, claim), annotations: newAnnotations(node, claim) };
  const metadata = {
    ...words,
    ...(held ? {} : { finalizers: [...finalizers, TERMINATION_FINALIZER] }),
    ...(owned ? {} : { ownerReferences: [...owners, ownerReference(claim)] }),
  };
  const taints = registered ? undefined : newTaints(node, claim);
  if (Object.keys(metadata).length === 0) return undefined;
  return { metadata, ...(taints === undefined ? {} : { spec: { taints } }) };
}

export function isRegistered(node: JsonObject): boolean {
  return textAt(node, "metadata", "labels", REGISTERED_LABEL) === "true";
}

/** The claim's own, and those its requirements ask for where nobody has given the node one: a pool cannot carry them all. */
function newLabels(world: MachineWorld, node: JsonObject, claim: ClaimFacts): JsonObject {
  const has = textMapAt(node, "metadata", "labels");
  const spec = machineSpec(world, claim);
  const asked = typeof spec === "string" ? [] : Object.entries(spec.labels);
  const missing = [
    ...asked.filter(([key]) => !has.has(key) && !OTHERS_WORDS.test(key)),
    ...[...claim.labels].filter(([key, value]) => has.get(key) !== value),
  ];
  return { ...Object.fromEntries(missing), [REGISTERED_LABEL]: "true" };
}

function newAnnotations(node: JsonObject, claim: ClaimFacts): JsonObject {
  const has = objectAt(node, "metadata", "annotations");
  // kubectl's copy of the claim says nothing of the node.
  const own = [...claim.annotations].filter(([key]) => !key.startsWith("kubectl.kubernetes.io/"));
  return Object.fromEntries(own.filter(([key, value]) => has[key] !== value));
}

/** Startup taints come here and only here: a pool's taint can be taken off by nobody but the pool. */
function newTaints(node: JsonObject, claim: ClaimFacts): readonly JsonObject[] | undefined {
  const has = nodeTaints(node);
  const kept = has.filter((taint) => taint["key"] !== UNREGISTERED_TAINT);
  const added = [...claim.taints, ...claim.startupTaints].filter(
    (one) => !kept.some((taint) => sameTaint(taintOf(taint), one)),
  );
  return added.length === 0 && kept.length === has.length ? undefined : [...kept, ...added.map(taintObject)];
}

export function taintObject({ key, value, effect }: Taint): JsonObject {
  return { key, effect, ...(value === undefined ? {} : { value }) };
}

function ownerReference(claim: ClaimFacts): JsonObject {
  return {
    apiVersion: "karpenter.sh/v1",
    kind: "NodeClaim",
    name: claim.name,
    uid: claim.uid,
    blockOwnerDeletion: true,
  };
}
