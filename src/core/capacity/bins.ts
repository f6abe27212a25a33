import { findInstanceType } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import { type Claim, claimOf, INSTANCE_TYPE_LABEL, type NodeFacts, nodeFacts } from "./claim.ts";
import { estimate, estimatedNames, gpuNameOf } from "./estimate.ts";
import { nameOf, objectAt } from "./fields.ts";
import { GPU_PATIENCE_MS, gpuWanted, hasLostGpus, lostGpusName } from "./gpus.ts";
import { type Demand, isDaemon, isDeleting, isOver, nodeOf, nominatedNode, overdueMs, podKey } from "./pod.ts";
import type { CapacityQuestion } from "./question.ts";
import { type Labels, unmet, untolerated } from "./requirements.ts";
import {
  isGpuResource,
  minus,
  missing,
  podRequests,
  type ResourceNames,
  type Resources,
  resourcesOf,
  sum,
} from "./resources.ts";
import { withZoneKeys, zoneKeysOf } from "./volumes/topology-keys.ts";
import { unreached } from "./volumes/volume-rules.ts";

/** Room for pods: a node, or a claim that will be one. */
export interface Bin {
  readonly claim: Claim;
  /** Present once the node can take pods and offers its GPUs. */
  readonly node?: NodeFacts;
  /** The GPUs that a Ready node offered once and does not any more. */
  readonly lostGpus?: string;
  readonly labels: Labels;
  readonly taints: readonly JsonObject[];
  /** Resources `free` speaks of; absent: all. */
  readonly known?: ResourceNames;
  readonly free: Resources;
  /** Pods bound to it or meant for it, daemons aside. */
  readonly pods: number;
  /** Pods on their way out whose resources `free` counts already. */
  readonly ending: readonly string[];
}

// A node that was ready and is not any more is given this long to come back before pods get another: the kubelet's lease
// takes 40 s to expire, a reboot some minutes, and a second GPU node costs money.
const NODE_RETURNS_MS = 10 * 60_000;
// The kubelet kills what outlasts its grace period and confirms within seconds; a pod that is still there after two minutes
// holds its GPUs for good.
const POD_ENDS_MS = 2 * 60_000;

/** The owner's claims as room, ready nodes first, then by name: the same for any order of the input. */
export function existingBins(question: CapacityQuestion): readonly Bin[] {
  const nodes = new Map(question.nodes.map(nodeFacts).map((node) => [node.name, node]));
  const zoneKeys = zoneKeysOf(question.volumes);
  const bins = question.claims
    .map(claimOf)
    .filter((claim) => !claim.deleting)
    .map((claim) => binOf(question, claim, claim.nodeName === undefined ? undefined : nodes.get(claim.nodeName)))
    .filter((bin) => bin !== undefined)
    .map((bin) => ({ ...bin, labels: withZoneKeys(bin.labels, zoneKeys) }));
  return bins.sort(
    (a, b) => Number(b.node !== undefined) - Number(a.node !== undefined) || (a.claim.name < b.claim.name ? -1 : 1),
  );
}

