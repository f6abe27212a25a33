import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import type { Pod } from "kubernetes-types/core/v1.js";
import { after, before, it } from "mocha";
import { conditionAt, isTrue, objectsAt, textAt, textsAt } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Condition } from "../../../src/core/kinds/workspace-status.ts";
import { applyIn, getWorkspace, manifest, mustGetWorkspace, serving, waitForCondition } from "../e2e/workspaces.ts";
import {
  apply,
  cluster,
  describeWith,
  kubectl,
  mustKubectl,
  namespace,
  read,
  readItems,
  waitFor,
} from "../support/cluster.ts";
import { foresailRuns } from "../support/foresail.ts";
import { nodeClaim, settings, weightsIn } from "../support/objects.ts";
import { startReconciler } from "../support/reconciler.ts";
import { scenarios } from "../support/scenarios.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";

const A100 = "Standard_NC24ads_A100_v4";
const H100 = "Standard_NC40ads_H100_v5";
const IMAGE = "registry.example/model:1";
const ZONE = "topology.kubernetes.io/zone";

/** A Workspace with a template of its own, whose pods the simulation treats as these settings say. */
function own(
  values: Readonly<Record<string, string>>,
  container: JsonObject = {},
  metadata: JsonObject = {},
): JsonObject {
  const template = {
    metadata: { annotations: settings(values) },
    spec: {
      containers: [{ name: "model", image: IMAGE, ...container }],
    },
  };
  const resource = { instanceType: A100, labelSelector: { matchLabels: { apps: "m" } } };
  return manifest("m", { resource, inference: { template } }, metadata);
}

/** One with a preset, of which git says nothing but how the simulation is to treat its pods. */
function preset(values: Readonly<Record<string, string>>): JsonObject {
  const template = { metadata: { annotations: settings(values) } };
  const object = serving("m", "phi-4-mini-instruct", A100);
  return { ...object, inference: { preset: { name: "phi-4-mini-instruct" }, template } };
}

/** Waits until the Workspace's condition has the reason and its message says this, and gives it. */
async function because(space: string, type: string, reason: string, words = ""): Promise<Condition> {
  let last: readonly Condition[] | undefined;
  const found = waitFor(`${type} because of ${reason}: ${words}`, async () => {
    last = (await getWorkspace(space, "m"))?.status?.conditions;
    return last?.find((one) => one.type === type && one.reason === reason && one.message.includes(words));
  });
  return await found.catch((error: unknown) => {
    throw new Error(`${String(error)}; conditions: ${JSON.stringify(last)}`);
  });
}

async function kaito(space: string): Promise<string | undefined> {
  const { status } = await mustGetWorkspace(space, "m");
  return status?.conditions?.find((one) => one.type === "InferenceReady")?.reason;
}

const MOST_LOOKS = 5;

async function allReady(space: string): Promise<true | undefined> {
  const pods = await readItems<Pod>(`/api/v1/namespaces/${space}/pods`);
  return pods.every((pod) => pod.status?.containerStatuses?.[0]?.ready === true) || undefined;
}

/** Takes the cause away: the simulated kubelet looks at its pods again. */
async function mend(space: string, setting: string): Promise<void> {
  await looksAgain(space, [`sim.foresail.dev/${setting}-`]);
}

/** The simulation may miss a change that meets one of its own; any other change has it look again. */
async function looksAgain(space: string, changes: readonly string[] = []): Promise<void> {
  for (let look = 1; look <= MOST_LOOKS; look++) {
    await mustKubectl(["annotate", "pods", "--all", "-n", space, "--overwrite", `look=${look}`, ...changes]);
    const pods = await waitFor("the container to run", () => allReady(space), 5000).catch(() => undefined);
    if (pods !== undefined) return;
  }
  throw new Error(`the simulation did not start the container of ${space}: ${changes.join(" ")}`);
}

async function isReady(space: string): Promise<void> {
  await waitForCondition(space, "m", "Ready");
  await mustKubectl(["delete", "workspace", "m", "-n", space, "--wait=false"]);
}

