import type { Action, Plan } from "../action.ts";
import { hasLostNode } from "../capacity/bins.ts";
import { nameOf, timeAt } from "../capacity/fields.ts";
import { isDeleting, isOver, nodeOf } from "../capacity/pod.ts";
import type { Catalogue } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import { controllerOf, isGated } from "../preset-pod/preset-pod.ts";
import type { PresetPods } from "../preset-pod/trial.ts";
import { OPT_IN, OPT_IN_LABEL } from "../preset-pod/words.ts";
import type { World } from "../world.ts";
import { creations } from "./creations.ts";
import { ifUnused, removals, untilEmptyMs } from "./emptiness.ts";
import { nodeOfClaim, target, usedNodes } from "./live.ts";
import { type PodNews, podNews } from "./pod-news.ts";
import { presetCapacity } from "./preset-capacity.ts";
import { unready, untilUnusableMs, unusable } from "./unusable.ts";

// Nothing tells when the webhook answers again, so it is asked.
const TRIAL_AGAIN_MS = 10_000;
// Where a trial can tell nothing, a pod is replaced at most this often.
const UNKNOWN_REPLACED_AFTER_MS = 30_000;
// A ReplicaSet of hundreds has the same news for all.
const MOST_TOLD = 20;

/**
 * What to do for the pods of one owner that ask for a preset: nodes for those that wait, replacements for those that
 * admission has not seen, and the removal of nodes nobody uses any more.
 */
export function planPresetPods(world: World, presetPods: PresetPods, catalogue: Catalogue): Plan {
  const alive = presetPods.pods.filter((pod) => !isDeleting(pod) && !isOver(pod));
  const gated = alive.filter(isGated);
  const expanded = alive.filter((pod) => !isGated(pod));
  const capacity = presetCapacity(world, expanded, catalogue, presetPods.optedIn);
  const empty = emptyClaims(world, expanded);
  const [replaced, news] = replacements(world, presetPods, gated);
  const again = [
    ...(gated.some(controllerOf) ? [TRIAL_AGAIN_MS] : []),
    ...capacity.againMs,
    ...untilEmptyMs(world, empty),
    ...untilUnusableMs(world),
  ];
  const told = [...capacity.told, ...news].slice(0, MOST_TOLD);
  return {
    actions: [
      ...replaced,
      ...creations(capacity),
      ...removals(world, empty),
      // Nothing but the claim's end tells the next look that this node came to nothing.
      ...unusable(world).map(({ claim, attempt }) => ({ ...ifUnused(claim, attempt.message), tellsItsEnd: true })),
      ...told,
      ...(again.length === 0 ? [] : [{ kind: "requeue", afterMs: Math.min(...again) } as const]),
    ],
    reasons: told.map(({ reason, note }) => ({ reason, message: note })),
    emptyClaims: empty.map(nameOf),
    placeable: capacity.placeable,
    unready: unready(world),
    awaitsLaunches: capacity.awaitsLaunches,
  };
}

/** Claims nobody uses. While a pod has no node yet, each of them may be meant for it, except where its node is lost. */
function emptyClaims(world: World, expanded: readonly JsonObject[]): readonly JsonObject[] {
  const used = usedNodes(world);
  const unused = world.claims.filter((claim) => !isDeleting(claim) && !used.has(nodeOfClaim(claim)));
  const waits = expanded.some((pod) => nodeOf(pod) === undefined);
  return waits ? unused.filter((claim) => hasLostNode(claim, world.nodes, world.nowMs)) : unused;
}

/** A pod that was made while the webhook was away never runs; its owner makes another one when it is gone. */
function replacements(
  world: World,
  { optedIn, trial }: PresetPods,
  gated: readonly JsonObject[],
): readonly [readonly Action[], readonly PodNews[]] {
  const owned = gated.filter((pod) => controllerOf(pod) !== undefined);
  const news = (note: string, pods = gated): readonly PodNews[] => pods.map((pod) => warn(pod, note));
  if (!optedIn) {
    const text = `its namespace does not take part: label it ${OPT_IN_LABEL}=${OPT_IN}, then delete the pod`;
    return [[], news(`not expanded: ${text}`)];
  }
  const orphans = news(
    "not expanded: the webhook was away when it was created, and nothing makes it anew: delete it and create it again",
    gated.filter((pod) => controllerOf(pod) === undefined),
  );
  switch (trial?.kind) {
    case undefined:
      return [[], orphans];
    case "expanded":
      return [owned.map(removal), orphans];
    case "unknown":
      return [owned.filter((pod) => ageMs(world, pod) >= UNKNOWN_REPLACED_AFTER_MS).map(removal), orphans];
    case "unexpanded": {
      const text = "not expanded: the webhook did not answer; the pod is replaced when it does";
      return [[], [...orphans, ...news(text, owned)]];
    }
    case "refused":
      return [[], [...orphans, ...news(`not expanded: ${trial.message}`, owned)]];
  }
}

function removal(pod: JsonObject): Action {
  const { uid, name, namespace } = target(pod);
  return { kind: "delete", target: { apiVersion: "v1", kind: "Pod", namespace, name, uid }, propagation: "Background" };
}

function ageMs(world: World, pod: JsonObject): number {
  return world.nowMs - (timeAt(pod, "metadata", "creationTimestamp") ?? world.nowMs);
}

function warn(pod: JsonObject, note: string): PodNews {
  return podNews(pod, "Warning", "PresetNotExpanded", note);
}
