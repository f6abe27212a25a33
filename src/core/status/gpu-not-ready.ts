import type { NodeFacts } from "../capacity/claim.ts";
import { resourcesOf } from "../capacity/resources.ts";
import { devicePluginOn } from "./device-plugin.ts";
import type { Situation } from "./situation.ts";
import { passing, type Trouble } from "./trouble.ts";

const MINUTE_MS = 60_000;
// Each change of the words is a write: beyond ten minutes nobody needs every one.
const EXACT_MINUTES = 10;

/** A Ready node of the Workspace's claims that offers no GPU, the one that has waited longest; and who should have brought them. */
export function gpuNotReady(situation: Situation): Trouble | undefined {
  const { nodes, expansion, nowMs, nodePatienceMs, daemonSets } = situation;
  const resource = expansion.gpu?.resource;
  if (resource === undefined) return undefined;
  const node = nodes
    .filter((one) => one.ready && !one.deleting && !offers(one, resource))
    .sort((a, b) => (a.readySinceMs ?? nowMs) - (b.readySinceMs ?? nowMs) || (a.name < b.name ? -1 : 1))[0];
  if (node === undefined) return undefined;
  const waitedMs = Math.max(0, nowMs - (node.readySinceMs ?? nowMs));
  const { words, next, comes } = devicePluginOn(node, resource, daemonSets);
  const message = `node ${node.name} is Ready for ${minutes(waitedMs)} and offers no ${resource}: ${words}`;
  return passing("GpuNotReady", message, {
    stalled: !comes && waitedMs >= nodePatienceMs,
    ...(next === undefined ? {} : { next }),
  });
}

/** Whether the node offers any of the resource. */
export function offers(node: NodeFacts, gpuResource: string | undefined): boolean {
  return gpuResource === undefined || (resourcesOf(node.allocatable).get(gpuResource) ?? 0) > 0;
}

function minutes(waitedMs: number): string {
  const whole = Math.floor(waitedMs / MINUTE_MS);
  const told = whole <= EXACT_MINUTES ? whole : Math.floor(whole / EXACT_MINUTES) * EXACT_MINUTES;
  return told === 1 ? "1 minute" : `${told} minutes`;
}
