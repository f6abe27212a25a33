import { objectsAt, textAt } from "../capacity/fields.ts";
import { isDeleting, nodeOf } from "../capacity/pod.ts";
import type { JsonObject } from "../json.ts";
import { type MachineAction, type MachinePlan, NOTHING } from "./action.ts";
import { type ClaimFacts, isOwn, TERMINATION_TIMESTAMP } from "./claim-facts.ts";
import { done, pending, refused } from "./conditions.ts";
import { DISRUPTED_TAINT, drain } from "./drain.ts";
import { freeNode, holdsNode, isNodeReady, nodeRef, nodeTaints, providerIdOf, sameProviderId } from "./node-facts.ts";
import { pauseLeftMs } from "./refusal.ts";
import { both, IDLE, type Stage, says } from "./stage.ts";
import { statusActions } from "./status.ts";
import type { MachineWorld } from "./world.ts";

const POLL_MS = 5_000;
const MACHINE_POLL_MS = 10_000;
// Kubernetes itself takes volumes from a dead node after 6 minutes (attach-detach controller, maxWaitForUnmountDuration).
const DETACHING_MS = 7 * 60_000;
/** Load balancers of the cluster's services stop sending to the node. */
const EXCLUDE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";

/** A claim that is deleted: its pods, volumes, machine, node, and the claim itself, in this order. */
export function planEnd(world: MachineWorld, claim: ClaimFacts): MachinePlan {
  if (!claim.hasFinalizer) return NOTHING;
  const deadline = deadlineOf(claim);
  const nodes = ownNodes(world, claim);
  const live = nodes.filter((node) => !(world.sighting.kind === "absent" && !isNodeReady(node)));
  const emptied = live.map((node) => emptyNode(world, node, deadline.ms)).reduce(both, IDLE);
  const isEmpty = emptied.againMs === undefined;
  const stage = isEmpty ? both(emptied, endMachine(world, claim, nodes)) : emptied;
  const released = stage.actions.some(({ kind }) => kind === "releaseClaim");
  const told = released ? [] : statusActions(world, stage.says);
  const again: readonly MachineAction[] =
    stage.againMs === undefined ? [] : [{ kind: "requeue", afterMs: stage.againMs }];
  return { actions: [...deadline.actions, ...told, ...stage.actions, ...again], holds: stage.holds };
}

/** When the node goes in any case; written down first, so that the time does not start again. */
function deadlineOf(claim: ClaimFacts): {
  readonly ms: number | undefined;
  readonly actions: readonly MachineAction[];
} {
  const written = Date.parse(claim.annotations.get(TERMINATION_TIMESTAMP) ?? "");
  if (!Number.isNaN(written)) return { ms: written, actions: [] };
  if (claim.terminationGraceMs === undefined || claim.deletedMs === undefined) return { ms: undefined, actions: [] };
  const ms = claim.deletedMs + claim.terminationGraceMs;
  const annotations = { [TERMINATION_TIMESTAMP]: new Date(ms).toISOString().replace(/\.\d+Z$/, "Z") };
  return { ms, actions: [{ kind: "patchClaim", patch: { metadata: { annotations } } }] };
}

/** Nodes this claim answers for. Those of a pool that is somebody else's are not among them, whatever its name. */
function ownNodes(world: MachineWorld, claim: ClaimFacts): readonly JsonObject[] {
  const { sighting } = world;
  const isPoolOurs = sighting.kind === "seen" && isOwn(sighting.machine, world.cluster, claim);
  return world.nodes.filter(
    (node) =>
      isPoolOurs ||
      sameProviderId(providerIdOf(node), claim.providerID) ||
      objectsAt(node, "metadata", "ownerReferences").some((owner) => owner["uid"] === claim.uid),
  );
}

