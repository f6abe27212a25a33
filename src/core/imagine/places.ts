import { type NodeFacts, nodeFacts } from "../capacity/claim.ts";
import { daemonRequests } from "../capacity/daemons.ts";
import { nameOf, objectAt, textAt } from "../capacity/fields.ts";
import { isOver, nodeOf } from "../capacity/pod.ts";
import { minus, placedRequests, resourcesOf } from "../capacity/resources.ts";
import type { Row } from "../capacity/scheduling/problem.ts";
import { withZoneKeys, zoneKeysOf } from "../capacity/volumes/topology-keys.ts";
import { byCodePoint, type JsonObject } from "../json.ts";
import type { Cluster } from "./cluster.ts";

/** A node that takes pods, and those it has. */
export interface Place {
  readonly row: Row;
  readonly pods: readonly JsonObject[];
}

/** The nodes that are Ready, in the order in which the planner fills them: by the names of their claims, then by their own. */
export function placesIn({ nodes, claims, pods, daemonSets, volumes }: Cluster): readonly Place[] {
  const zoneKeys = zoneKeysOf(volumes);
  const claimNames = new Map(claims.map((claim) => [textAt(claim, "status", "nodeName") ?? "", nameOf(claim)]));
  const rank = ({ name }: NodeFacts): string => `${claimNames.get(name) ?? "~"} ${name}`;
  const present = podsByNode(pods);
  return nodes
    .map(nodeFacts)
    .filter(({ ready, deleting }) => ready && !deleting)
    .sort((a, b) => byCodePoint(rank(a), rank(b)))
    .map((node) => {
      const { name: nodeName, taints, allocatable } = node;
      const bound = present.get(nodeName) ?? [];
      const labels = withZoneKeys(node.labels, zoneKeys);
      const room = minus(resourcesOf(allocatable), daemonRequests(daemonSets, { labels, taints }, bound));
      const empty = { row: { node: nodeName, exists: true, labels, taints, room }, pods: [] };
      return bound.reduce(withPod, empty);
    });
}

/** The place with one pod more. */
export function withPod({ row, pods }: Place, pod: JsonObject): Place {
  return { row: { ...row, room: minus(row.room, placedRequests(objectAt(pod, "spec"))) }, pods: [...pods, pod] };
}

function podsByNode(pods: readonly JsonObject[]): ReadonlyMap<string, readonly JsonObject[]> {
  const found = new Map<string, JsonObject[]>();
  for (const pod of pods) {
    const node = nodeOf(pod);
    if (node === undefined || isOver(pod)) continue;
    const there = found.get(node);
    if (there === undefined) found.set(node, [pod]);
    else there.push(pod);
  }
  return found;
}
