import { expect } from "chai";
import type { JsonObject } from "../../../src/core/json.ts";
import {
  applyIn,
  getWorkspace,
  manifest,
  mustGetWorkspace,
  serving,
  training,
  waitForCondition,
  waitForReason,
} from "../e2e/workspaces.ts";
import { describeWith, mustKubectl, namespace, readItems, waitFor } from "../support/cluster.ts";
import { foresailRuns } from "../support/foresail.ts";
import { settings } from "../support/objects.ts";
import { scenarios } from "../support/scenarios.ts";

const A100 = "Standard_NC24ads_A100_v4";
const all = scenarios();

/** A Workspace with a template of its own. */
function own(values: Readonly<Record<string, string>>, spec: JsonObject = {}): JsonObject {
  const template = {
    metadata: { annotations: settings(values) },
    spec: { ...spec, containers: [{ name: "model", image: "registry.example/model:1" }] },
  };
  const resource = { instanceType: A100, labelSelector: { matchLabels: { apps: "m" } } };
  return manifest("m", { resource, inference: { template } });
}

async function told(space: string): Promise<ReadonlySet<string>> {
  const events = await readItems<{ reason: string; regarding: { kind: string } }>(
    `/apis/events.k8s.io/v1/namespaces/${space}/events`,
  );
  return new Set(events.flatMap(({ reason, regarding }) => (regarding.kind === "Workspace" ? [reason] : [])));
}

async function isReady(space: string): Promise<void> {
  await waitForCondition(space, "m", "Ready");
  await mustKubectl(["delete", "workspace", "m", "-n", space, "--wait=false"]);
}

async function podNames(space: string): Promise<readonly string[]> {
  const pods = await readItems<{ metadata: { name: string } }>(`/api/v1/namespaces/${space}/pods`);
  return pods.map(({ metadata }) => metadata.name);
}

all.add("ContainerNotStarted, until the kubelet can", async () => {
  const space = await namespace("runtime");
  await applyIn(space, own({ "start-error": "failed to create containerd task: no such device" }));
  const condition = await waitForReason(space, "m", "Reconciling", "ContainerNotStarted", "no such device");
  expect(condition.message).to.contain("next: mend what the kubelet names");
  await applyIn(space, own({}));
  await isReady(space);
});

all.add("Training, then TrainingFailed, until an input changes", async () => {
  const space = await namespace("trained");
  const object = training("t");
  await applyIn(space, object);
  await waitFor("the pod of the training", async () => (await podNames(space)).length > 0);
  await mustKubectl(["annotate", "pods", "--all", "-n", space, "sim.foresail.dev/job-duration=60s"]);
  await waitForReason(space, "t", "Reconciling", "Training");
  expect((await mustGetWorkspace(space, "t")).status?.state).to.equal("Running");
  await mustKubectl(["patch", "job", "t", "-n", space, "-p", JSON.stringify({ spec: { activeDeadlineSeconds: 1 } })]);
  await waitForReason(space, "t", "Stalled", "TrainingFailed");
  const { status } = await mustGetWorkspace(space, "t");
  expect(status?.state).to.equal("Failed");
  const words = status?.conditions?.map(({ type, reason }) => `${type} ${reason}`);
  expect(words).to.include.members(["JobStarted WorkspaceTuningJobStatusFailed", "WorkspaceSucceeded workspaceFailed"]);
  const tuning = object["tuning"] as JsonObject;
  await applyIn(space, { ...object, tuning: { ...tuning, input: { urls: ["https://example.test/better.parquet"] } } });
  await waitForCondition(space, "t", "WorkspaceSucceeded");
});

all.add("Scheduling, until a scheduler looks at the pod", async () => {
  const space = await namespace("nobody");
  await applyIn(space, own({}, { schedulerName: "nobody" }));
  await waitForReason(space, "m", "Reconciling", "Scheduling", "1 pods have not been scheduled yet");
  await applyIn(space, own({}));
  await isReady(space);
});

all.add("WaitingForScheduler, until the pod that ends is gone", async () => {
  const space = await namespace("ending");
  await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
  await waitForCondition(space, "m", "Ready");
  const [old = ""] = await podNames(space);
  await mustKubectl(["annotate", "pod", old, "-n", space, "sim.foresail.dev/termination=10s"]);
  await mustKubectl(["delete", "pod", old, "-n", space, "--wait=false"]);
  await waitForReason(space, "m", "Reconciling", "WaitingForScheduler", `has room once ${space}/${old} has ended`);
  await isReady(space);
});

all.add("RollingOut, until the new pods are ready", async () => {
  const space = await namespace("rolling");
  await applyIn(space, own({}));
  await waitForCondition(space, "m", "Ready");
  await applyIn(space, own({ "image-pull": "3s" }));
  await waitForCondition(space, "m", "Ready");
  expect(await told(space)).to.include("RollingOut");
  await isReady(space);
});

all.add("WaitingForPredecessor, until what the deleted Workspace left is gone", async () => {
  const space = await namespace("predecessor");
  await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
  await waitForCondition(space, "m", "Ready");
  const finalizers = (kind: string, value: readonly string[] | null): Promise<string> =>
    mustKubectl([
      "patch",
      kind,
      "m",
      "-n",
      space,
      "--type=merge",
      "-p",
      JSON.stringify({ metadata: { finalizers: value } }),
    ]);
  await finalizers("deployment", ["test.example/hold"]);
  await mustKubectl(["delete", "workspace", "m", "-n", space, "--wait=false"]);
  await finalizers("workspace", null);
  await waitFor("the Workspace to go", async () => (await getWorkspace(space, "m")) === undefined);
  await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
  await waitForReason(space, "m", "Reconciling", "WaitingForPredecessor", "is still going");
  await finalizers("deployment", null);
  await isReady(space);
});

all.add("Creating, on the way to a model that answers", async () => {
  const space = await namespace("steps");
  await applyIn(space, own({ "image-pull": "1s" }));
  await waitForCondition(space, "m", "Ready");
  expect(await told(space)).to.include.all.keys("Creating", "WaitingForCapacity", "PullingImage", "Running");
  await isReady(space);
});

all.add("WaitingForPods, until the workload's controller makes one", async () => {
  const space = await namespace("paused");
  await applyIn(space, own({}));
  await waitForCondition(space, "m", "Ready");
  const paused = (value: boolean): Promise<string> =>
    mustKubectl(["patch", "deployment", "m", "-n", space, "-p", JSON.stringify({ spec: { paused: value } })]);
  await paused(true);
  await mustKubectl(["delete", "replicasets", "--all", "-n", space]);
  await waitForReason(space, "m", "Reconciling", "WaitingForPods", "no pod of Deployment exists yet");
  await paused(false);
  await isReady(space);
});

describeWith(
  ["scheduler", "controllerManager", "kwok", "karpenter"],
  "reasons between others, and that go with their cause",
  () => {
    foresailRuns();

    all.define();
  },
);
