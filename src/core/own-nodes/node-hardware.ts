import { INSTANCE_TYPE_LABEL, type NodeFacts } from "../capacity/claim.ts";
import { resourcesOf } from "../capacity/resources.ts";
import { findInstanceType, type Release } from "../catalogue.ts";

/** What a node's labels and its kubelet say of its GPUs. What nobody says is absent, and never guessed. */
export interface NodeHardware {
  /** As the label has it: `NVIDIA-A100-SXM4-80GB`, `a100`. */
  readonly product?: string;
  /** GPUs the node has. */
  readonly gpuCount?: number;
  /** Memory of one GPU, or of one slice where all are cut alike. */
  readonly gpuMemoryGiB?: number;
  readonly computeCapability?: string;
  readonly instanceType?: string;
  /** Pods that share one GPU by time slicing; absent: 1. */
  readonly sharedBy?: number;
  /** Slices the node offers, by resource: `nvidia.com/mig-1g.10gb` → 7. */
  readonly slices: ReadonlyMap<string, number>;
}

// Labels of NVIDIA's GPU feature discovery, read from the driver itself, come first; then those by which clouds describe their
// sizes: Karpenter for AWS, Karpenter for Azure, GKE. What none says is taken from the catalogue, by the instance type.
const PRODUCT = [
  "nvidia.com/gpu.product",
  "karpenter.k8s.aws/instance-gpu-name",
  "karpenter.azure.com/sku-gpu-name",
  "cloud.google.com/gke-accelerator",
];
const COUNT = [
  "nvidia.com/gpu.count",
  "karpenter.k8s.aws/instance-gpu-count",
  "karpenter.azure.com/sku-gpu-count",
  "cloud.google.com/gke-accelerator-count",
];
// In MiB.
const MEMORY = ["nvidia.com/gpu.memory", "karpenter.k8s.aws/instance-gpu-memory"];
const INSTANCE_TYPE = [INSTANCE_TYPE_LABEL, "beta.kubernetes.io/instance-type"];
const MIB_PER_GIB = 1024;
const SLICE = /^nvidia\.com\/mig-[^/]+$/;
const SLICE_COUNT = /^(nvidia\.com\/mig-[^/]+)\.count$/;

export function nodeHardware({ labels, allocatable }: NodeFacts, release: Release): NodeHardware {
  const first = (keys: readonly string[]): string | undefined =>
    keys.map((key) => labels.get(key)).find((value) => value !== undefined && value !== "");
  const number = (text: string | undefined): number | undefined =>
    text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  const instanceType = first(INSTANCE_TYPE);
  const known = instanceType === undefined ? undefined : findInstanceType(release, instanceType);
  const memoryMiB = number(first(MEMORY));
  const [major, minor] = ["major", "minor"].map((part) => labels.get(`nvidia.com/gpu.compute.${part}`));
  const found = {
    product: first(PRODUCT) ?? known?.gpuModel,
    gpuCount: number(first(COUNT)) ?? known?.gpuCount,
    gpuMemoryGiB: memoryMiB === undefined ? known?.gpuMemoryGiB : memoryMiB / MIB_PER_GIB,
    computeCapability: major === undefined ? known?.computeCapability : `${major}.${minor ?? "0"}`,
    instanceType,
    sharedBy: sharing(number(labels.get("nvidia.com/gpu.replicas"))),
  };
  const present = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  return { ...present, slices: slicesOf(labels, resourcesOf(allocatable)) };
}

function sharing(replicas: number | undefined): number | undefined {
  return replicas === undefined || replicas <= 1 ? undefined : replicas;
}

/** What the kubelet offers wins: a node may be cut anew after it was labelled. */
function slicesOf(
  labels: ReadonlyMap<string, string>,
  allocatable: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const labelled = [...labels].flatMap(([key, value]): readonly (readonly [string, number])[] => {
    const resource = SLICE_COUNT.exec(key)?.[1];
    return resource === undefined || !/^\d+$/.test(value) ? [] : [[resource, Number(value)]];
  });
  const offered = [...allocatable].filter(([resource]) => SLICE.test(resource));
  return new Map([...labelled, ...offered].filter(([, count]) => count > 0));
}