/** Keeps new pods away, sends those there elsewhere, waits for their volumes. Looks again until all of it is done. */
function emptyNode(world: MachineWorld, node: JsonObject, deadlineMs: number | undefined): Stage {
  const kept = keepAway(node);
  const isOverdue = deadlineMs !== undefined && world.clockSteady && world.nowMs >= deadlineMs;
  const name = textAt(node, "metadata", "name");
  const pods = world.pods.filter((pod) => nodeOf(pod) === name);
  const { actions, left } = drain({ ...world, pods, deadlineMs });
  const stage: Stage = { ...IDLE, actions: [...kept, ...actions] };
  // Pods the scheduler bound a moment before the taint show up at the next look.
  if (kept.length > 0 || (left > 0 && !isOverdue)) {
    return { ...stage, says: [pending("Drained", "Draining", `${left} pods are left`)], againMs: POLL_MS };
  }
  const drained: Stage = { ...stage, says: [done("Drained")] };
  const attached = world.attachments.filter((one) => textAt(one, "spec", "nodeName") === name);
  if (attached.length === 0) return both(drained, says(done("VolumesDetached")));
  if (isOverdue || (world.heldMs.detaching ?? 0) >= DETACHING_MS) {
    return both(
      drained,
      says(refused("VolumesDetached", "TerminationGracePeriodElapsed", `${attached.length} volumes are left`)),
    );
  }
  const waiting = pending("VolumesDetached", "AwaitingVolumeDetachment", `${attached.length} volumes are left`);
  return both(drained, { ...says(waiting), holds: ["detaching"], againMs: POLL_MS });
}

function keepAway(node: JsonObject): readonly MachineAction[] {
  const taints = nodeTaints(node);
  const isTainted = taints.some((taint) => taint["key"] === DISRUPTED_TAINT.key);
  const patch = {
    metadata: { labels: { [EXCLUDE_LABEL]: "karpenter" } },
    spec: { taints: [...taints, { ...DISRUPTED_TAINT }] },
  };
  const taint: readonly MachineAction[] = isTainted ? [] : [{ kind: "patchNode", node: nodeRef(node), patch }];
  // The finalizer keeps it until its machine is gone.
  const goes: readonly MachineAction[] =
    holdsNode(node) && !isDeleting(node) ? [{ kind: "deleteNode", node: nodeRef(node) }] : [];
  return [...taint, ...goes];
}

function endMachine(world: MachineWorld, claim: ClaimFacts, nodes: readonly JsonObject[]): Stage {
  const { sighting, failed } = world;
  if (sighting.kind === "unknown") return { ...IDLE, againMs: sighting.failure.retryAfterMs ?? MACHINE_POLL_MS };
  if (sighting.kind === "absent") return release(nodes);
  const { machine } = sighting;
  if (!isOwn(machine, world.cluster, claim)) {
    const note = `agent pool ${machine.name} was not made for this claim and is left alone`;
    return {
      ...IDLE,
      actions: [{ kind: "event", type: "Warning", reason: "MachineNotOurs", note }, ...release(nodes).actions],
    };
  }
  const terminating: Stage = { ...says(done("InstanceTerminating")), againMs: MACHINE_POLL_MS };
  if (machine.state === "deleting") return terminating;
  const leftMs = failed?.verb === "remove" ? pauseLeftMs(failed) : 0;
  if (failed?.verb === "remove" && leftMs > 0) {
    return { ...says(pending("InstanceTerminating", failed.failure.reason, failed.failure.message)), againMs: leftMs };
  }
  const { name, etag } = machine;
  return {
    ...terminating,
    actions: [{ kind: "removeMachine", machine: etag === undefined ? { name } : { name, etag } }],
  };
}

function release(nodes: readonly JsonObject[]): Stage {
  const freed = nodes.flatMap((node): readonly MachineAction[] => {
    const deletes: MachineAction = { kind: "deleteNode", node: nodeRef(node) };
    return [...freeNode(node), ...(isDeleting(node) ? [] : [deletes])];
  });
  return { ...IDLE, actions: [...freed, { kind: "releaseClaim" }] };
}
