import { expect } from "chai";
import type { Node } from "kubernetes-types/core/v1.js";
import { after, before, it } from "mocha";
import { scaledClock } from "../support/arm/clock.ts";
import { type FakeArm, startFakeArm } from "../support/arm/fake-arm.ts";
import { poolPath } from "../support/arm/settings.ts";
import { type AksNodes, startAksNodes } from "./support/aks-nodes.ts";
import { apply, describeWith, mustKubectl, namespace, read, waitFor } from "./support/cluster.ts";
import { conditionOf, pod } from "./support/objects.ts";

const SIZE = "Standard_NC48ads_A100_v4";

describeWith(["controllerManager", "scheduler", "kwok"], "nodes of AKS", () => {
  let arm: FakeArm;
  let nodes: AksNodes;

  before(async () => {
    // Three minutes for a pool are 0.3 s.
    arm = await startFakeArm({ clock: scaledClock(600) });
    nodes = await startAksNodes({ state: arm.state });
  });

  after(async () => {
    await nodes.stop();
    await arm.close();
  });

  const call = async (method: "PUT" | "DELETE", pool: string, properties: object = {}): Promise<void> => {
    const response = await fetch(`${arm.url}${poolPath(arm.settings(), pool)}?api-version=2026-06-01`, {
      method,
      headers: { authorization: "Bearer token" },
      ...(method === "PUT" ? { body: JSON.stringify({ properties: { vmSize: SIZE, ...properties } }) } : {}),
    });
    expect(response.status).to.be.oneOf([200, 201, 202]);
  };
  const nameOf = (pool: string): Promise<string> =>
    waitFor(`the machine of ${pool}`, () => arm.state().pools.find(({ name }) => name === pool)?.nodes[0]?.name);
  const nodeOf = async (pool: string): Promise<Node | undefined> =>
    await read<Node>(`/api/v1/nodes/${await nameOf(pool)}`);
  const gpus = (node: Node | undefined) => node?.status?.allocatable?.["nvidia.com/gpu"];
  const usable = (pool: string) =>
    waitFor(`the node of ${pool} to be Ready with GPUs`, async () => {
      const node = await nodeOf(pool);
      return conditionOf(node, "Ready") === "True" && gpus(node) !== undefined && node;
    });
  const gone = (name: string) =>
    waitFor(`${name} to go`, async () => (await read(`/api/v1/nodes/${name}`)) === undefined);

  it("carry what AKS and the pool write, become Ready, get their GPUs, run pods, and go with the pool", async () => {
    const nodeLabels = { "foresail.dev/workspace": "w", "foresail.dev/test": "aks-nodes" };
    await call("PUT", "c1", {
      nodeLabels,
      nodeTaints: ["sku=gpu:NoSchedule"],
      availabilityZones: ["2"],
      osDiskSizeGB: 200,
    });
    const node = await usable("c1");
    const name = await nameOf("c1");
    expect(name).to.match(/^aks-c1-\d{8}-vmss000000$/);
    expect(node.spec?.providerID).to.match(
      /^azure:\/\/\/subscriptions\/.*\/virtualMachineScaleSets\/aks-c1-\d{8}-vmss\/virtualMachines\/0$/,
    );
    expect(node.metadata?.labels).to.include({
      ...nodeLabels,
      agentpool: "c1",
      accelerator: "nvidia",
      "kubernetes.azure.com/agentpool": "c1",
      "kubernetes.azure.com/cluster": "MC_rg_aks_eastus",
      "kubernetes.azure.com/mode": "user",
      "kubernetes.io/hostname": name,
      "kubernetes.io/os": "linux",
      "kubernetes.io/arch": "amd64",
      "node.kubernetes.io/instance-type": SIZE,
      "topology.kubernetes.io/region": "eastus",
      "topology.kubernetes.io/zone": "eastus-2",
    });
    expect(node.spec?.taints).to.deep.include({ key: "sku", value: "gpu", effect: "NoSchedule" });
    expect(node.status?.capacity).to.include({ "nvidia.com/gpu": "2", cpu: "48", memory: "440Gi" });
    expect(node.status?.allocatable).to.include({ "nvidia.com/gpu": "2", "ephemeral-storage": "180G" });
    const space = await namespace("aks");
    const selector = { "foresail.dev/test": "aks-nodes" };
    await apply(pod({ name: "model", namespace: space, nodeSelector: selector, requests: { "nvidia.com/gpu": "2" } }));
    await waitFor(
      "the pod to be Ready",
      async () => conditionOf(await read(`/api/v1/namespaces/${space}/pods/model`), "Ready") === "True",
    );
    await mustKubectl(["delete", "pod", "model", "-n", space, "--wait=false"]);
    await call("DELETE", "c1");
    await gone(name);
  });

  it("of spot machines have label and taint, those of no zone a fault domain as zone; evicted ones go", async () => {
    await call("PUT", "spot", { scaleSetPriority: "Spot" });
    const node = await usable("spot");
    expect(node.metadata?.labels).to.include({
      "kubernetes.azure.com/scalesetpriority": "spot",
      "topology.kubernetes.io/zone": "0",
    });
    expect(node.spec?.taints?.map(({ key, value, effect }) => `${key}=${value}:${effect}`)).to.include(
      "kubernetes.azure.com/scalesetpriority=spot:NoSchedule",
    );
    arm.evict("spot");
    await gone(node.metadata?.name ?? "");
  });

  it("of a partitioned pool have slices", async () => {
    await call("PUT", "mig", { gpuInstanceProfile: "MIG1g" });
    const node = await waitFor("the node to be Ready", async () => {
      const one = await nodeOf("mig");
      return conditionOf(one, "Ready") === "True" && one;
    });
    expect(node.status?.allocatable)
      .to.include({ "nvidia.com/mig-1g.10gb": "14" })
      .and.not.have.property("nvidia.com/gpu");
  });

  it("go when the cluster is stopped and come back when it starts; a Node deleted by hand stays away", async () => {
    await call("PUT", "c2");
    const name = (await usable("c2")).metadata?.name ?? "";
    arm.stopCluster();
    await gone(name);
    arm.startCluster();
    await usable("c2");
    await mustKubectl(["delete", "node", name]);
    await nodes.caughtUp();
    expect(await read(`/api/v1/nodes/${name}`)).to.equal(undefined);
  });

  it("can be told never to register, to stay NotReady, or to have no GPU", async () => {
    nodes.behave("never", { registers: "never" });
    nodes.behave("notready", { registers: "not-ready" });
    nodes.behave("nogpu", { gpuDelay: "never" });
    await Promise.all(["never", "notready", "nogpu", "fine"].map((pool) => call("PUT", pool)));
    // One that is through is the sign that the others would be.
    await usable("fine");
    await waitFor(
      "the node without GPU to be Ready",
      async () => conditionOf(await nodeOf("nogpu"), "Ready") === "True",
    );
    expect(gpus(await nodeOf("nogpu"))).to.equal(undefined);
    expect(await nodeOf("never")).to.equal(undefined);
    expect(await nodeOf("notready")).not.to.equal(undefined);
    expect(conditionOf(await nodeOf("notready"), "Ready")).not.to.equal("True");
    nodes.behave("never", {});
    await usable("never");
  });
});
