import { existingBins, obstacles } from "../capacity/bins.ts";
import { numberAt, objectAt } from "../capacity/fields.ts";
import { ownerOf } from "../capacity/owner.ts";
import { type Demand, demandOf, isDaemon, isOver, nodeOf } from "../capacity/pod.ts";
import type { CapacityPlan, CapacityQuestion } from "../capacity/question.ts";
import type { Catalogue } from "../catalogue.ts";
import { initialPods, statedPods } from "../children/workload.ts";
import type { JsonObject } from "../json.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import type { World } from "../world.ts";
import { nameOf, ownPods } from "./live.ts";

/** Pods the workload is to have: what is stated, else what somebody else scaled it to. */
export function desiredPods(expansion: Expansion, live: JsonObject | undefined): number {
  if (expansion.workload.kind === "Job") return 1;
  return statedPods(expansion) ?? numberAt(live, "spec", "replicas") ?? initialPods(expansion);
}

export function capacityQuestion(
  world: World,
  workspace: Workspace & { readonly expansion: Expansion },
  catalogue: Catalogue,
  attempts: readonly Attempt[],
): CapacityQuestion {
  const { expansion } = workspace;
  const { pods, nodes, claims, limits, usage, settings, nowMs } = world;
  return {
    owner: ownerOf(workspace, expansion),
    pods,
    ahead: [],
    nodes,
    claims,
    release: catalogue.current,
    attempts,
    desiredPods: initialPods(expansion),
    limits,
    usage,
    settings,
    nowMs,
  };
}

/**
 * Pods of a new template whose nodes do not exist yet. A new size gets its node first: until it is Ready the old pods go on
 * with the old template. Where an existing node could take the new pod, nothing is needed ahead.
 */
export function podsAhead(question: CapacityQuestion): readonly Demand[] {
  const { expansion, namespace, name } = question.owner;
  if (!expansion.nodes.provision || question.settings.provider === "byo" || question.desiredPods === 0) return [];
  // A StatefulSet's pods are replaced together, a Deployment's one after the other.
  const needed = expansion.workload.kind === "StatefulSet" ? question.desiredPods : 1;
  const demand = demandOf("", objectAt(expansion.podTemplate, "spec"));
  const fitting = existingBins({ ...question, pods: question.pods.filter(isDaemon) }).filter((bin) => {
    const { kept, lacking } = obstacles(bin, demand);
    return bin.node !== undefined && kept.length === 0 && lacking.length === 0;
  });
  const lacking = Math.max(0, needed - fitting.length);
  return Array.from({ length: lacking }, (_, i) => ({ ...demand, key: `${namespace}/${name}+${i}` }));
}

/**
 * Claims whose node has no pod and that no waiting pod is meant to use. While pods are still to come none counts as empty:
 * a node that is Ready a moment before its pod exists must not go.
 */
export function emptyClaims(world: World, desired: number, plan: CapacityPlan): readonly JsonObject[] {
  const bound = ownPods(world).filter((pod) => nodeOf(pod) !== undefined && !isOver(pod));
  if (bound.length < desired) return [];
  const busy = new Set(world.pods.filter((pod) => !isDaemon(pod) && !isOver(pod)).map(nodeOf));
  return world.claims.filter((claim) => {
    const status = objectAt(claim, "status");
    const node = typeof status["nodeName"] === "string" ? status["nodeName"] : undefined;
    const used = node !== undefined && busy.has(node);
    return objectAt(claim, "metadata")["deletionTimestamp"] === undefined && !used && !plan.promised.has(nameOf(claim));
  });
}
