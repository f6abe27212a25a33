import { nameOf, numberAt, objectAt, timeAt } from "../capacity/fields.ts";
import { demandOf, isDeleting, isOver, isUnschedulable, nodeOf } from "../capacity/pod.ts";
import type { CapacityQuestion } from "../capacity/question.ts";
import type { JsonObject } from "../json.ts";
import { isKaitoMade } from "../take-over/kaito-made.ts";
import type { World } from "../world.ts";
import { isOwnPod } from "./live.ts";

export interface Awaited {
  /** The question without the pods for which no node is to be bought. */
  readonly question: CapacityQuestion;
  /** Whether a new template is applied at once: nothing of the old one serves that would have to be protected. */
  readonly atOnce: boolean;
}

/**
 * Which of a Workspace's pods are worth a node. While none of them has one (it was lost, or never came), nothing serves and
 * nothing needs protection: then no node is bought for a template that is on its way out, nor more nodes than pods are stated.
 * While some have one and another template comes, they and the node for it are enough.
 * @param live the workload of the stated kind as it is
 * @param rolls whether what runs is to get another template now, or makes room for a workload of another kind
 */
export function awaitedPods(
  world: World,
  question: CapacityQuestion,
  live: JsonObject | undefined,
  rolls: boolean,
): Awaited {
  const own = question.pods.filter((pod) => isOwnPod(world, pod) && !isDeleting(pod) && !isOver(pod));
  const bound = own.filter((pod) => nodeOf(pod) !== undefined).length;
  // The ranks of a model over several nodes serve together or not at all.
  const all = live !== undefined && isKaitoMade(world, live) ? numberAt(live, "spec", "replicas") : undefined;
  const isGroup = question.owner.expansion.workload.kind === "StatefulSet";
  const protects = bound > 0 && (!isGroup || bound >= (all ?? question.desiredPods));
  const keeping = (waiting: readonly JsonObject[]): CapacityQuestion => {
    const kept = new Set(waiting);
    return { ...question, pods: question.pods.filter((pod) => goesOn(pod, own, kept)) };
  };
  // A workload of another kind goes before this one comes, whatever its pods do.
  if (live === undefined) return { question: rolls ? keeping([]) : question, atOnce: rolls };
  if (!protects) return { question: keeping(rolls ? [] : keptOf(question, live, own)), atOnce: rolls };
  if (!rolls) return { question, atOnce: false };
  // Of what is on its way out only what is missed gets a node, and one that the next template can use.
  const next = askedBy(objectAt(question.owner.expansion.podTemplate, "spec"));
  const usable = keptOf(question, live, own).filter((pod) => askedBy(objectAt(pod, "spec")) === next);
  return { question: keeping(usable.slice(0, Math.max(0, question.desiredPods - bound))), atOnce: false };
}

function goesOn(pod: JsonObject, own: readonly JsonObject[], kept: ReadonlySet<JsonObject>): boolean {
  return !isUnschedulable(pod) || !own.includes(pod) || kept.has(pod);
}

/** As many as are stated, those that ask for what the template says first: others are of an earlier one. */
function keptOf(question: CapacityQuestion, live: JsonObject, own: readonly JsonObject[]): readonly JsonObject[] {
  const stated = askedBy(objectAt(live, "spec", "template", "spec"));
  const waiting = own
    .filter((pod) => nodeOf(pod) === undefined)
    .map((pod) => ({ pod, isStated: askedBy(objectAt(pod, "spec")) === stated }))
    // A webhook may have changed what all pods ask for: then the newest are those of the template.
    .sort((a, b) => Number(b.isStated) - Number(a.isStated) || createdMs(b.pod) - createdMs(a.pod) || byName(a, b));
  const rank = waiting.filter(({ isStated }) => isStated || !isUnseen(live));
  return rank.slice(0, question.desiredPods).map(({ pod }) => pod);
}

/** What decides on which nodes a pod can run. */
function askedBy(podSpec: JsonObject): string {
  const { requests, terms } = demandOf("", podSpec);
  return JSON.stringify([[...requests].sort(), terms]);
}

/** Whether the controller has made no pod of the present template yet. */
function isUnseen(live: JsonObject): boolean {
  const seen = numberAt(live, "status", "observedGeneration") ?? 0;
  return (
    seen < (numberAt(live, "metadata", "generation") ?? 0) || (numberAt(live, "status", "updatedReplicas") ?? 0) === 0
  );
}

function createdMs(pod: JsonObject): number {
  return timeAt(pod, "metadata", "creationTimestamp") ?? 0;
}

function byName(a: { readonly pod: JsonObject }, b: { readonly pod: JsonObject }): number {
  return nameOf(a.pod) < nameOf(b.pod) ? -1 : 1;
}
