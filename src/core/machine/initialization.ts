import { objectAt, textAt } from "../capacity/fields.ts";
import { amount } from "../capacity/resources.ts";
import type { JsonObject } from "../json.ts";
import type { Statement } from "../status/conditions.ts";
import { awaitedResources } from "./awaited.ts";
import { type ClaimFacts, sameTaint, taintOf } from "./claim-facts.ts";
import { done, pending } from "./conditions.ts";
import { isStopped } from "./health.ts";
import { isNodeReady, nodeRef, nodeTaints } from "./node-facts.ts";
import { UNREGISTERED_TAINT } from "./registration.ts";
import { type Stage, says } from "./stage.ts";
import type { MachineWorld } from "./world.ts";

export const INITIALIZED_LABEL = "karpenter.sh/initialized";
const POLL_MS = 30_000;
// Half its time is more than drivers and plugins take, so many such nodes at once are no matter of single nodes.
const LATE_SHARE = 0.5;

// Kubernetes puts them on a node that is not ready and takes them off: pkg/scheduling/taints.go of Karpenter.
const EPHEMERAL: readonly { readonly key: string; readonly effect: string }[] = [
  { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" },
  { key: "node.kubernetes.io/not-ready", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", effect: "NoSchedule" },
  { key: "node.cloudprovider.kubernetes.io/uninitialized", effect: "NoSchedule" },
  { key: UNREGISTERED_TAINT, effect: "NoExecute" },
];

/** From a node that registered to one that can be used. What was usable once stays Initialized, as Karpenter has it. */
export function initialize(world: MachineWorld, claim: ClaimFacts, node: JsonObject | undefined): Stage {
  if (claim.initialized) return says(done("Initialized"));
  if (node === undefined) return says(pending("Initialized", "NodeNotFound", "Node not registered with cluster"));
  const obstacle = obstacleOf(world, claim, node);
  if (obstacle !== undefined) {
    return { ...says(obstacle), holds: isStopped(world) ? [] : initializing(world), againMs: POLL_MS };
  }
  if (textAt(node, "metadata", "labels", INITIALIZED_LABEL) === "true") return says(done("Initialized"));
  const patch = { metadata: { labels: { [INITIALIZED_LABEL]: "true" } } };
  return { ...says(done("Initialized")), actions: [{ kind: "patchNode", node: nodeRef(node), patch }] };
}

function initializing({ heldMs, limits }: MachineWorld): Stage["holds"] {
  const isLate = (heldMs.initializing ?? 0) >= limits.initializationMs * LATE_SHARE;
  return isLate ? ["initializing", "late"] : ["initializing"];
}

function obstacleOf(world: MachineWorld, claim: ClaimFacts, node: JsonObject): Statement | undefined {
  const wait = (reason: string, message: string): Statement => pending("Initialized", reason, message);
  if (!isNodeReady(node)) return wait("NodeNotReady", "Node status is NotReady");
  const taints = nodeTaints(node).map(taintOf);
  const startup = claim.startupTaints.find((one) => taints.some((taint) => sameTaint(taint, one)));
  if (startup !== undefined)
    return wait("StartupTaintsExist", `StartupTaint "${startup.key}:${startup.effect}" still exists`);
  const ephemeral = taints.find(
    (taint) => taint.key.startsWith("readiness.k8s.io/") || EPHEMERAL.some((one) => sameTaint(taint, one)),
  );
  if (ephemeral !== undefined) {
    return wait("KnownEphemeralTaintsExist", `KnownEphemeralTaint "${ephemeral.key}:${ephemeral.effect}" still exists`);
  }
  const absent = awaitedResources(world, claim).find(
    (name) => !((amount(name, objectAt(node, "status", "allocatable")[name]) ?? 0) > 0),
  );
  return absent === undefined
    ? undefined
    : wait("ResourceNotRegistered", `Resource "${absent}" was requested but not registered`);
}
