import { compact } from "../canonical.ts";
import type { Issue } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import { inferencePod, podEphemeralGiB } from "./inference.ts";
import { overlay } from "./overlay.ts";
import { rememberPod } from "./pod-memo.ts";
import type { ServerQuestion } from "./server.ts";
import { nodeStorageGiB, type Weights, weightsOf } from "./weights.ts";

/** What serving a preset comes to; placement is added by the caller. */
export interface Serving {
  /** Absent when an issue is an error. */
  readonly podTemplate?: JsonObject;
  /** Disk of the node, GiB. */
  readonly storageGiB: number;
  readonly rollout: "surge" | "recreate";
  readonly issues: readonly Issue[];
}

/** The pod of a preset with what the user lays over it, the disk it needs and how it is replaced. */
export function servingPod(asked: Omit<ServerQuestion, "weights">): Serving {
  return rememberPod(asked, () => buildPod(asked));
}

function buildPod(asked: Omit<ServerQuestion, "weights">): Serving {
  const question = withWeights(asked);
  const { weights, model, inference, hardware, workspace, nodeCount } = question;
  const plain = inferencePod(question);
  const common = {
    storageGiB: nodeStorageGiB(weights, model, podEphemeralGiB(question), hardware.podsPerNode),
    rollout: defaultRollout(weights, nodeCount),
  };
  if (inference.template === undefined) return { ...common, podTemplate: plain, issues: [] };
  const context = { name: workspace.metadata.name ?? "", gpuResource: hardware.gpuResource };
  // Our own empty members go before the merge: afterwards nothing tells them from the user's.
  const { pod, issues } = overlay(compact(plain, ["volumes"]) as JsonObject, inference.template, context);
  return { ...common, ...(pod === undefined ? {} : { podTemplate: pod }), issues };
}

/** The same question with where the server has its weights from. */
export function withWeights(asked: Omit<ServerQuestion, "weights">): ServerQuestion {
  return { ...asked, weights: weightsOf({ ...asked, pods: atOnce(asked) }) };
}

/** Whether pods of one Workspace may run beside each other and mount the same claim. */
function atOnce({ options, nodeCount }: Omit<ServerQuestion, "weights">): "one" | "several" {
  const { replicas = 1, rollout } = options;
  const alone = nodeCount === 1 && (replicas === 0 || replicas === 1) && rollout !== "surge";
  return alone ? "one" : "several";
}

/** Ranks of two templates cannot talk to each other, and most claims let in the pods of one node only. */
function defaultRollout(weights: Weights, nodeCount: number): "surge" | "recreate" {
  return nodeCount > 1 || weights.kind === "claim" ? "recreate" : "surge";
}