function binOf(question: CapacityQuestion, claim: Claim, node: NodeFacts | undefined): Bin | undefined {
  const bound = node === undefined ? [] : question.pods.filter((pod) => placeOf(pod) === node.name && !isOver(pod));
  const ending = bound.filter((pod) => ends(pod, node, question.nowMs));
  const staying = bound.filter((pod) => !ending.includes(pod));
  const pods = new Map([["pods", staying.length]]);
  const used = staying.reduce<Resources>((total, pod) => sum(total, podRequests(objectAt(pod, "spec"))), pods);
  const counted = { pods: bound.filter((pod) => !isDaemon(pod)).length, ending: ending.map(podKey).sort() };
  const { gpu } = question.owner.expansion;
  const gpusLost = hasLostGpus(claim, node, gpu);
  if (node !== undefined && lost(claim, node, question.nowMs)) return undefined;
  // One without pods is replaced; one with some stays for their sake, and the others are not to wait for it for ever.
  if (gpusLost && counted.pods > 0 && lostForMs(question, claim) >= GPU_PATIENCE_MS) return undefined;
  if (node !== undefined && claim.ready && node.ready && !node.deleting && !gpusLost) {
    const labels = new Map([...claim.labels, ...node.labels]);
    return { claim, node, labels, taints: node.taints, free: minus(resourcesOf(node.allocatable), used), ...counted };
  }
  const resource = gpuWanted(claim, gpu);
  const type = findInstanceType(question.release, claim.labels.get(INSTANCE_TYPE_LABEL) ?? "");
  const coming =
    type === undefined ? told(claim) : { known: estimatedNames, free: estimate(type, gpuNameOf(type, resource)) };
  const room = { known: coming.known, free: minus(coming.free, used) };
  // Taints of a node that is not up yet are those of its start: they go. Its labels tell the zone it came up in.
  return {
    claim,
    labels: new Map([...claim.labels, ...(node?.labels ?? [])]),
    taints: claim.taints,
    ...(gpusLost && resource !== undefined ? { lostGpus: resource } : {}),
    ...room,
    ...counted,
  };
}

/** The provider's own estimate, for a size the catalogue does not have: what it says nothing about is not judged. */
function told({ allocatable }: Claim): { readonly known: ResourceNames; readonly free: Resources } {
  const free = resourcesOf(allocatable);
  return { known: { has: (name) => free.has(name) || (free.size > 0 && isGpuResource(name)) }, free };
}

/** The node the pod is on, or is meant for by preemption. */
function placeOf(pod: JsonObject): string | undefined {
  return nodeOf(pod) ?? nominatedNode(pod);
}

/** Whether the pod gives its room back soon: its successor waits for that, a second GPU node would come too late to help. */
function ends(pod: JsonObject, node: NodeFacts | undefined, nowMs: number): boolean {
  if (!isDeleting(pod)) return false;
  // Nobody confirms the end of a pod whose node is away: either the node returns, or it is lost with all its pods.
  return node?.ready !== true || overdueMs(pod, nowMs) < POD_ENDS_MS;
}

/** Whether the node of a claim is there and goes, or is out of order for so long that no pod waits for it any more. */
export function hasLostNode(raw: JsonObject, nodes: readonly JsonObject[], nowMs: number): boolean {
  const claim = claimOf(raw);
  const node = nodes.find((one) => nameOf(one) === claim.nodeName);
  return node !== undefined && lost(claim, nodeFacts(node), nowMs);
}

function lost(claim: Claim, node: NodeFacts, nowMs: number): boolean {
  if (node.deleting) return true;
  return claim.ready && !node.ready && nowMs - (node.readySinceMs ?? nowMs) > NODE_RETURNS_MS;
}

function lostForMs({ unreadySinceMs, nowMs }: CapacityQuestion, claim: Claim): number {
  return nowMs - (unreadySinceMs?.[lostGpusName(claim)] ?? nowMs);
}

/** Why the pod cannot use this room; empty where it can. */
export interface Obstacles {
  /** Labels and taints: this is not a node for this pod at all. */
  readonly kept: readonly string[];
  /** Resources there is too little of. */
  readonly lacking: readonly string[];
}

export function obstacles(bin: Omit<Bin, "claim" | "pods" | "ending">, demand: Demand): Obstacles {
  return {
    kept: [
      ...unmet(demand.terms, bin.labels),
      ...unreached(demand.volumes, bin.labels),
      ...untolerated(bin.taints, demand.tolerations),
    ],
    lacking: missing(bin.free, demand.requests, bin.known),
  };
}

/** The room that is left when the pod has taken its part. */
export function taken(bin: Bin, demand: Demand): Bin {
  return { ...bin, free: minus(bin.free, demand.requests), pods: bin.pods + 1 };
}