async function nodeOf(space: string): Promise<string> {
  return await waitFor("the pod's node", async () => {
    const pods = await readItems<{ spec: { nodeName?: string } }>(`/api/v1/namespaces/${space}/pods`);
    return pods[0]?.spec.nodeName;
  });
}

const all = scenarios();

all.add("SecretMissing", async () => {
  const space = await namespace("secret");
  await applyIn(space, own({ "start-error": 'secret "hf-token" not found' }));
  const stalled = await because(space, "Stalled", "SecretMissing");
  expect(stalled.message).to.contain('secret "hf-token" not found; next: create the Secret');
  expect(await kaito(space)).to.equal("ContainerStartError");
  await mustKubectl(["create", "secret", "generic", "hf-token", "-n", space]);
  await mend(space, "start-error");
  await isReady(space);
});

all.add("SecretMissing of a volume, which the kubelet tells by an event", async () => {
  const space = await namespace("mount");
  await applyIn(space, own({ "mount-error": "yes" }));
  const words =
    'cannot mount a volume: MountVolume.SetUp failed for volume "credentials" : secret "registry-login" not found';
  await because(space, "Stalled", "SecretMissing", words);
  await mend(space, "mount-error");
  await isReady(space);
});

all.add("ConfigMissing of a container that takes its environment from it", async () => {
  const space = await namespace("config");
  const envFrom = [{ configMapRef: { name: "settings" } }];
  await applyIn(space, own({ "start-error": 'configmap "settings" not found' }, { envFrom }));
  const words = 'configmap "settings" not found; next: create it in the Workspace';
  await because(space, "Stalled", "ConfigMissing", words);
  expect(await kaito(space)).to.equal("ContainerStartError");
  await mustKubectl(["create", "configmap", "settings", "-n", space]);
  await mend(space, "start-error");
  await isReady(space);
});

all.add("OutOfStock of a node class that is missing, until it is mended: the others never wait for it", async () => {
  const space = await namespace("stock");
  // Karpenter answers a missing node class as it does a lack of capacity: it deletes the claim.
  const missing = { "kaito.sh/node-class-name": "missing" };
  await applyIn(space, serving("m", "phi-4-mini-instruct", A100, { annotations: missing }));
  await because(space, "Reconciling", "OutOfStock", `tried: ${A100} (on-demand): `);
  const other = await namespace("stock-of-others");
  await applyIn(other, serving("m", "phi-4-mini-instruct", A100));
  await isReady(other);
  await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
  const { status } = await waitForCondition(space, "m", "Ready");
  expect(status?.nodes?.map(({ instanceType }) => instanceType)).to.deep.equal([A100]);
  await isReady(space);
});

all.add("NameTaken, until the other one is gone", async () => {
  const space = await namespace("taken");
  const service = { apiVersion: "v1", kind: "Service", metadata: { name: "m", namespace: space } };
  await apply({ ...service, spec: { ports: [{ port: 1 }], selector: { app: "theirs" } } });
  await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
  const stalled = await because(space, "Stalled", "NameTaken");
  expect(stalled.message).to.contain("Service m exists");
  const theirs = await read<{ spec: { selector: JsonObject } }>(`/api/v1/namespaces/${space}/services/m`);
  expect(theirs?.spec.selector).to.deep.equal({ app: "theirs" });
  expect(await read(`/apis/apps/v1/namespaces/${space}/deployments/m`)).to.equal(undefined);
  await mustKubectl(["delete", "service", "m", "-n", space]);
  // Other people's objects are not watched: it is looked again every minute.
  const isFree = async () => (await read(`/apis/apps/v1/namespaces/${space}/deployments/m`)) !== undefined;
  await waitFor("the name to be taken over", isFree, 90_000);
  await isReady(space);
});

all.add("ModelAccessDenied", async () => {
  const space = await namespace("denied");
  const words = "OSError: You are trying to access a gated repo.\n401 Client Error. (Request ID: Root=1-2)";
  await applyIn(space, preset({ crash: "Error", "crash-message": words }));
  await because(space, "Stalled", "ModelAccessDenied", "401 Client Error. (Request ID: Root=1-2) (exit code 1");
  await mend(space, "crash");
  await isReady(space);
});

