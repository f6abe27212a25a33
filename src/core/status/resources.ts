import type { Claim, NodeFacts } from "../capacity/claim.ts";
import { CAPACITY_TYPE_LABEL, describeClaim, INSTANCE_TYPE_LABEL, ZONE_LABEL } from "../capacity/claim.ts";
import { offersGpu } from "../capacity/gpus.ts";
import { nodeOf } from "../capacity/pod.ts";
import type { NodeStatus } from "../kinds/workspace-status.ts";
import { type Statement, statement } from "./conditions.ts";
import type { Situation } from "./situation.ts";

const CLAIMS = "NodeClaimReady";
const NODES = "NodesReady";
const RESOURCES = "ResourceReady";

/** KAITO's three conditions about nodes; NodeClaimReady is absent where nodes are brought along. */
export function resourceStatements(situation: Situation): readonly Statement[] {
  if (situation.finished !== undefined || situation.desiredPods === 0) return noneNeeded(situation);
  const claims = claimsStatement(situation);
  const nodes = nodesStatement(situation);
  const ready = claims?.status !== "False" && nodes.status === "True";
  const obstacle = claims?.status === "False" ? claims : nodes;
  const resources = ready
    ? statement(RESOURCES, true, "workspaceResourceStatusSuccess", "every pod has a node")
    : statement(RESOURCES, false, "workspaceResourceStatusNotReady", obstacle.message);
  return [...(claims === undefined ? [] : [claims]), nodes, resources];
}

function noneNeeded(situation: Situation): readonly Statement[] {
  const message =
    situation.finished === undefined ? "paused: no node is needed" : "finished: no node is needed any more";
  return [
    ...(situation.provisions ? [statement(CLAIMS, true, "NodeClaimsReady", message)] : []),
    statement(NODES, true, "NodesReady", message),
    statement(RESOURCES, true, "workspaceResourceStatusSuccess", message),
  ];
}

function claimsStatement(situation: Situation): Statement | undefined {
  if (!situation.provisions) return undefined;
  const { claims, waiting } = situation;
  if (allBound(situation)) return statement(CLAIMS, true, "NodeClaimsReady", "every pod is on a node");
  const pending = claims.find((claim) => !claim.ready);
  if (pending?.obstacle !== undefined) {
    const { type, reason, message } = pending.obstacle;
    const own = type === "Launched" && reason !== "AwaitingReconciliation";
    return statement(
      CLAIMS,
      false,
      own ? reason : "NodeClaimNotReady",
      `NodeClaim ${describeClaim(pending)}: ${type} is not yet True: ${reason}: ${message}`,
    );
  }
  if (claims.length > 0) return statement(CLAIMS, true, "NodeClaimsReady", `${claims.length} NodeClaims are Ready`);
  const why = waiting[0];
  return statement(CLAIMS, false, why?.reason ?? "NodeClaimNotReady", why?.message ?? "no pod waits for a node yet");
}

function nodesStatement(situation: Situation): Statement {
  const usable = situation.nodes.filter((node) => node.ready).length;
  const ready =
    allBound(situation) ||
    (situation.provisions && situation.claims.filter((c) => c.ready).length >= situation.desiredPods);
  return ready
    ? statement(NODES, true, "NodesReady", `${usable} nodes are Ready`)
    : statement(NODES, false, "NodeNotReady", situation.waiting[0]?.message ?? notReady(situation.nodes));
}

function notReady(nodes: readonly NodeFacts[]): string {
  const names = nodes.filter((node) => !node.ready).map((node) => node.name);
  return names.length > 0 ? `not Ready: ${names.join(", ")}` : "no pod is on a node yet";
}

/** Every desired pod is bound to a Ready node. */
function allBound({ pods, nodes, desiredPods }: Situation): boolean {
  const usable = new Set(nodes.filter((node) => node.ready).map((node) => node.name));
  return pods.filter((pod) => usable.has(nodeOf(pod) ?? "")).length >= desiredPods;
}

/** The nodes of the Workspace's claims and pods, by name. */
export function nodeStatuses({ claims, nodes, expansion }: Situation): readonly NodeStatus[] {
  return [...nodes]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((node) => ({
      ...nodeStatus(node, claimOfNode(claims, node)),
      // The node itself is asked: the provider confirms its claim some moments later.
      ready: node.ready && offersGpu(node, expansion.gpu?.resource),
    }));
}

function claimOfNode(claims: readonly Claim[], node: NodeFacts): Claim | undefined {
  return claims.find((claim) => claim.nodeName === node.name);
}

function nodeStatus(node: NodeFacts, claim: Claim | undefined): Omit<NodeStatus, "ready"> {
  const label = (name: string): string | undefined => node.labels.get(name) ?? claim?.labels.get(name);
  const instanceType = label(INSTANCE_TYPE_LABEL);
  const zone = label(ZONE_LABEL);
  const capacityType = label(CAPACITY_TYPE_LABEL);
  return {
    name: node.name,
    ...(claim === undefined ? {} : { claim: claim.name }),
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(zone === undefined ? {} : { zone }),
    ...(capacityType === undefined ? {} : { capacityType }),
  };
}
