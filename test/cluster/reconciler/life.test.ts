import { expect } from "chai";
import { it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import {
  applyIn,
  conditionOf,
  manifest,
  mustGetWorkspace,
  serving,
  sharing,
  training,
  waitForCondition,
} from "../e2e/workspaces.ts";
import { apply, describeWith, mustKubectl, namespace, read, readItems, waitFor } from "../support/cluster.ts";
import { foresailRuns } from "../support/foresail.ts";

const A100 = "Standard_NC24ads_A100_v4";
const GRACE_SECONDS = 2;

interface Live {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly spec: { readonly replicas?: number };
}

async function claimsOf(space: string, name = "m"): Promise<readonly Live[]> {
  const selector = encodeURIComponent(`foresail.dev/workspace=${name},foresail.dev/workspace-namespace=${space}`);
  return await readItems<Live>(`/apis/karpenter.sh/v1/nodeclaims?labelSelector=${selector}`);
}

async function children(space: string): Promise<readonly Live[]> {
  const paths = [
    `/apis/apps/v1/namespaces/${space}/deployments`,
    `/api/v1/namespaces/${space}/services`,
    `/apis/networking.k8s.io/v1/namespaces/${space}/networkpolicies`,
  ];
  return (await Promise.all(paths.map((path) => readItems<Live>(path)))).flat();
}

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "the life of a Workspace", () => {
  const foresail = foresailRuns({ args: [`--empty-node-grace=${GRACE_SECONDS}`] });

  it("from nothing to a model that answers, told by status, events and kubectl", async () => {
    const space = await namespace("life");
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
    const ready = await waitForCondition(space, "m", "Ready");
    for (const type of ["NodeClaimReady", "NodesReady", "ResourceReady", "InferenceReady", "WorkspaceReady"]) {
      expect(conditionOf(ready, type), type).to.equal("True");
    }
    expect(conditionOf(ready, "Reconciling")).to.equal(undefined);
    expect(ready.status).to.include({ state: "Ready", targetNodeCount: 1 });
    const [node] = ready.status?.nodes ?? [];
    expect(node).to.include({ instanceType: A100, capacityType: "on-demand", ready: true });
    expect(ready.status?.workerNodes).to.deep.equal([node?.name]);
    await mustKubectl(["rollout", "status", "deployment/m", "-n", space, "--timeout=30s"]);
    const services = await mustKubectl(["get", "svc", "-n", space, "--no-headers"]);
    expect(services).to.match(/^m +ClusterIP +\d+\.\d+\.\d+\.\d+ +<none> +80\/TCP,29500\/TCP/m);
    const events = await waitFor("the last event", async () => {
      const seen = await readItems<{ reason: string }>(`/apis/events.k8s.io/v1/namespaces/${space}/events`);
      const reasons = seen.map((event) => event.reason);
      return reasons.includes("Running") ? reasons : undefined;
    });
    expect(events).to.include("WaitingForCapacity");
  });

  it("writes nothing while nothing changes", async () => {
    const space = await namespace("still");
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
    await waitForCondition(space, "m", "Ready");
    const before = [...(await children(space)), await mustGetWorkspace(space, "m")];
    await mustKubectl(["label", "workspace", "m", "-n", space, "team=a"]);
    const labelled = (await mustGetWorkspace(space, "m")).metadata.resourceVersion;
    // The label makes the reconciler look; when another Workspace is ready that look is long over.
    await applyIn(space, serving("other", "phi-4-mini-instruct", A100));
    await waitForCondition(space, "other", "Ready");
    const now = new Map((await children(space)).map((one) => [one.metadata.uid, one.metadata.resourceVersion]));
    for (const { metadata } of before.slice(0, -1)) {
      expect(now.get(metadata.uid ?? ""), metadata.name).to.equal(metadata.resourceVersion);
    }
    expect((await mustGetWorkspace(space, "m")).metadata.resourceVersion).to.equal(labelled);
  });

  it("repairs what others change and makes again what they delete", async () => {
    const space = await namespace("repair");
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
    await waitForCondition(space, "m", "Ready");
    await mustKubectl(["delete", "service", "m", "-n", space]);
    await waitFor("the Service to be back", () => read(`/api/v1/namespaces/${space}/services/m`));
    const patch = JSON.stringify({ spec: { selector: { "kaito.sh/workspace": "evil" } } });
    await mustKubectl(["patch", "service", "m-headless", "-n", space, "--type=merge", "-p", patch]);
    await waitFor("the selector to be right again", async () => {
      const live = await read<{ spec: { selector: JsonObject } }>(`/api/v1/namespaces/${space}/services/m-headless`);
      return live?.spec.selector["kaito.sh/workspace"] === "m";
    });
  });

  it("gives the node back at replicas 0, is Ready, and comes back", async () => {
    const space = await namespace("pause");
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
    await waitForCondition(space, "m", "InferenceReady");
    await mustKubectl(["annotate", "workspace", "m", "-n", space, "foresail.dev/replicas=0"]);
    const paused = await waitFor("the pause", async () => {
      const live = await mustGetWorkspace(space, "m");
      const ready = live.status?.conditions?.find((one) => one.type === "Ready");
      return ready?.reason === "Paused" && ready.status === "True" ? live : undefined;
    });
    expect(conditionOf(paused, "ResourceReady")).to.equal("True");
    await waitFor("the node to go", async () => (await claimsOf(space)).length === 0);
    await mustKubectl(["annotate", "workspace", "m", "-n", space, "--overwrite", "foresail.dev/replicas=1"]);
    await waitForCondition(space, "m", "InferenceReady");
    expect(await claimsOf(space)).to.have.length(1);
  });

  it("puts two Workspaces that share nodes on one node of several GPUs", async () => {
    const space = await namespace("shared");
    await Promise.all(["a", "b"].map((name) => applyIn(space, sharing(name))));
    const [a, b] = await Promise.all(["a", "b"].map((name) => waitForCondition(space, name, "Ready")));
    expect(a?.status?.nodes?.map(({ name }) => name)).to.deep.equal(b?.status?.nodes?.map(({ name }) => name));
    const share = a?.expansion?.nodes.share ?? "";
    const claims = await readItems<Live>(
      `/apis/karpenter.sh/v1/nodeclaims?labelSelector=${encodeURIComponent(`foresail.dev/share=${share}`)}`,
    );
    expect(claims).to.have.length(1);
    await mustKubectl(["delete", "workspace", "a", "b", "-n", space]);
    await waitFor("the node to go", async () => {
      const path = `/apis/karpenter.sh/v1/nodeclaims/${claims[0]?.metadata.name}`;
      return (await read(path)) === undefined;
    });
  });

  it("leaves the size to others with foresail.dev/replicas: external", async () => {
    const space = await namespace("scaled");
    const annotations = { "foresail.dev/replicas": "external" };
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100, { annotations }));
    await waitForCondition(space, "m", "Ready");
    await mustKubectl(["scale", "deployment", "m", "-n", space, "--replicas=2"]);
    await waitFor("two pods on two nodes", async () => {
      const live = await mustGetWorkspace(space, "m");
      return live.status?.targetNodeCount === 2 && conditionOf(live, "Ready") === "True" ? live : undefined;
    });
    await mustKubectl(["annotate", "workspace", "m", "-n", space, "kaito.sh/enablelb=True"]);
    await waitFor("the change to arrive", async () => {
      const live = await read<{ spec: { type: string } }>(`/api/v1/namespaces/${space}/services/m`);
      return live?.spec.type === "LoadBalancer";
    });
    const deployment = await read<Live>(`/apis/apps/v1/namespaces/${space}/deployments/m`);
    expect(deployment?.spec.replicas).to.equal(2);
    expect(await claimsOf(space)).to.have.length(2);
  });

  it("follows an autoscaler up, down, to nothing and back, each time with as many nodes", async function () {
    // The autoscaler looks every 15 s.
    this.timeout(300_000);
    const space = await namespace("hpa");
    const annotations = { "foresail.dev/replicas": "external" };
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100, { annotations }));
    await waitForCondition(space, "m", "Ready");
    // Without a metrics server its bounds are all that an HPA has to go by, and it keeps to them.
    const bounds = async (least: number, most: number): Promise<void> => {
      const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "m" };
      const resource = { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } };
      await apply({
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "m", namespace: space },
        spec: { scaleTargetRef, minReplicas: least, maxReplicas: most, metrics: [{ type: "Resource", resource }] },
      });
    };
    const nodes = (count: number) =>
      waitFor(
        `${count} nodes`,
        async () => {
          const live = await mustGetWorkspace(space, "m");
          const claims = await claimsOf(space);
          return (
            claims.length === count && live.status?.targetNodeCount === count && conditionOf(live, "Ready") === "True"
          );
        },
        90_000,
      );
    await bounds(2, 3);
    await nodes(2);
    await bounds(1, 1);
    await nodes(1);
    await mustKubectl(["delete", "hpa", "m", "-n", space]);
    await mustKubectl(["scale", "deployment", "m", "-n", space, "--replicas=0"]);
    await nodes(0);
    await mustKubectl(["scale", "deployment", "m", "-n", space, "--replicas=1"]);
    await nodes(1);
  });

  it("ends a finished training with its Workspace where foresail.dev/ttl asks for it", async () => {
    const space = await namespace("ttl");
    const annotated = training("t");
    const metadata = { ...(annotated["metadata"] as JsonObject), annotations: { "foresail.dev/ttl": "1s" } };
    await applyIn(space, { ...annotated, metadata });
    await waitFor(
      "the Workspace to go",
      async () => {
        const seen = await readItems<{ reason: string }>(`/apis/events.k8s.io/v1/namespaces/${space}/events`);
        const left = await readItems(`/apis/kaito.sh/v1beta1/namespaces/${space}/workspaces`);
        return left.length === 0 && seen.some(({ reason }) => reason === "workspaceSucceeded");
      },
      90_000,
    );
    expect(await claimsOf(space, "t")).to.deep.equal([]);
  });

  it("replaces the pods of a model on two nodes together", async () => {
    const space = await namespace("group");
    const resource = {
      instanceType: "Standard_NV36ads_A10_v5",
      labelSelector: { matchLabels: { apps: "m" } },
    };
    const inference = { preset: { name: "phi-4" } };
    await applyIn(space, manifest("m", { resource, inference }));
    await waitForCondition(space, "m", "Ready");
    const uids = async (): Promise<readonly string[]> =>
      (await readItems<Live>(`/api/v1/namespaces/${space}/pods`)).map((pod) => pod.metadata.uid).sort();
    const before = await uids();
    const adapters = [{ source: { name: "style", image: "registry.example/style:1" } }];
    await applyIn(space, manifest("m", { resource, inference: { ...inference, adapters } }));
    await waitForCondition(space, "m", "Ready");
    const now = await uids();
    expect(now).to.have.length(2);
    for (const uid of before) expect(now).not.to.include(uid);
    expect(await claimsOf(space)).to.have.length(2);
  });

  it("a finished training is not run again, and its node goes", async () => {
    const space = await namespace("tuned");
    await applyIn(space, training("t"));
    const done = await waitForCondition(space, "t", "WorkspaceSucceeded");
    expect(done.status?.state).to.equal("Succeeded");
    await waitFor("the node to go", async () => (await claimsOf(space, "t")).length === 0);
    await mustKubectl(["delete", "job", "t", "-n", space]);
    await mustKubectl(["label", "workspace", "t", "-n", space, "team=a"]);
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
    await waitForCondition(space, "m", "Ready");
    expect(await readItems(`/apis/batch/v1/namespaces/${space}/jobs`)).to.deep.equal([]);
    expect((await mustGetWorkspace(space, "t")).status?.state).to.equal("Succeeded");
  });

  it("leaves no claim behind when its finalizer is removed by force", async () => {
    const space = await namespace("forced");
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
    await waitForCondition(space, "m", "Ready");
    const patch = JSON.stringify({ metadata: { finalizers: null } });
    await foresail.reconciler.stop();
    await mustKubectl(["delete", "workspace", "m", "-n", space, "--wait=false"]);
    await mustKubectl(["patch", "workspace", "m", "-n", space, "--type=merge", "-p", patch]);
    await foresail.reconciler.start();
    await waitFor("the claim to go", async () => (await claimsOf(space)).length === 0);
  });
});
