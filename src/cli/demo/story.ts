import { conditionAt, isTrue, numberAt, objectAt, objectsAt, textAt } from "../../core/capacity/fields.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Expansion } from "../../core/kinds/workspace.ts";
import { shownNodesPrice } from "../../core/prices.ts";

/** What is followed. The order is that of the story: a manifest becomes a pod, the pod a claim, the claim a node. */
export type Actor = "workspace" | "pod" | "claim" | "node";

/** What one watch event says about an object; `before` is absent for a new one, `after` for one that is gone. */
export function told(actor: Actor, before: JsonObject | undefined, after: JsonObject | undefined): readonly string[] {
  if (after === undefined) return before === undefined ? [] : ["is gone"];
  switch (actor) {
    case "workspace":
      return workspaceTold(before, after);
    case "pod":
      return podTold(before, after);
    case "claim":
      return claimTold(before, after);
    case "node":
      return nodeTold(before, after);
  }
}

function workspaceTold(before: JsonObject | undefined, after: JsonObject): readonly string[] {
  const expansion = after["expansion"] as Expansion | undefined;
  const admitted = before?.["expansion"] === undefined && expansion !== undefined ? [expansionTold(expansion)] : [];
  const reached = ["ResourceReady", "InferenceReady", "JobStarted", "WorkspaceReady"]
    .filter((type) => turned(type, before, after))
    .map((type) => `${type} is True`);
  const stalled = turned("Stalled", before, after) ? [`is stalled: ${messageOf(after, "Stalled")}`] : [];
  return [...admitted, ...reached, ...stalled];
}

/** What admission made of a manifest, in one line. */
export function expansionTold(expansion: Expansion): string {
  const { preset, instanceType = "own hardware", nodeCount, gpu, memory, nodes, workload } = expansion;
  const parts = [
    `admission made ${workload.kind} of it`,
    ...(preset === undefined ? [] : [`${preset.runtime} ${preset.image.split("/").at(-1)}`]),
    `${nodeCount} x ${instanceType}${gpu?.model === undefined ? "" : ` (${gpu.perNode} ${gpu.model})`}`,
    ...(memory === undefined
      ? []
      : [`${memory.weightsGiB} of ${memory.perGpuGiB} GiB are weights, context ${memory.maxModelLen}`]),
    ...(nodes.hourlyPriceUsd === undefined ? [] : [shownNodesPrice(nodes.hourlyPriceUsd, nodes.capacityTypes)]),
  ];
  return parts.join(", ");
}

function podTold(before: JsonObject | undefined, after: JsonObject): readonly string[] {
  const scheduled = conditionAt(after, "PodScheduled");
  const refusedBefore = conditionAt(before, "PodScheduled")?.["reason"] === "Unschedulable";
  const refused = scheduled?.["reason"] === "Unschedulable" && !refusedBefore;
  const node = textAt(after, "spec", "nodeName");
  const phase = textAt(after, "status", "phase");
  return [
    ...(refused ? [`is Unschedulable: ${messageOf(after, "PodScheduled")}`] : []),
    ...(node !== undefined && textAt(before, "spec", "nodeName") === undefined ? [`is bound to ${node}`] : []),
    ...(turned("Ready", before, after) ? ["is Running and Ready"] : []),
    ...(phase !== textAt(before, "status", "phase") && (phase === "Succeeded" || phase === "Failed") ? [phase] : []),
  ];
}

function claimTold(before: JsonObject | undefined, after: JsonObject): readonly string[] {
  const asked = before === undefined ? [`asks for ${requirement(after, "node.kubernetes.io/instance-type")}`] : [];
  const steps = ["Launched", "Registered", "Initialized", "Ready"]
    .filter((type) => turned(type, before, after))
    .map((type) => `is ${type}`);
  return [...asked, ...steps];
}

function requirement(claim: JsonObject, key: string): string {
  const found = objectsAt(claim, "spec", "requirements").find((one) => one["key"] === key);
  return Array.isArray(found?.["values"]) ? found["values"].join(" or ") : "any size";
}

function nodeTold(before: JsonObject | undefined, after: JsonObject): readonly string[] {
  const gpus = gpusOf(after);
  return [
    ...(before === undefined ? ["has registered"] : []),
    ...(turned("Ready", before, after) ? [`is Ready${gpus > 0 ? ` with ${gpus} GPU` : ""}`] : []),
    ...(gpus > 0 && gpusOf(before) === 0 && !turned("Ready", before, after) ? [`offers ${gpus} GPU`] : []),
  ];
}

function gpusOf(node: JsonObject | undefined): number {
  return Number(objectAt(node, "status", "allocatable")["nvidia.com/gpu"] ?? 0);
}

function turned(type: string, before: JsonObject | undefined, after: JsonObject): boolean {
  return isTrue(conditionAt(after, type)) && !isTrue(conditionAt(before, type));
}

/** First sentence of a condition's message. */
export function messageOf(object: JsonObject, type: string): string {
  const condition = conditionAt(object, type);
  const text = textAt(condition, "message") ?? textAt(condition, "reason") ?? "no reason given";
  return text.split(/\. |\n/)[0] ?? text;
}

/** Whether a Workspace is where the demo wants it: the model answers, or the tuning run has at least started. */
export function isThere(workspace: JsonObject | undefined): boolean {
  if (workspace === undefined || numberAt(workspace, "status", "observedGeneration") === undefined) return false;
  if (workspace["tuning"] !== undefined && isTrue(conditionAt(workspace, "JobStarted"))) return true;
  return ["ResourceReady", "InferenceReady", "WorkspaceReady"].every((type) => isTrue(conditionAt(workspace, type)));
}
