import { expect } from "chai";
import type { Node } from "kubernetes-types/core/v1.js";
import { after, it } from "mocha";
import { apply, describeWith, mustKubectl, namespace, read, readItems, waitFor } from "./support/cluster.ts";
import { conditionOf, nodeClaim } from "./support/objects.ts";

describeWith(["controllerManager", "kwok", "karpenter"], "simulated nodes", () => {
  const claims: string[] = [];
  const claim = async (
    instanceType: string,
    options: { readonly nodeClass?: string; readonly labels?: Record<string, string> } = {},
  ) => {
    const name = await namespace("node");
    claims.push(name);
    await apply(nodeClaim({ name, instanceType, ...options }));
    return name;
  };
  const nodeOf = async (name: string): Promise<Node | undefined> => {
    return (await readItems<Node>(`/api/v1/nodes?labelSelector=kubernetes.io/hostname=${name}`))[0];
  };
  const ready = (name: string) =>
    waitFor(`the node of ${name} to be Ready`, async () => {
      const node = await nodeOf(name);
      return conditionOf(node, "Ready") === "True" && node;
    });
  const claimState = async (name: string, type: string) =>
    conditionOf(await read(`/apis/karpenter.sh/v1/nodeclaims/${name}`), type);
  const gpus = (node: Node | undefined) => node?.status?.allocatable?.["nvidia.com/gpu"];

  after(async () => {
    await mustKubectl(["delete", "nodeclaims", ...claims, "--wait=false"]);
  });

  it("may be Ready long before their GPUs appear", async () => {
    const name = await claim("Sim_GPU_Late");
    const early = await ready(name);
    expect(gpus(early)).to.equal(undefined);
    expect(early.status?.capacity).to.not.have.property("nvidia.com/gpu");
    expect(await claimState(name, "Initialized")).to.equal("Unknown");
    const late = await waitFor("the GPU to appear", async () => {
      const node = await nodeOf(name);
      return gpus(node) === "1" && node;
    });
    expect(late.status?.capacity).to.include({ "nvidia.com/gpu": "1", cpu: "8" });
    await waitFor("the claim to be initialized", async () => (await claimState(name, "Initialized")) === "True");
  });

  it("take such settings from the labels of their claim, too", async () => {
    const name = await claim("Standard_NC24ads_A100_v4", { labels: { "sim.foresail.dev/gpu-delay": "2s" } });
    expect(gpus(await ready(name))).to.equal(undefined);
    await waitFor("the GPU to appear", async () => gpus(await nodeOf(name)) === "1");
  });

  it("may become Ready late", async () => {
    const name = await claim("Sim_Ready_Late");
    const node = await waitFor("the node to register", () => nodeOf(name));
    expect(conditionOf(node, "Ready")).to.not.equal("True");
    await ready(name);
  });

  it("may never register, because of their size or their node class", async () => {
    const names = await Promise.all([
      claim("Sim_Registers_Never"),
      claim("Standard_NC6s_v3", { nodeClass: "registers-never" }),
    ]);
    for (const name of names) {
      await waitFor(`${name} to be launched`, async () => (await claimState(name, "Launched")) === "True");
    }
    // A claim made after them is through before they have moved.
    await ready(await claim("Standard_NC6s_v3"));
    for (const name of names) {
      expect(await claimState(name, "Registered"), name).to.equal("Unknown");
      expect(await nodeOf(name), name).to.equal(undefined);
    }
  });

  it("fail and recover by annotation", async () => {
    const name = await claim("Standard_NC6s_v3");
    const node = (await ready(name)).metadata?.name ?? "";
    await mustKubectl(["annotate", "node", node, "sim.foresail.dev/not-ready=true"]);
    await waitFor("the node to fail", async () => conditionOf(await nodeOf(name), "Ready") === "False");
    await waitFor("the taint", async () =>
      (await nodeOf(name))?.spec?.taints?.some((one) => one.key === "node.kubernetes.io/not-ready"),
    );
    await mustKubectl(["annotate", "node", node, "sim.foresail.dev/not-ready-"]);
    expect(gpus(await ready(name))).to.equal("1");
  });
});