all.add("OutOfMemory of the host, told by one event however often it ends", async () => {
  const space = await namespace("oom");
  await applyIn(space, own({ crash: "OOMKilled", "crash-after": "200ms", "crash-backoff": "200ms" }));
  await because(space, "Reconciling", "OutOfMemory", "3 restarts");
  expect(await kaito(space)).to.equal("ContainerOOMKilled");
  const events = await readItems<{ reason: string }>(`/apis/events.k8s.io/v1/namespaces/${space}/events`);
  expect(events.filter(({ reason }) => reason === "OutOfMemory")).to.have.length(1);
  await mend(space, "crash");
  await isReady(space);
});

all.add("OutOfMemory of the GPU, with the numbers of the memory model", async () => {
  const space = await namespace("cuda");
  await applyIn(space, preset({ crash: "Error", "crash-message": "torch.OutOfMemoryError: CUDA out of memory." }));
  const told = await because(space, "Reconciling", "OutOfMemory", "CUDA out of memory");
  const { expansion } = await mustGetWorkspace(space, "m");
  expect(told.message).to.contain(
    `weights ${expansion?.memory?.weightsGiB}, overhead ${expansion?.memory?.overheadGiB}`,
  );
  await mend(space, "crash");
  await isReady(space);
});

all.add("LoadingModel, then CrashLooping with the last line", async () => {
  const space = await namespace("crash");
  await applyIn(
    space,
    preset({ crash: "Error", "crash-after": "4s", "crash-message": "first\nValueError: no such flag\n" }),
  );
  await because(space, "Reconciling", "LoadingModel");
  await because(space, "Reconciling", "CrashLooping", "its last line: ValueError: no such flag");
  expect(await because(space, "Ready", "CrashLooping")).to.include({ status: "False" });
  await mend(space, "crash");
  await isReady(space);
});

all.add("ImagePullFailed", async () => {
  const space = await namespace("image");
  await applyIn(space, own({ "image-pull": "fail" }));
  await because(space, "Reconciling", "ImagePullFailed", `Back-off pulling image ${IMAGE}`);
  expect(await kaito(space)).to.equal("ImagePullError");
  await mend(space, "image-pull");
  await isReady(space);
});

all.add("PullingImage with its size", async () => {
  const space = await namespace("pull");
  const image = `registry.example/${space}:1`;
  const status = { images: [{ names: [image], sizeBytes: 16_642_998_272 }] };
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: space }, status };
  await cluster().api.must({ method: "POST", path: "/api/v1/nodes", body: node });
  await applyIn(space, own({ "image-pull": "5s" }, { image }));
  await because(space, "Reconciling", "PullingImage", `${image} (15.50 GiB)`);
  await mustKubectl(["delete", "node", space]);
  await isReady(space);
});

all.add("Evicted, until the successor is ready", async () => {
  const space = await namespace("evicted");
  await applyIn(space, own({ "image-pull": "3s" }));
  await nodeOf(space);
  await looksAgain(space);
  await waitForCondition(space, "m", "Ready");
  const words = "The node was low on resource: ephemeral-storage.";
  await mustKubectl(["annotate", "pods", "--all", "-n", space, `sim.foresail.dev/evict=${words}`]);
  await because(space, "Reconciling", "Evicted", "was evicted: The node was low on resource: ephemeral-storage");
  expect(await kaito(space)).to.equal("PodEvicted");
  await isReady(space);
});

all.add("NodeUnderPressure", async () => {
  const space = await namespace("pressure");
  await applyIn(space, own({ "image-pull": "60s" }));
  const node = await nodeOf(space);
  await mustKubectl(["annotate", "node", node, "sim.foresail.dev/disk-pressure=true"]);
  await because(
    space,
    "Reconciling",
    "NodeUnderPressure",
    `node ${node} has DiskPressure: the disk of this node is full`,
  );
  expect(await kaito(space)).to.equal("NodeDiskPressure");
  await mustKubectl(["annotate", "node", node, "sim.foresail.dev/disk-pressure-"]);
  await because(space, "Reconciling", "PullingImage");
  await mustKubectl(["delete", "workspace", "m", "-n", space, "--wait=false"]);
});

