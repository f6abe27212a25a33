import { type Claim, claimOf, INSTANCE_TYPE_LABEL } from "../capacity/claim.ts";
import { estimate } from "../capacity/estimate.ts";
import { nameOf, objectAt } from "../capacity/fields.ts";
import { quantity } from "../capacity/resources.ts";
import { findInstanceType, type Release } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import { withoutClaim } from "./carried-out.ts";
import type { Cluster } from "./cluster.ts";
import { happened, withMembers } from "./objects.ts";

// The disk of a node and how many pods it takes are judged when it is there; an imagined one is in nobody's way.
const UNJUDGED = { "ephemeral-storage": "1Pi", pods: "110" };

/**
 * What a provider does next: every claim gets its node, whose GPUs are there, and one that is deleted is gone. No offering is
 * out of stock.
 */
export function afterProvider(cluster: Cluster, release: Release): Cluster {
  return served(withoutDeleted(cluster), release);
}

function withoutDeleted(cluster: Cluster): Cluster {
  return cluster.claims
    .filter((claim) => claimOf(claim).deleting)
    .map(nameOf)
    .reduce(withoutClaim, cluster);
}

function served(cluster: Cluster, release: Release): Cluster {
  const open = cluster.claims.filter((claim) => !claimOf(claim).ready);
  if (open.length === 0) return cluster;
  const { nowMs } = cluster;
  const made = new Map(open.map((claim) => [claim, nodeOf(claim, release, nowMs)]));
  const names = new Set([...made.values()].map(nameOf));
  return {
    ...cluster,
    claims: cluster.claims.map((claim) => {
      const node = made.get(claim);
      return node === undefined ? claim : withNode(claim, nameOf(node), nowMs);
    }),
    nodes: [...cluster.nodes.filter((node) => !names.has(nameOf(node))), ...made.values()],
  };
}

function withNode(claim: JsonObject, nodeName: string, nowMs: number): JsonObject {
  const conditions = ["Launched", "Registered", "Initialized", "Ready"].map((type) => happened(type, nowMs));
  return withMembers(claim, "status", { nodeName, providerID: `imagined://${nodeName}`, conditions });
}

function nodeOf(raw: JsonObject, release: Release, nowMs: number): JsonObject {
  const claim = claimOf(raw);
  const name = claim.nodeName ?? `node-of-${claim.name}`;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { ...Object.fromEntries(claim.labels), "kubernetes.io/hostname": name } },
    spec: { providerID: `imagined://${name}`, taints: [...claim.taints] },
    status: { allocatable: { ...UNJUDGED, ...room(raw, claim, release) }, conditions: [happened("Ready", nowMs)] },
  };
}

/** What the claim asks for, and where the size is known all it has. */
function room(raw: JsonObject, claim: Claim, release: Release): JsonObject {
  const requests = objectAt(raw, "spec", "resources", "requests");
  const type = findInstanceType(release, claim.labels.get(INSTANCE_TYPE_LABEL) ?? "");
  if (type === undefined) return requests;
  const gpu = Object.keys(requests).find((name) => name.includes("/")) ?? `${type.gpuVendor}.com/gpu`;
  const known = [...estimate(type, gpu)].map(([resource, value]) => [resource, quantity(resource, value)]);
  return { ...requests, ...Object.fromEntries(known) };
}
