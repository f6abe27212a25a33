import { expect } from "chai";
import { describe, it } from "mocha";
import { nodeFacts } from "../../../src/core/capacity/claim.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Expansion } from "../../../src/core/kinds/expansion.ts";
import { ownNodes } from "../../../src/core/own-nodes/compare.ts";
import { ownNodesFinding, rememberedFinding } from "../../../src/core/own-nodes/finding.ts";
import { nodeHardware } from "../../../src/core/own-nodes/node-hardware.ts";
import { applied, catalogue, empty, workspace } from "../imagine/clusters.ts";

const { current: release } = catalogue;

function expansionOf(annotations: { readonly [key: string]: string }, resource: JsonObject = {}): Expansion {
  const stated = workspace("own", { annotations: { "foresail.dev/provision": "false", ...annotations } });
  const object = { ...stated, resource: { labelSelector: { matchLabels: { pool: "gpu" } }, ...resource } };
  const [made] = applied(empty(), object).workspaces;
  if (made?.expansion === undefined) throw new Error("no expansion");
  return made.expansion;
}

function node(labels: { readonly [key: string]: string }, allocatable: JsonObject = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "gpu-1", labels: { pool: "gpu", ...labels } },
    status: { allocatable, conditions: [{ type: "Ready", status: "True" }] },
  };
}

/** Labels as NVIDIA's GPU feature discovery writes them. */
function gfd(
  product: string,
  count: number,
  memoryMiB: number,
  capability: string,
): { readonly [key: string]: string } {
  const [major = "", minor = ""] = capability.split(".");
  return {
    "nvidia.com/gpu.product": product,
    "nvidia.com/gpu.count": String(count),
    "nvidia.com/gpu.memory": String(memoryMiB),
    "nvidia.com/gpu.compute.major": major,
    "nvidia.com/gpu.compute.minor": minor,
    "nvidia.com/gpu.replicas": "1",
  };
}

const offers = (count: number): JsonObject => ({ "nvidia.com/gpu": String(count) });
const A100_80 = (count: number) => gfd("NVIDIA-A100-SXM4-80GB", count, 81920, "8.0");

describe("hardware of own nodes", () => {
  const read: readonly (readonly [string, { readonly [key: string]: string }, object])[] = [
    ["nothing", {}, {}],
    [
      "GPU feature discovery",
      A100_80(4),
      { product: "NVIDIA-A100-SXM4-80GB", gpuCount: 4, gpuMemoryGiB: 80, computeCapability: "8.0" },
    ],
    [
      "an AKS size of the catalogue",
      { "node.kubernetes.io/instance-type": "Standard_NC48ads_A100_v4" },
      {
        product: "A100",
        gpuCount: 2,
        gpuMemoryGiB: 80,
        computeCapability: "8.0",
        instanceType: "Standard_NC48ads_A100_v4",
      },
    ],
    [
      "an EKS size under the old label",
      { "beta.kubernetes.io/instance-type": "g5.12xlarge" },
      { product: "A10G", gpuCount: 4, gpuMemoryGiB: 24, computeCapability: "8.6", instanceType: "g5.12xlarge" },
    ],
    [
      "Karpenter for AWS",
      {
        "karpenter.k8s.aws/instance-gpu-name": "l40s",
        "karpenter.k8s.aws/instance-gpu-count": "1",
        "karpenter.k8s.aws/instance-gpu-memory": "49152",
      },
      { product: "l40s", gpuCount: 1, gpuMemoryGiB: 48 },
    ],
    [
      "Karpenter for Azure",
      { "karpenter.azure.com/sku-gpu-name": "A100", "karpenter.azure.com/sku-gpu-count": "4" },
      { product: "A100", gpuCount: 4 },
    ],
    [
      "GKE",
      { "cloud.google.com/gke-accelerator": "nvidia-h100-80gb", "cloud.google.com/gke-accelerator-count": "8" },
      { product: "nvidia-h100-80gb", gpuCount: 8 },
    ],
    [
      "the driver before the cloud's catalogue",
      { ...gfd("NVIDIA-A10-24Q", 1, 24512, "8.6"), "node.kubernetes.io/instance-type": "Standard_NC24ads_A100_v4" },
      {
        product: "NVIDIA-A10-24Q",
        gpuCount: 1,
        gpuMemoryGiB: 23.9375,
        computeCapability: "8.6",
        instanceType: "Standard_NC24ads_A100_v4",
      },
    ],
    ["time slicing", { "nvidia.com/gpu.count": "1", "nvidia.com/gpu.replicas": "4" }, { gpuCount: 1, sharedBy: 4 }],
    ["a label that is no number", { "nvidia.com/gpu.count": "two", "nvidia.com/gpu.memory": "" }, {}],
  ];
  for (const [name, labels, wanted] of read) {
    it(`is read from ${name}`, () => {
      const { slices, ...found } = nodeHardware(nodeFacts(node(labels)), release);
      expect(found).to.deep.equal(wanted);
      expect([...slices]).to.deep.equal([]);
    });
  }

  it("slices are what the kubelet offers, else what the labels say", () => {
    const labels = { "nvidia.com/mig-1g.10gb.count": "7", "nvidia.com/mig-2g.20gb.count": "0" };
    const slices = (allocatable: JsonObject) => [...nodeHardware(nodeFacts(node(labels, allocatable)), release).slices];
    expect(slices({})).to.deep.equal([["nvidia.com/mig-1g.10gb", 7]]);
    expect(slices({ "nvidia.com/mig-1g.10gb": "5" })).to.deep.equal([["nvidia.com/mig-1g.10gb", 5]]);
  });
});

