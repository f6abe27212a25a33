import type { Action } from "../action.ts";
import { textAt } from "../capacity/fields.ts";
import { annotated, differs, INPUTS_HASH, stamped, TEMPLATE_HASH, templateHash } from "../children/applied.ts";
import { initialPods, statedPods } from "../children/workload.ts";
import type { JsonObject } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";
import { endOf } from "../status/workload.ts";
import { isKaitoMade } from "../take-over/kaito-made.ts";
import { staysBeside } from "../take-over/roll-out.ts";
import type { World } from "../world.ts";
import { isDeleting, kindOf, liveOf, ownWorkloads, target } from "./live.ts";

/** Annotation of a workload: the number of pods that was last applied. */
export const APPLIED_REPLICAS = "foresail.dev/applied-replicas";
/** Annotation of a workload: whether its size is ours to write. */
export const SCALING = "foresail.dev/scaling";

export interface WorkloadStep {
  readonly actions: readonly Action[];
  /** The live workload of the stated kind. */
  readonly live: JsonObject | undefined;
  /** Whether the live workload has the present template already. */
  readonly current: boolean;
}

/** The workload as it is applied, with what we need to recognise it. */
export function marked(workload: JsonObject, expansion: Expansion): JsonObject {
  return stamped(
    annotated(workload, {
      [TEMPLATE_HASH]: templateHash(workload),
      ...(kindOf(workload) === "Job" ? { [INPUTS_HASH]: expansion.inputsHash } : {}),
      ...(kindOf(workload) !== "Job" && statedPods(expansion) === undefined ? { [SCALING]: "external" } : {}),
    }),
  );
}

export function annotation(object: JsonObject | undefined, name: string): string | undefined {
  return textAt(object, "metadata", "annotations", name);
}

/** Whether the live workload was made from another pod template than the desired one. */
export function hasOtherTemplate(live: JsonObject, desired: JsonObject): boolean {
  return annotation(live, TEMPLATE_HASH) !== annotation(desired, TEMPLATE_HASH);
}

/**
 * Brings the workload to what is desired.
 * @param desired the `marked` workload
 * @param hold leaves the running template as it is: its nodes are not there yet, or its configuration is wrong
 */
export function workloadStep(world: World, expansion: Expansion, desired: JsonObject, hold: boolean): WorkloadStep {
  const beside = staysBeside(world, expansion);
  const others = ownWorkloads(world)
    .filter((one) => kindOf(one) !== kindOf(desired))
    .filter((one) => !beside || !isKaitoMade(world, one));
  const live = liveOf(world, desired);
  // Two workloads of one name would both own the pods' label; the old kind goes first, pods included.
  if (others.length > 0) {
    return { live, current: false, actions: hold ? [] : others.filter((one) => !isDeleting(one)).map(foreground) };
  }
  if (live !== undefined && isDeleting(live)) return { live, current: false, actions: [] };
  if (kindOf(desired) === "Job") return jobStep(live, desired, hold);
  // Most of a StatefulSet cannot be changed, and its pods are replaced together all the same.
  if (live !== undefined && kindOf(live) === "StatefulSet" && isKaitoMade(world, live)) {
    return { live, current: false, actions: hold ? [] : [foreground(live)] };
  }
  return scaledStep(world, expansion, live, { desired, hold });
}

function foreground(object: JsonObject): Action {
  return { kind: "delete", target: target(object), propagation: "Foreground" };
}

/** A Job's template cannot change: another one means another Job. One that ended for the same inputs is left as it is. */
function jobStep(live: JsonObject | undefined, desired: JsonObject, hold: boolean): WorkloadStep {
  if (live === undefined) {
    return { live, current: true, actions: hold ? [] : [{ kind: "apply", object: desired, exists: false }] };
  }
  const sameInputs = annotation(live, INPUTS_HASH) === annotation(desired, INPUTS_HASH);
  if (sameInputs && (endOf(live) !== undefined || !hasOtherTemplate(live, desired))) {
    return { live, current: true, actions: [] };
  }
  return { live, current: false, actions: hold ? [] : [foreground(live)] };
}

function scaledStep(
  world: World,
  expansion: Expansion,
  live: JsonObject | undefined,
  { desired, hold }: { readonly desired: JsonObject; readonly hold: boolean },
): WorkloadStep {
  if (live === undefined) return { live, current: true, actions: hold ? [] : creation(expansion, desired) };
  const apply: readonly Action[] = !hold && differs(live, desired) ? [applyOver(world, live, desired)] : [];
  return {
    live,
    current: !hasOtherTemplate(live, desired),
    // Before the template: while the annotation still says external, a crash in between repeats this step.
    actions: [...scaling(expansion, live, desired), ...apply],
  };
}

/** An apply to what is there. */
export function applyOver(world: World, live: JsonObject, desired: JsonObject): Action {
  const takesOver = isKaitoMade(world, live) ? ({ takesOver: true } as const) : {};
  return { kind: "apply", object: desired, exists: true, ...takesOver };
}

/** The size is in the first apply too, else a paused workload would start with one pod; from then on it is not ours. */
function creation(expansion: Expansion, desired: JsonObject): readonly Action[] {
  const spec = { ...(desired["spec"] as JsonObject), replicas: initialPods(expansion) };
  const stated = statedPods(expansion);
  return [
    { kind: "apply", object: { ...desired, spec }, exists: false },
    ...(stated === undefined ? [] : [replicas(desired, stated)]),
  ];
}

function scaling(expansion: Expansion, live: JsonObject, desired: JsonObject): readonly Action[] {
  const stated = statedPods(expansion);
  if (stated === undefined) return [];
  const applied = annotation(live, APPLIED_REPLICAS) === String(stated);
  return applied && annotation(live, SCALING) !== "external" ? [] : [replicas(desired, stated)];
}

function replicas(desired: JsonObject, count: number): Action {
  const { apiVersion, kind } = desired;
  const metadata = {
    name: textAt(desired, "metadata", "name"),
    namespace: textAt(desired, "metadata", "namespace"),
    annotations: { [APPLIED_REPLICAS]: String(count) },
  };
  return { kind: "applyReplicas", object: { apiVersion, kind, metadata, spec: { replicas: count } } };
}
