import { type Bin, existingBins, obstacles } from "../capacity/bins.ts";
import { nameOf, numberAt, objectAt } from "../capacity/fields.ts";
import { ownerOf } from "../capacity/owner.ts";
import { placesOf } from "../capacity/places.ts";
import { type Demand, demandOf, isDaemon, isDeleting, isOver, nodeOf, podKey, withVolumes } from "../capacity/pod.ts";
import type { CapacityPlan, CapacityQuestion } from "../capacity/question.ts";
import { worthKeeping } from "../capacity/too-small.ts";
import type { Catalogue } from "../catalogue.ts";
import { initialPods, statedPods } from "../children/workload.ts";
import type { JsonObject } from "../json.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import { isKaitoPod } from "../take-over/kaito-made.ts";
import type { World } from "../world.ts";
import { breaker } from "./breaker.ts";
import { launchAllowance } from "./launch-budget.ts";
import { isControlled, isOwnPod, nodeOfClaim, usedNodes } from "./live.ts";
import { sharersIn } from "./sharers.ts";
import { surroundings } from "./surroundings.ts";

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
  const allowance = breaker(attempts, world.nowMs) ?? launchAllowance(world.launching);
  const { expansion } = workspace;
  const sharers = expansion.nodes.share === undefined ? [] : sharersIn(world);
  return {
    owner: ownerOf(workspace, expansion),
    // A pod that somebody made by hand under our label may run, but no node is bought for it, nor for one of KAITO's.
    pods: world.pods.filter((pod) => nodeOf(pod) !== undefined || (isControlled(pod) && !isKaitoPod(world, pod))),
    sharers,
    ahead: [],
    release: catalogue.current,
    attempts,
    desiredPods: initialPods(expansion),
    ...surroundings(world, expansion),
    ...(allowance === undefined ? {} : { allowance }),
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
  const { podTemplate } = expansion;
  const labels = objectAt(podTemplate, "metadata", "labels");
  const stated = demandOf(`${namespace}/${name}`, objectAt(podTemplate, "spec"), undefined, labels);
  const demand = withVolumes(stated, question.volumes);
  const fitting = existingBins({ ...question, pods: question.pods.filter(isDaemon) }).filter(
    (bin) => bin.node !== undefined && fits(bin, demand),
  );
  const lacking = Math.max(0, needed - fitting.length);
  return Array.from({ length: lacking }, (_, i) => ({ ...demand, key: `${namespace}/${name}+${i}` }));
}

/**
 * Claims whose node has no pod and that no pod to come is meant to use. A node that is Ready a moment before its pod exists
 * must not go, so as many as pods are to come are kept, and what is too small but should not be: another of its kind would be
 * no better. So is what a roll-out has brought, and a shared node that a pod of another Workspace could use.
 */
export function emptyClaims(
  world: World,
  question: CapacityQuestion,
  plan: CapacityPlan,
  state: { readonly desired: number; readonly rolledOut: boolean; readonly live: JsonObject | undefined },
): readonly JsonObject[] {
  const used = usedNodes(world);
  const unused = existingBins(question).filter((bin) => !used.has(bin.claim.nodeName));
  const others = othersWaiting(world);
  const count = podsToCome(world, question, state);
  const awaited = new Set([
    ...plan.promised,
    ...unused.filter((bin) => others.some((demand) => fits(bin, demand))).map((bin) => bin.claim.name),
    ...ownTemplates(question, state.live).flatMap((demand) => {
      const suiting = unused.filter((bin) => obstacles(bin, demand).kept.length === 0);
      return worthKeeping(suiting, demand, { count, offers: () => placesOf(question).offers }).map(
        ({ claim }) => claim.name,
      );
    }),
  ]);
  return world.claims.filter(
    (claim) => !isDeleting(claim) && !used.has(nodeOfClaim(claim)) && !awaited.has(nameOf(claim)),
  );
}

/** Pods that are not on a node yet, and those that a roll-out starts beside the others. */
function podsToCome(
  world: World,
  question: CapacityQuestion,
  { desired, rolledOut }: { readonly desired: number; readonly rolledOut: boolean },
): number {
  const own = world.pods.filter((pod) => isOwnPod(world, pod) && !isDeleting(pod) && !isOver(pod));
  const bound = own.filter((pod) => nodeOf(pod) !== undefined).length;
  const beside = question.owner.expansion.workload.kind === "StatefulSet" ? desired : Math.min(1, desired);
  return Math.max(0, desired - bound) + (rolledOut ? 0 : beside);
}

/** Pods of the stated template, and of the one that still runs. */
function ownTemplates(question: CapacityQuestion, live: JsonObject | undefined): readonly Demand[] {
  const { expansion, namespace, name } = question.owner;
  const specs = [objectAt(expansion.podTemplate, "spec")];
  if (live !== undefined) specs.push(objectAt(live, "spec", "template", "spec"));
  return specs.map((spec) => withVolumes(demandOf(`${namespace}/${name}`, spec), question.volumes));
}

/** Pods of Workspaces that share the nodes, before they have one. */
function othersWaiting(world: World): readonly Demand[] {
  return world.pods
    .filter((pod) => nodeOf(pod) === undefined && !isOver(pod) && !isDeleting(pod) && !isDaemon(pod))
    .filter((pod) => !isOwnPod(world, pod))
    .map((pod) => withVolumes(demandOf(podKey(pod), objectAt(pod, "spec")), world.volumes));
}

function fits(bin: Bin, demand: Demand): boolean {
  const { kept, lacking } = obstacles(bin, demand);
  return kept.length === 0 && lacking.length === 0;
}
