import type { Bin } from "./bins.ts";
import { obstacles } from "./bins.ts";
import { type Claim, describeClaim } from "./claim.ts";
import { objectsAt, textAt } from "./fields.ts";
import { describeOffering, type Offering } from "./offerings.ts";
import type { Demand } from "./pod.ts";
import type { CapacityQuestion, Waiting } from "./question.ts";
import { quantity } from "./resources.ts";

const GIB = 2 ** 30;

export function onItsWay(demand: Demand, { claim, lostGpus }: Pick<Bin, "claim" | "lostGpus">): Waiting {
  return {
    pod: demand.key,
    reason: "WaitingForCapacity",
    message: `NodeClaim ${describeClaim(claim)}: ${stateOf(claim, lostGpus)}`,
    ...(claim.nodeName === undefined ? {} : { node: claim.nodeName }),
  };
}

function stateOf({ obstacle, nodeName }: Claim, lostGpus: string | undefined): string {
  if (lostGpus !== undefined) return `node ${nodeName ?? ""} is Ready and offers no ${lostGpus} any more`;
  if (obstacle === undefined) return "its node is not Ready";
  return `${obstacle.type} is not yet True: ${obstacle.reason}: ${obstacle.message}`;
}

// kube-scheduler retries a pod when a node changes, at the latest after 5 minutes (unschedulable queue flush); longer than a
// minute with room on a Ready node means that it sees an obstacle this planner does not.
const SCHEDULER_PATIENCE_MS = 60_000;

export function atScheduler(question: CapacityQuestion, demand: Demand, bin: Bin): Waiting {
  const node = bin.node?.name ?? "";
  if (bin.ending.length > 0) {
    const message = `node ${node} has room once ${bin.ending.join(", ")} has ended`;
    return { pod: demand.key, reason: "WaitingForScheduler", message };
  }
  // How long the node has been Ready says nothing: its room may have become free a moment ago.
  const waited = question.nowMs - (question.roomSinceMs?.[demand.key] ?? question.nowMs);
  if (demand.refusal === undefined || waited < SCHEDULER_PATIENCE_MS) {
    return { pod: demand.key, reason: "WaitingForScheduler", message: `node ${node} is Ready and has room` };
  }
  return {
    pod: demand.key,
    reason: "PodDoesNotFitNode",
    message: `node ${node} is Ready, but the scheduler says: ${demand.refusal}`,
    next: "mend what the scheduler names, in the pod or on the node; another node of this size would not help and is not bought",
  };
}

export function doesNotFit(demand: Demand, bin: Bin): Waiting {
  const lacking = obstacles(bin, demand).lacking.map(
    (name) =>
      `${name} (${shown(name, bin.free.get(name) ?? 0, Math.floor)} free, ${shown(name, demand.requests.get(name) ?? 0, Math.ceil)} requested)`,
  );
  const where = bin.node === undefined ? `NodeClaim ${describeClaim(bin.claim)}` : `node ${bin.node.name}`;
  const message = `${where} is empty and has too little ${lacking.join(", ")}: ask for less or choose a larger size`;
  return { pod: demand.key, reason: "PodDoesNotFitNode", message };
}

/** As people read it: bytes in tenths of a GiB, rounded so that what is too little never looks enough. */
function shown(resource: string, value: number, round: (value: number) => number): string {
  if (value < GIB) return quantity(resource, value);
  return `${round((value / GIB) * 10) / 10}Gi`;
}

/** Whether it asks for devices by claims (DRA): what a new node would offer to these is not known before it is there. */
export function claimsDevices({ spec }: Demand): boolean {
  return objectsAt(spec, "resourceClaims").length > 0;
}

export function claiming(demand: Demand): Waiting {
  const names = objectsAt(demand.spec, "resourceClaims").map((one) => textAt(one, "name") ?? "");
  const message = `spec.resourceClaims (${names.join(", ")}): no node is bought for claims of devices (DRA)`;
  return { pod: demand.key, reason: "ResourceClaimsUnsupported", message };
}

export function askedFor(demand: Demand, offering: Offering): Waiting {
  return { pod: demand.key, reason: "WaitingForCapacity", message: `asked for ${describeOffering(offering)}` };
}

export function unplaced(demand: Demand, question: CapacityQuestion): Waiting {
  const who = question.owner.expansion.nodes.provision
    ? "this installation creates no nodes (--provider byo)"
    : "foresail.dev/provision is false, so no node is created";
  const message = `${who}; the scheduler says: ${demand.refusal ?? ""}`;
  return { pod: demand.key, reason: "Unschedulable", message };
}
