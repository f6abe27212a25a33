import type { JsonObject } from "../../../src/core/json.ts";
import type { Meaning, State } from "./state.ts";

type Told = readonly [type: string, status: string, reason: string, message: string];

interface Options {
  /** metadata.generation; conditions are of 1. */
  readonly generation?: number;
  readonly tuning?: boolean;
  readonly deleting?: boolean;
  /** Conditions without observedGeneration and no `state`, as v1alpha1 and older versions tell. */
  readonly old?: boolean;
}

const NODES: readonly Told[] = [
  ["NodeClaimReady", "True", "NodeClaimsReady", "all NodeClaims are ready"],
  ["NodesReady", "True", "NodesReady", "all nodes are ready"],
  ["ResourceReady", "True", "workspaceResourceStatusSuccess", "workspace resource is ready"],
];
const NO_NODES: readonly Told[] = [
  ["NodeClaimReady", "False", "NodeClaimNotReady", "Ready NodeClaims are not enough"],
  ["NodesReady", "False", "NodeNotReady", "Not enough Nodes are ready"],
  ["ResourceReady", "False", "workspaceResourceStatusNotReady", "node claim or node status condition not ready"],
];
const SERVES: Told = [
  "InferenceReady",
  "True",
  "WorkspaceInferenceStatusSuccess",
  "Inference has been deployed successfully",
];
const DONE: Told = ["WorkspaceSucceeded", "True", "workspaceSucceeded", "workspace succeeds"];
const PENDING: Told = [
  "WorkspaceSucceeded",
  "False",
  "workspacePending",
  "workspace is waiting for inference workload readiness",
];
const starting = (reason: string, message: string): Told => ["InferenceReady", "False", reason, message];
const NOT_YET = starting("WorkspaceInferenceStatusPending", "Inference workload is not ready");
const job = (status: string, reason: string, message: string): Told => [
  "JobStarted",
  status,
  `WorkspaceTuningJobStatus${reason}`,
  message,
];

/**
 * The states of a Workspace that KAITO v0.12.0 runs, with its conditions, reasons, messages and `state`
 * (pkg/workspace/controllers/workspace_controller.go: applyInferenceWorkspaceStatus, applyTuningWorkspaceStatus;
 * pkg/nodeprovision/gpu-provisioner/gpu_provisioner.go).
 */
export function kaitoStates(): readonly State[] {
  return [
    { name: "kaito_just_created", meaning: "working", object: workspace(undefined) },
    kaito("waiting_for_nodes", "working", "Pending", [...NO_NODES, NOT_YET, PENDING]),
    kaito("starting", "working", "Pending", [...NODES, NOT_YET, PENDING]),
    kaito("unschedulable", "working", "Pending", [
      ...NODES,
      starting("Unschedulable", 'pod "phi-0" is unschedulable: 0/3 nodes are available'),
      PENDING,
    ]),
    kaito("image_not_pulled", "trouble", "Pending", [
      ...NODES,
      starting("ImagePullError", 'failed to pull image "example.test/base:1"'),
      PENDING,
    ]),
    kaito("serving", "healthy", "Ready", [...NODES, SERVES, DONE]),
    kaito("serving_old_status", "healthy", "", [...NODES, SERVES, DONE], { old: true }),
    kaito("changed_while_serving", "working", "Ready", [...NODES, SERVES, DONE], { generation: 2 }),
    kaito("restarting", "working", "NotReady", [...NODES, NOT_YET, PENDING]),
    kaito("crash_loop", "trouble", "NotReady", [
      ...NODES,
      starting("ContainerCrashLoopBackOff", "container phi is in CrashLoopBackOff"),
      PENDING,
    ]),
    kaito("nodes_lost", "trouble", "NotReady", [...NO_NODES, NOT_YET, PENDING]),
    kaito("benchmark_failed", "failed", "NotReady", [
      ...NODES,
      SERVES,
      ["BenchmarkCompleted", "False", "BenchmarkFailed", "no benchmark result in the log"],
      ["WorkspaceSucceeded", "False", "BenchmarkFailed", "no benchmark result in the log"],
    ]),
    ...tuningStates(),
    kaito(
      "deleting",
      "deleting",
      "Ready",
      [...NODES, SERVES, DONE, ["WorkspaceDeleting", "True", "workspaceDeleted", "workspace is being deleted"]],
      { deleting: true },
    ),
  ];
}

function tuningStates(): readonly State[] {
  const not = (reason: string, message: string): Told => ["WorkspaceSucceeded", "False", reason, message];
  const tuning = { tuning: true };
  const started = job("True", "Started", "Tuning job has started");
  const waits = not("workspacePending", "workspace is initializing, tuning job has not started");
  const runs = not("workspacePending", "workspace has not completed yet, tuning job is running");
  const failed = job("False", "Failed", "tuning job failed");
  const notStarted = job("False", "Pending", "Tuning job has not started");
  return [
    kaito("tuning_waiting", "working", "Pending", [...NO_NODES, notStarted, waits], tuning),
    kaito("tuning_running", "working", "Running", [...NODES, started, runs], tuning),
    kaito("tuning_succeeded", "healthy", "Succeeded", [...NODES, started, DONE], tuning),
    kaito("tuning_failed", "failed", "Failed", [...NODES, failed, not("workspaceFailed", "tuning job failed")], tuning),
  ];
}

function kaito(name: string, meaning: Meaning, state: string, told: readonly Told[], options: Options = {}): State {
  const conditions = told.map(([type, status, reason, message]) => ({
    type,
    status,
    reason,
    message,
    ...(options.old === true ? {} : { observedGeneration: 1 }),
    lastTransitionTime: "2026-11-22T12:00:00Z",
  }));
  const status = { conditions, ...(options.old === true ? {} : { state, targetNodeCount: 1 }) };
  return { name: `kaito_${name}`, meaning, object: workspace(status, options) };
}

function workspace(status: JsonObject | undefined, options: Options = {}): JsonObject {
  const preset = { name: "phi-4", accessMode: "public" };
  const does =
    options.tuning === true
      ? {
          tuning: {
            method: "qlora",
            preset,
            input: { urls: ["https://example.test/data"] },
            output: { image: "a/b:1" },
          },
        }
      : { inference: { preset } };
  return {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: {
      name: "phi",
      namespace: "models",
      generation: options.generation ?? 1,
      ...(status === undefined ? {} : { finalizers: ["workspace.finalizer.kaito.sh"] }),
      ...(options.deleting === true ? { deletionTimestamp: "2026-11-22T12:30:00Z" } : {}),
    },
    resource: { count: 1, labelSelector: { matchLabels: { apps: "phi" } } },
    ...does,
    ...(status === undefined ? {} : { status }),
  };
}