all.add("VolumePending: a PersistentVolumeClaim that is not there", async () => {
  const space = await namespace("volume");
  await applyIn(
    space,
    serving("m", "phi-4-mini-instruct", A100, { annotations: { "foresail.dev/weights-claim": "w" } }),
  );
  await because(space, "Reconciling", "VolumePending", 'persistentvolumeclaim "w" not found');
  const size = { storage: "100Gi" };
  const accessModes = ["ReadWriteMany"];
  const hostPath = { path: "/weights" };
  await apply(
    {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: space },
      spec: { capacity: size, accessModes, hostPath, claimRef: { namespace: space, name: "w" } },
    },
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "w", namespace: space },
      spec: { accessModes, resources: { requests: size }, storageClassName: "", volumeName: space },
    },
  );
  await isReady(space);
});

/** Zones that the claims of a namespace's Workspaces ask for. */
async function zonesAskedFor(space: string): Promise<readonly string[] | undefined> {
  const selector = encodeURIComponent(`foresail.dev/workspace-namespace=${space}`);
  const claims = await readItems<JsonObject>(`/apis/karpenter.sh/v1/nodeclaims?labelSelector=${selector}`);
  if (claims.length === 0) return undefined;
  const stated = claims.flatMap((claim) => objectsAt(claim, "spec", "requirements"));
  return stated.flatMap((one) => (one["key"] === ZONE ? textsAt(one, "values") : []));
}

all.add("VolumeNodeAffinityConflict: weights in a zone that is not allowed, until it is", async () => {
  const space = await namespace("zones");
  await apply(...weightsIn(space, "eastus-2"));
  const allowing = (zones: string): JsonObject =>
    serving("m", "phi-4-mini-instruct", A100, {
      annotations: { "foresail.dev/weights-claim": "w", "foresail.dev/zones": zones },
    });
  await applyIn(space, allowing("eastus-1,eastus-3"));
  const words = `volume ${space} of PersistentVolumeClaim w can be used only where ${ZONE} is eastus-2`;
  const told = await because(space, "Stalled", "VolumeNodeAffinityConflict", words);
  expect(told.message).to.contain("zones allows eastus-1, eastus-3; next: add eastus-2 to foresail.dev/zones");
  expect(await zonesAskedFor(space)).to.equal(undefined);
  await applyIn(space, allowing("eastus-1,eastus-2"));
  await waitForCondition(space, "m", "Ready");
  expect(await zonesAskedFor(space)).to.deep.equal(["eastus-2"]);
  await isReady(space);
});

all.add("WaitingForCapacity: weights bring their node into their zone, whatever zones of nodes there are", async () => {
  const space = await namespace("zone");
  await apply(...weightsIn(space, "eastus-3"));
  const annotations = { "foresail.dev/weights-claim": "w" };
  await applyIn(space, serving("m", "phi-4-mini-instruct", A100, { annotations }));
  await waitForCondition(space, "m", "Ready");
  expect(await zonesAskedFor(space)).to.deep.equal(["eastus-3"]);
  const node = await cluster().api.must({ method: "GET", path: `/api/v1/nodes/${await nodeOf(space)}` });
  expect(textAt(node, "metadata", "labels", ZONE)).to.equal("eastus-3");
  await isReady(space);
});

all.add(
  "WaitingForCapacity: a volume that is still to be made has its node where its StorageClass allows it",
  async () => {
    const space = await namespace("class");
    await apply(
      {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name: space },
        provisioner: "simulated.example/disk",
        volumeBindingMode: "WaitForFirstConsumer",
        allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values: ["eastus-2"] }] }],
      },
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "w", namespace: space },
        spec: { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "1Gi" } }, storageClassName: space },
      },
    );
    const annotations = { "foresail.dev/weights-claim": "w" };
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100, { annotations }));
    const zones = await waitFor("a claim", () => zonesAskedFor(space));
    expect(zones).to.deep.equal(["eastus-2"]);
    // The scheduler has found the node when it names it to the driver, of which there is none here.
    const chosen = await waitFor("the scheduler to choose the node", async () => {
      const claims = await readItems<JsonObject>(`/api/v1/namespaces/${space}/persistentvolumeclaims`);
      return textAt(claims[0], "metadata", "annotations", "volume.kubernetes.io/selected-node");
    });
    const node = await cluster().api.must({ method: "GET", path: `/api/v1/nodes/${chosen}` });
    expect(textAt(node, "metadata", "labels", ZONE)).to.equal("eastus-2");
    await mustKubectl(["delete", "workspace", "m", "-n", space, "--wait=false"]);
    await mustKubectl(["delete", "storageclass", space]);
  },
);

