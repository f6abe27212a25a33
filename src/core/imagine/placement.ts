import { objectAt } from "../capacity/fields.ts";
import { type Demand, demandOf, podKey, schedulingFacts, withVolumes } from "../capacity/pod.ts";
import type { WaitingPod } from "../capacity/scheduling/problem.ts";
import { schedule } from "../capacity/scheduling/schedule.ts";
import type { JsonObject } from "../json.ts";
import type { Cluster } from "./cluster.ts";
import { type Place, placesIn, withPod } from "./places.ts";
import { refusal } from "./refusal.ts";
import { labelsOfNamespaces } from "./world-in.ts";

export interface Placement {
  /** By namespace/name of the pod. */
  readonly nodeNames: ReadonlyMap<string, string>;
  /** What the scheduler says of every other pod. */
  readonly refusals: ReadonlyMap<string, string>;
}

/**
 * Which pods get which of the nodes that are there. The engine that chose these nodes places the pods, too: what it bought two
 * nodes for is not put on one.
 * @param waiting pods of the cluster without a node
 */
export function placement(cluster: Cluster, waiting: readonly JsonObject[]): Placement {
  if (waiting.length === 0) return { nodeNames: new Map(), refusals: new Map() };
  const places = placesIn(cluster);
  const demands = waiting.map((pod) => demandIn(cluster, pod));
  const pods = waiting.map((pod, i) => schedulable(pod, demands[i]));
  const placed = places.flatMap(({ pods: present }, row) => present.map((pod) => ({ ...schedulable(pod), row })));
  const { nodes, failures } = schedule({
    pods,
    placed,
    rows: places.map(({ row }) => row),
    namespaces: labelsOfNamespaces(
      cluster,
      [...pods, ...placed].map(({ namespace }) => namespace),
    ),
    preferences: "thrifty",
    open: () => ({ refusal: "a scheduler buys no nodes" }),
  });
  const filled = places.map((place, row): Place => {
    const came = nodes.find(({ choice }) => choice === row)?.pods ?? [];
    return came.reduce((one, pod) => withPod(one, waiting[pod] ?? {}), place);
  });
  const nodeNames = nodes.flatMap(({ choice, pods: came }) =>
    came.map((pod) => [pods[pod]?.key ?? "", places[choice]?.row.node ?? ""] as const),
  );
  const refusals = [...failures.keys()].flatMap((pod) =>
    demands[pod] === undefined ? [] : [[demands[pod].key, refusal(filled, demands[pod])] as const],
  );
  return { nodeNames: new Map(nodeNames), refusals: new Map(refusals) };
}

function demandIn(cluster: Cluster, pod: JsonObject): Demand {
  return withVolumes(demandOf(podKey(pod), objectAt(pod, "spec")), cluster.volumes);
}

function schedulable(pod: JsonObject, demand?: Demand): WaitingPod {
  const volumes = demand?.volumes?.map(({ terms }) => terms);
  return { ...schedulingFacts(pod), ...(volumes === undefined ? {} : { volumes }) };
}