describe("own nodes beside what is stated", () => {
  const four = { "foresail.dev/gpu": "4xA100-80GB" };
  const differences: readonly (readonly [string, Expansion, JsonObject, readonly string[]])[] = [
    ["are the same", expansionOf(four), node(A100_80(4), offers(4)), []],
    ["have more GPUs", expansionOf(four), node(A100_80(8), offers(8)), []],
    [
      "have two of the small ones",
      expansionOf(four),
      node(gfd("NVIDIA-A100-SXM4-40GB", 2, 40960, "8.0"), offers(2)),
      ["less: it offers 2 of nvidia.com/gpu, a pod asks for 4", "less: its GPU has 40 GiB, stated are 80"],
    ],
    [
      "are newer",
      expansionOf(four),
      node(gfd("NVIDIA-H200", 4, 143771, "9.0"), offers(4)),
      [
        "other: its GPU is NVIDIA-H200, stated is A100",
        "other: its GPU has 140.4 GiB, stated are 80",
        "other: its compute capability is 9.0, stated is 8.0",
      ],
    ],
    [
      "are older",
      expansionOf({ "foresail.dev/gpu": "1x16Gi/8.0" }),
      node(gfd("Tesla-T4", 1, 15360, "7.5"), offers(1)),
      ["less: its compute capability is 7.5, stated is 8.0"],
    ],
    [
      "lose memory to error correction",
      expansionOf({ "foresail.dev/gpu": "1xA10" }),
      node(gfd("NVIDIA-A10", 1, 23028, "8.6"), offers(1)),
      [],
    ],
    [
      "an A10 is no A100",
      expansionOf({ "foresail.dev/gpu": "1xA10" }),
      node(A100_80(1), offers(1)),
      [
        "other: its GPU is NVIDIA-A100-SXM4-80GB, stated is A10",
        "other: its GPU has 80 GiB, stated are 24",
        "less: its compute capability is 8.0, stated is 8.6",
      ],
    ],
    [
      "have no device plugin",
      expansionOf(four),
      node(A100_80(4)),
      [
        "no-gpu: it offers 0 of nvidia.com/gpu, a pod asks for 4, and labels say it has 4: is the device plugin running",
      ],
    ],
    [
      "share their GPUs",
      expansionOf({ "foresail.dev/gpu": "1xA100-80GB" }),
      node({ ...A100_80(1), "nvidia.com/gpu.replicas": "4" }, offers(4)),
      ["less: each of its GPUs is shared by up to 4 pods: memory is not divided between them"],
    ],
    [
      "are cut into slices",
      expansionOf({ "foresail.dev/gpu": "1xA100-80GB" }),
      node(A100_80(1), { "nvidia.com/gpu": "0", "nvidia.com/mig-1g.10gb": "7" }),
      ["less: it offers 0 of nvidia.com/gpu, a pod asks for 1; its GPUs are cut into 7 of nvidia.com/mig-1g.10gb"],
    ],
    [
      "are of another size",
      expansionOf({}, { instanceType: "Standard_NC24ads_A100_v4" }),
      node({ ...A100_80(1), "node.kubernetes.io/instance-type": "Standard_NC48ads_A100_v4" }, offers(1)),
      [
        "elsewhere: it has instance type Standard_NC48ads_A100_v4, stated is Standard_NC24ads_A100_v4: pods do not go there",
      ],
    ],
    ["say nothing of themselves", expansionOf(four), node({}, offers(4)), []],
  ];
  for (const [name, expansion, own, wanted] of differences) {
    it(name, () => {
      const [found] = ownNodes(expansion, [own], [], release);
      expect(found?.differences.map(({ kind, message }) => `${kind}: ${message}`)).to.deep.equal(wanted);
    });
  }

  it("are those with its labels that are not on their way out; what pods took of them is not free", () => {
    const expansion = expansionOf(four);
    const pod = (name: string, phase: string): JsonObject => ({
      metadata: { name, namespace: "other" },
      spec: { nodeName: "gpu-1", containers: [{ name: "c", resources: { limits: { "nvidia.com/gpu": 3 } } }] },
      status: { phase },
    });
    const other = { ...node({}), metadata: { name: "cpu-1", labels: {} } };
    const leaving = node({}, offers(4));
    const gone = {
      ...leaving,
      metadata: { ...(leaving["metadata"] as JsonObject), name: "gpu-0", deletionTimestamp: "2026-11-22T12:00:00Z" },
    };
    const pods = [pod("a", "Running"), pod("b", "Succeeded")];
    const found = ownNodes(expansion, [other, node(A100_80(4), offers(4)), gone], pods, release);
    expect(found.map(({ name, offered, free, ready }) => ({ name, offered, free, ready }))).to.deep.equal([
      { name: "gpu-1", offered: 4, free: 1, ready: true },
    ]);
  });

  it("are told of in one warning, and not where they are what is stated", () => {
    const expansion = expansionOf(four);
    const small = node(gfd("NVIDIA-A100-SXM4-40GB", 2, 40960, "8.0"), offers(2));
    expect(
      ownNodesFinding(
        expansion,
        [small, { ...node(A100_80(4), offers(4)), metadata: { name: "gpu-2", labels: { pool: "gpu" } } }],
        release,
      ),
    ).to.deep.equal({
      reason: "HardwareDiffers",
      message:
        "1 of 2 selected nodes are not what is stated: node gpu-1 (2 x NVIDIA-A100-SXM4-40GB, 40 GiB, 8.0): it offers 2 of nvidia.com/gpu, a pod asks for 4, its GPU has 40 GiB, stated are 80",
    });
    expect(ownNodesFinding(expansion, [node(A100_80(4), offers(4))], release)).to.equal(undefined);
    expect(ownNodesFinding(expansion, [{ metadata: { name: "cpu" } }], release)?.reason).to.equal("NoNodeSelected");
  });

  it("say nothing in a wide selection while there are others: where no pod goes, and where there is no GPU", () => {
    const sized = expansionOf({}, { instanceType: "Standard_NC24ads_A100_v4" });
    const named = (name: string, type: string, gpus: JsonObject): JsonObject => ({
      ...node({}, gpus),
      metadata: { name, labels: { pool: "gpu", "node.kubernetes.io/instance-type": type } },
    });
    const right = named("right", "Standard_NC24ads_A100_v4", offers(1));
    const other = named("other", "Standard_NC48ads_A100_v4", offers(2));
    const bare = named("bare", "Standard_NC24ads_A100_v4", {});
    expect(ownNodesFinding(sized, [right, other, bare], release)).to.equal(undefined);
    expect(ownNodesFinding(sized, [right, bare], release)).to.equal(undefined);
    expect(ownNodesFinding(sized, [bare], release), "its device plugin may come").to.equal(undefined);
    expect(ownNodesFinding(sized, [other], release)?.message).to.contain("pods do not go there");
  });

  it("are compared once for all who are given the same list and state the same", () => {
    const [a, b] = [expansionOf(four), expansionOf({ "foresail.dev/gpu": "2xA100-40GB" })];
    const small = [node(gfd("NVIDIA-A100-SXM4-40GB", 2, 40960, "8.0"), offers(2))];
    const first = rememberedFinding(a, small, release);
    expect(first).to.deep.equal(ownNodesFinding(a, small, release));
    expect(rememberedFinding(expansionOf(four), small, release)).to.equal(first);
    expect(rememberedFinding(b, small, release), "who states something else").to.equal(undefined);
    const right = [node(A100_80(4), offers(4))];
    expect(rememberedFinding(a, right, release), "another list").to.equal(undefined);
  });

  it("change nothing of the expansion", () => {
    const [before, after] = [expansionOf(four), expansionOf(four)];
    ownNodes(before, [node(gfd("NVIDIA-A100-SXM4-40GB", 2, 40960, "8.0"), offers(2))], [], release);
    expect(before).to.deep.equal(after);
  });
});