const noGpus = (space: string): JsonObject => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "no-gpus", namespace: space },
  spec: { hard: { "requests.nvidia.com/gpu": "0" } },
});

all.add("PodRefused by a ResourceQuota", async () => {
  const space = await namespace("quota");
  await apply(noGpus(space));
  await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
  await because(space, "Reconciling", "PodRefused", "ResourceQuota no-gpus refuses the pod: pods ");
  await mustKubectl(["delete", "resourcequota", "no-gpus", "-n", space]);
  await isReady(space);
});

all.add("PodRefused by Pod Security", async () => {
  const space = await namespace("security");
  await mustKubectl(["label", "namespace", space, "pod-security.kubernetes.io/enforce=restricted"]);
  await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
  const said = await because(space, "Stalled", "PodRefused", "Pod Security (restricted:latest of this namespace)");
  expect(said.message).to.contain("next: use a namespace whose label");
  await mustKubectl(["label", "namespace", space, "pod-security.kubernetes.io/enforce-"]);
  await isReady(space);
});

all.add("PodRefused by a ValidatingAdmissionPolicy", async () => {
  const space = await namespace("policy");
  const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }];
  const matchLabels = { "kubernetes.io/metadata.name": space };
  const common = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name: space } };
  await apply(
    {
      ...common,
      kind: "ValidatingAdmissionPolicy",
      spec: {
        matchConstraints: { resourceRules: rules, namespaceSelector: { matchLabels } },
        validations: [{ expression: "false", message: "no pods on Sundays" }],
      },
    },
    {
      ...common,
      kind: "ValidatingAdmissionPolicyBinding",
      spec: { policyName: space, validationActions: ["Deny"] },
    },
  );
  await waitFor("the policy to hold", async () => {
    const tried = await kubectl(["run", "try", "--image=x", "-n", space, "--dry-run=server"]);
    return tried.stderr.includes("no pods on Sundays");
  });
  await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
  await because(space, "Stalled", "PodRefused", `ValidatingAdmissionPolicy ${space} refuses the pod: pods `);
  await mustKubectl(["delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", space]);
  await isReady(space);
});

all.add("WaitingForCapacity, then NodeNotJoining", async () => {
  const space = await namespace("joining");
  const annotations = { "kaito.sh/node-class-name": "registers-late" };
  await applyIn(space, serving("m", "phi-4-mini-instruct", A100, { annotations }));
  await because(space, "Reconciling", "WaitingForCapacity");
  await because(space, "Reconciling", "NodeNotJoining", "and its node has not joined");
  await isReady(space);
});

all.add("GpuNotReady: no device plugin, one that leaves the node out, one that runs there", async () => {
  const space = await namespace("gpu");
  const matchLabels = { apps: space, "simulated.example/gpu-delay": "25s" };
  const resource = { instanceType: A100, labelSelector: { matchLabels } };
  await applyIn(space, manifest("m", { resource, inference: { preset: { name: "phi-4-mini-instruct" } } }));
  const told = await because(space, "Stalled", "GpuNotReady", "no DaemonSet of a device plugin for nvidia.com/gpu");
  expect(told.message).to.match(/node \S+ is Ready for 0 minutes and offers no nvidia.com\/gpu/);
  const plugin = (spec: JsonObject): JsonObject => ({
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "nvidia", namespace: space },
    spec: {
      selector: { matchLabels: { app: "nvidia" } },
      template: {
        metadata: { labels: { app: "nvidia" } },
        spec: {
          nodeSelector: { apps: space },
          containers: [{ name: "plugin", image: "nvcr.io/nvidia/k8s-device-plugin:v0.17.4" }],
          volumes: [{ name: "sockets", hostPath: { path: "/var/lib/kubelet/device-plugins" } }],
          ...spec,
        },
      },
    },
  });
  await apply(plugin({}));
  const missing = "it has no toleration for the taint sku=gpu:NoSchedule";
  await because(space, "Stalled", "GpuNotReady", `DaemonSet ${space}/nvidia leaves it out: ${missing}`);
  await apply(plugin({ tolerations: [{ key: "sku", operator: "Exists" }] }));
  await because(space, "Reconciling", "GpuNotReady", `DaemonSet ${space}/nvidia runs its device plugin there`);
  await isReady(space);
  await mustKubectl(["delete", "daemonset", "nvidia", "-n", space]);
});

