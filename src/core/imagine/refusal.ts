import { objectAt } from "../capacity/fields.ts";
import type { Demand } from "../capacity/pod.ts";
import { unmet, untolerated } from "../capacity/requirements.ts";
import { missing, placedRequests } from "../capacity/resources.ts";
import { hostPorts, portsConflict } from "../capacity/scheduling/pod-spec.ts";
import { unreached } from "../capacity/volumes/volume-rules.ts";
import type { Place } from "./places.ts";

// A message names a few nodes: of a hundred the rest says the same.
const MOST_NODES_NAMED = 3;

/** Why a pod gets none of these nodes. */
export function refusal(places: readonly Place[], demand: Demand): string {
  const why = places
    .slice(0, MOST_NODES_NAMED)
    .map((place) => `${place.row.node}: ${obstaclesOn(place, demand).join(", ")}`);
  const more = places.length > MOST_NODES_NAMED ? ["…"] : [];
  const detail = [...why, ...more].join("; ");
  return `0/${places.length} nodes are available${detail === "" ? "" : `: ${detail}`}`;
}

function obstaclesOn({ row, pods }: Place, { spec, terms, tolerations, volumes }: Demand): readonly string[] {
  const ports = pods.flatMap((pod) => hostPorts(objectAt(pod, "spec")));
  const found = [
    ...unmet(terms, row.labels),
    ...(unreached(volumes, row.labels).length > 0 ? ["volume node affinity conflict"] : []),
    ...untolerated(row.taints, tolerations),
    ...missing(row.room, placedRequests(spec)),
    ...(portsConflict(hostPorts(spec), ports) ? ["a host port is taken"] : []),
  ];
  // Nothing else keeps a pod away.
  return found.length > 0 ? found : ["rules about other pods"];
}
