import { namespaceOf } from "../core/capacity/fields.ts";
import { isDeleting } from "../core/capacity/pod.ts";
import type { JsonObject } from "../core/json.ts";
import { controllerOf, isGated } from "../core/preset-pod/preset-pod.ts";
import { type PresetPods, successorOf, type Trial } from "../core/preset-pod/trial.ts";
import { OPT_IN, OPT_IN_LABEL } from "../core/preset-pod/words.ts";
import { KubeError } from "../kube/error.ts";
import type { Kube } from "../kube/kube.ts";
import { NAMESPACES, PODS } from "../kube/resources.ts";
import { create, get } from "../kube/verbs.ts";

/** Pods of one share key that ask for a preset, with what is asked of the API server about them. */
export async function withTrial(kube: Kube, pods: readonly JsonObject[], signal: AbortSignal): Promise<PresetPods> {
  const name = namespaceOf(pods[0] ?? {});
  const namespace = await get(kube, { resource: NAMESPACES, name }, { signal });
  const optedIn = namespace?.metadata.labels?.[OPT_IN_LABEL] === OPT_IN;
  const waiting = pods.find((pod) => isGated(pod) && controllerOf(pod) !== undefined && !isDeleting(pod));
  if (waiting === undefined || !optedIn) return { pods, optedIn };
  return { pods, optedIn, trial: await tryAgain(kube, waiting, signal) };
}

/** Creates the pod's successor by way of trial: nothing is stored. */
async function tryAgain(kube: Kube, pod: JsonObject, signal: AbortSignal): Promise<Trial> {
  try {
    const made = await create(kube, PODS, successorOf(pod), { dryRun: true, signal });
    return { kind: isGated(made) ? "unexpanded" : "expanded" };
  } catch (error) {
    if (!(error instanceof KubeError) || ![400, 403, 422].includes(error.status)) throw error;
    return error.message.includes("exceeded quota") ? { kind: "unknown" } : { kind: "refused", message: error.message };
  }
}