all.add("GpuNotReady: GPUs that go from a node whose pod has to start again, and come back", async () => {
  const space = await namespace("gpulost");
  const resource = { instanceType: A100, labelSelector: { matchLabels: { apps: space } } };
  await applyIn(space, manifest("m", { resource, inference: { preset: { name: "phi-4-mini-instruct" } } }));
  await waitForCondition(space, "m", "Ready");
  const node = await nodeOf(space);
  const claims = () => readItems<JsonObject>(`/apis/karpenter.sh/v1/nodeclaims?labelSelector=apps%3D${space}`);
  const offer = async (gpus: string): Promise<void> => {
    const patch = { status: { allocatable: { "nvidia.com/gpu": gpus }, capacity: { "nvidia.com/gpu": gpus } } };
    await mustKubectl(["patch", "node", node, "--subresource=status", "--type=merge", "-p", JSON.stringify(patch)]);
  };
  // A node that is Ready may not be Initialized yet, and one that never was is waited for as one that never had GPUs.
  await waitFor("the claim to be Initialized", async () => {
    const [claim] = await claims();
    return (claim !== undefined && isTrue(conditionAt(claim, "Initialized"))) || undefined;
  });
  // As after a reboot without driver: the kubelet refuses the pod its GPU, and the next one finds none on the node.
  await offer("0");
  // The scheduler may learn of the node's loss after the first pod that follows.
  await waitFor("a pod without node", async () => {
    await mustKubectl(["delete", "pods", "--all", "-n", space]);
    await pause(1000);
    const pods = await readItems<Pod>(`/api/v1/namespaces/${space}/pods`);
    return (pods.length > 0 && pods.every((pod) => pod.spec?.nodeName === undefined)) || undefined;
  });
  await because(space, "Ready", "GpuNotReady", `node ${node} is Ready and has offered no nvidia.com/gpu any more`);
  expect(await claims()).to.have.length(1);
  await offer("1");
  await waitForCondition(space, "m", "Ready");
  expect(await nodeOf(space)).to.equal(node);
  await isReady(space);
});

all.add("TooExpensive: a second replica beyond the ceiling", async () => {
  const space = await namespace("price");
  const annotations = { "foresail.dev/max-hourly-price": "5", "foresail.dev/replicas": "external" };
  await applyIn(space, serving("m", "phi-4-mini-instruct", A100, { annotations }));
  await waitForCondition(space, "m", "Ready");
  await mustKubectl(["scale", "deployment", "m", "-n", space, "--replicas=2"]);
  await because(space, "Stalled", "TooExpensive", "foresail.dev/max-hourly-price is 5 USD");
  await mustKubectl(["scale", "deployment", "m", "-n", space, "--replicas=1"]);
  await isReady(space);
});

all.add("PodDoesNotFitNode: more memory than any size that may be used", async () => {
  const space = await namespace("fit");
  const asks = (memory: string): JsonObject => own({}, { resources: { requests: { memory } } });
  await applyIn(space, asks("1000Gi"));
  await because(space, "Stalled", "PodDoesNotFitNode", "too little memory");
  await applyIn(space, asks("10Gi"));
  await isReady(space);
});

