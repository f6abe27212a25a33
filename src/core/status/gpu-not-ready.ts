import type { NodeFacts } from "../capacity/claim.ts";
import { hasLostGpus, lostGpusName, offersGpu } from "../capacity/gpus.ts";
import { devicePluginOn } from "./device-plugin.ts";
import type { Situation } from "./situation.ts";
import { passing, type Trouble } from "./trouble.ts";

const MINUTE_MS = 60_000;
// Each change of the words is a write: beyond ten minutes nobody needs every one.
const EXACT_MINUTES = 10;

/** A Ready node that a pod waits for and that offers no GPU, the one that has waited longest; and who should have brought them. */
export function gpuNotReady(situation: Situation): Trouble | undefined {
  const { nodes, expansion, nodePatienceMs, daemonSets, waiting } = situation;
  const resource = expansion.gpu?.resource;
  if (resource === undefined) return undefined;
  const awaited = new Set(waiting.map(({ node }) => node));
  const found = nodes
    .filter((one) => awaited.has(one.name) && one.ready && !one.deleting && !offersGpu(one, resource))
    .map((node) => ({ node, ...lackOf(situation, node) }))
    .sort((a, b) => b.waitedMs - a.waitedMs || (a.node.name < b.node.name ? -1 : 1))[0];
  if (found === undefined) return undefined;
  const { node, waitedMs, isLost } = found;
  const { words, next, comes } = devicePluginOn(node, resource, daemonSets);
  const what = isLost
    ? `is Ready and has offered no ${resource} any more for ${minutes(waitedMs)}`
    : `is Ready for ${minutes(waitedMs)} and offers no ${resource}`;
  return passing("GpuNotReady", `node ${node.name} ${what}: ${words}`, {
    stalled: !comes && waitedMs >= nodePatienceMs,
    ...(next === undefined ? {} : { next }),
  });
}

/** How long the node has had no GPUs: since it was Ready, or since it was first seen without those that it had. */
function lackOf({ claims, expansion, nowMs, unreadySinceMs = {} }: Situation, node: NodeFacts) {
  const claim = claims.find(({ nodeName }) => nodeName === node.name);
  const isLost = claim !== undefined && hasLostGpus(claim, node, expansion.gpu);
  const sinceMs = isLost ? unreadySinceMs[lostGpusName(claim)] : node.readySinceMs;
  return { isLost, waitedMs: Math.max(0, nowMs - (sinceMs ?? nowMs)) };
}

function minutes(waitedMs: number): string {
  const whole = Math.floor(waitedMs / MINUTE_MS);
  const told = whole <= EXACT_MINUTES ? whole : Math.floor(whole / EXACT_MINUTES) * EXACT_MINUTES;
  return told === 1 ? "1 minute" : `${told} minutes`;
}