all.add("ResourceClaimsUnsupported: a policy that gives pods claims of devices, until it goes", async () => {
  const space = await namespace("dra");
  const name = `claims-${space}`;
  const group = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name } };
  const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }];
  const here = { matchLabels: { "kubernetes.io/metadata.name": space } };
  const expression =
    'Object{spec: Object.spec{resourceClaims: [Object.spec.resourceClaims{name: "gpu", resourceClaimName: "one"}]}}';
  await apply({
    ...group,
    kind: "MutatingAdmissionPolicy",
    spec: {
      matchConstraints: { namespaceSelector: here, resourceRules: rules },
      failurePolicy: "Fail",
      reinvocationPolicy: "Never",
      mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression } }],
    },
  });
  await apply({ ...group, kind: "MutatingAdmissionPolicyBinding", spec: { policyName: name } });
  const exactly = { deviceClassName: "gpus.example", allocationMode: "ExactCount", count: 1 };
  await apply({
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceClaim",
    metadata: { name: "one", namespace: space },
    spec: { devices: { requests: [{ name: "gpu", exactly }] } },
  });
  await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
  await because(space, "Stalled", "ResourceClaimsUnsupported", "spec.resourceClaims (gpu): no node is bought");
  await mustKubectl(["delete", "mutatingadmissionpolicybinding,mutatingadmissionpolicy", name]);
  await waitFor("a pod without claims", async () => {
    await mustKubectl(["delete", "pods", "--all", "-n", space]);
    const pods = await readItems<Pod>(`/api/v1/namespaces/${space}/pods`);
    return pods.some(({ spec }) => spec?.resourceClaims === undefined) || undefined;
  });
  await isReady(space);
});

all.add("RolloutWaitingForCapacity: the old pod serves until the new one does", async () => {
  const space = await namespace("rollout");
  await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
  await waitForCondition(space, "m", "Ready");
  const annotations = { "kaito.sh/node-class-name": "registers-late" };
  await applyIn(space, serving("m", "phi-4-mini-instruct", H100, { annotations }));
  await because(space, "Reconciling", "RolloutWaitingForCapacity", "the old pods serve; the new ones wait: ");
  expect(await because(space, "InferenceReady", "WorkspaceInferenceStatusSuccess")).to.include({ status: "True" });
  await isReady(space);
});

all.add("Unschedulable: own nodes, until one comes", async () => {
  const space = await namespace("own");
  const annotations = { "foresail.dev/provision": "false", "foresail.dev/gpu": "1xA100-80GB" };
  const resource = { labelSelector: { matchLabels: { apps: space } } };
  const inference = { preset: { name: "phi-4-mini-instruct" } };
  await applyIn(space, manifest("m", { resource, inference }, { annotations }));
  await because(space, "Reconciling", "Unschedulable", "foresail.dev/provision is false");
  expect(await kaito(space)).to.equal("Unschedulable");
  await because(space, "NodesMatch", "NoNodeSelected");
  await apply(nodeClaim({ name: space, instanceType: A100, gpus: 1, labels: { apps: space } }));
  await waitFor("the nodes to match", async () => {
    const { status } = await mustGetWorkspace(space, "m");
    return status?.conditions?.every(({ type }) => type !== "NodesMatch");
  });
  await isReady(space);
  await mustKubectl(["delete", "nodeclaim", space, "--wait=false"]);
});

all.add("Unschedulable: affinity to pods that are nowhere, until they are somewhere", async () => {
  const space = await namespace("near");
  const zone = "topology.kubernetes.io/zone";
  const terms = [{ topologyKey: zone, labelSelector: { matchLabels: { app: "cache" } } }];
  const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } };
  const annotations = { "foresail.dev/zones": "eastus-1,eastus-2" };
  const resource = { instanceType: A100, labelSelector: { matchLabels: { apps: space } } };
  const inference = { preset: { name: "phi-4-mini-instruct" }, template: { spec: { affinity } } };
  await applyIn(space, manifest("m", { resource, inference }, { annotations }));
  const told = await because(
    space,
    "Reconciling",
    "Unschedulable",
    "would break the pod's topology spread or pod affinity",
  );
  expect(told.message).to.contain("next: name zones in foresail.dev/zones");
  const name = `cpu-${space}`;
  await apply({ apiVersion: "v1", kind: "Node", metadata: { name, labels: { [zone]: "eastus-2" } } });
  const containers = [{ name: "c", image: IMAGE }];
  const cache = { name: "cache", namespace: space, labels: { app: "cache" } };
  await apply({ apiVersion: "v1", kind: "Pod", metadata: cache, spec: { nodeName: name, containers } });
  // The scheduler says something new of the pod, which wakes it; else it looks again within a minute.
  await isReady(space);
  await mustKubectl(["delete", "node", name, "--wait=false"]);
});

all.add("NodesMatch: own nodes that are less than what is stated, beside a model that runs", async () => {
  const space = await namespace("less");
  const labels = { apps: space, "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-40GB", "nvidia.com/gpu.memory": "40960" };
  const told = async (): Promise<number> => {
    const events = await readItems<{ reason: string }>(`/apis/events.k8s.io/v1/namespaces/${space}/events`);
    return events.filter(({ reason }) => reason === "HardwareDiffers").length;
  };
  await apply(nodeClaim({ name: space, instanceType: A100, gpus: 1, labels }));
  const annotations = { "foresail.dev/provision": "false", "foresail.dev/gpu": "1xA100-80GB" };
  const resource = { labelSelector: { matchLabels: { apps: space } } };
  const inference = { preset: { name: "phi-4-mini-instruct" } };
  await applyIn(space, manifest("m", { resource, inference }, { annotations }));
  await waitForCondition(space, "m", "Ready");
  const said = await because(space, "NodesMatch", "HardwareDiffers", "its GPU has 40 GiB, stated are 80");
  expect(said).to.include({ status: "False" });
  expect(await told()).to.equal(1);
  const node = await nodeOf(space);
  await mustKubectl(["label", "node", node, "--overwrite", "nvidia.com/gpu.memory=81920"]);
  await waitFor("the difference to be told no more", async () => {
    const { status } = await mustGetWorkspace(space, "m");
    return status?.conditions?.every(({ type }) => type !== "NodesMatch");
  });
  await waitForCondition(space, "m", "Ready");
  expect(await told()).to.equal(1);
  await isReady(space);
  await mustKubectl(["delete", "nodeclaim", space, "--wait=false"]);
});

all.add("the steps of a start, in status", async () => {
  const space = await namespace("phases");
  await applyIn(space, own({ "image-pull": "2s" }));
  const { status } = await waitForCondition(space, "m", "Ready");
  const phases = status?.phases ?? [];
  expect(phases.map(({ type }) => type)).to.deep.equal(["Pending", "Node", "GPU", "Image", "Weights", "Ready"]);
  expect(phases.map(({ time }) => time)).to.deep.equal(phases.map(({ time }) => time).sort());
  await isReady(space);
});

describeWith(
  ["scheduler", "controllerManager", "kwok", "karpenter"],
  "reasons that the cluster gives, and that go with their cause",
  () => {
    const foresail = foresailRuns({ args: ["--node-patience=2"] });

    all.define();

    it("each step of a start is counted once by preset and size", async () => {
      const labels = `preset="phi-4-mini-instruct",size="${A100}"`;
      const counted = async (phase: string): Promise<number> =>
        (await foresail.reconciler.metrics()).get(
          `foresail_start_phase_duration_seconds_count{phase="${phase}",${labels}}`,
        ) ?? 0;
      const [gpu, ready] = [await counted("GPU"), await counted("Ready")];
      expect(gpu).to.be.at.least(5);
      expect(ready).to.be.at.least(5);
      await foresail.reconciler.stop();
      await foresail.reconciler.start();
      expect(await counted("Ready"), "what a status has already is not observed again").to.equal(0);
    });
  },
);

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "the limit of an installation", () => {
  let webhook: WebhookProcess;
  before(async () => {
    webhook = await startWebhook();
  });
  after(() => webhook.uninstall());

  it("LimitReached, until it is raised", async () => {
    const narrow = await startReconciler({ args: ["--limits-nodes=0"] });
    const space = await namespace("limit");
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
    const told = await because(space, "Reconciling", "LimitReached", "its limit is 0");
    expect(told.message).to.contain("next: give other nodes back or raise the reconciler's --limits-nodes");
    await narrow.stop();
    const wide = await startReconciler();
    await isReady(space);
    await waitFor("the Workspace to go", async () => (await getWorkspace(space, "m")) === undefined);
    await wide.stop();
  });
});
