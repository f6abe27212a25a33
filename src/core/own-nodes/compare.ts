import { INSTANCE_TYPE_LABEL, type NodeFacts, nodeFacts } from "../capacity/claim.ts";
import { objectAt } from "../capacity/fields.ts";
import { isOver, nodeOf } from "../capacity/pod.ts";
import { podTerms, type Terms, unmet } from "../capacity/requirements.ts";
import { podRequests, resourcesOf } from "../capacity/resources.ts";
import type { Release } from "../catalogue.ts";
import { byCodePoint, type JsonObject } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";
import { type NodeHardware, nodeHardware } from "./node-hardware.ts";

/** One way in which a node is not what was stated. */
export interface Difference {
  /**
   * `less`: the model may not run, or not as it was sized; `other`: it runs, and could do better or for less; `elsewhere`: no
   * pod goes there; `no-gpu`: it offers none, because its device plugin is still to come or because it never had any.
   */
  readonly kind: "less" | "other" | "elsewhere" | "no-gpu";
  readonly message: string;
}

/** A node the user brings, beside what the Workspace says of it. */
export interface OwnNode {
  readonly name: string;
  readonly hardware: NodeHardware;
  /** Of the resource the pods ask for: what the kubelet offers, and what no pod has taken of it. */
  readonly offered: number;
  readonly free: number;
  readonly ready: boolean;
  readonly differences: readonly Difference[];
}

/**
 * The nodes that the pods of this Workspace select, beside the hardware it states (`foresail.dev/gpu`, instanceType). A node
 * of another instance type than the stated one is among them, because that is a difference to tell. Nothing of it changes
 * the expansion: hardware is stated, not discovered.
 * @param pods those bound to the nodes, whoever owns them
 */
export function ownNodes(
  expansion: Expansion,
  nodes: readonly JsonObject[],
  pods: readonly JsonObject[],
  release: Release,
): readonly OwnNode[] {
  const terms = ownNodeTerms(expansion);
  return nodes
    .map(nodeFacts)
    .filter((node) => !node.deleting && unmet(terms, node.labels).length === 0)
    .sort((a, b) => byCodePoint(a.name, b.name))
    .map((node) => ownNode(expansion, node, pods, release));
}

/** What the pods of a Workspace ask of a node's labels, its instance type aside. */
export function ownNodeTerms(expansion: Expansion): Terms {
  return podTerms(objectAt(expansion.podTemplate, "spec")).map((term) =>
    term.filter(({ key }) => key !== INSTANCE_TYPE_LABEL),
  );
}

function ownNode(expansion: Expansion, node: NodeFacts, pods: readonly JsonObject[], release: Release): OwnNode {
  const hardware = nodeHardware(node, release);
  const resource = expansion.gpu?.resource ?? "nvidia.com/gpu";
  const offered = resourcesOf(node.allocatable).get(resource) ?? 0;
  const taken = pods
    .filter((pod) => nodeOf(pod) === node.name && !isOver(pod))
    .reduce((total, pod) => total + (podRequests(objectAt(pod, "spec")).get(resource) ?? 0), 0);
  return {
    name: node.name,
    hardware,
    offered,
    free: Math.max(0, offered - taken),
    ready: node.ready,
    differences: differences(expansion, hardware, offered),
  };
}

// Error correction takes a sixteenth of GDDR memory, and drivers keep some of the rest: an A10 of 24 GiB reports 22.49.
const SMALLEST_SHARE = 0.93;

function differences(expansion: Expansion, hardware: NodeHardware, offered: number): readonly Difference[] {
  const { gpu, instanceType, fallbackInstanceTypes = [] } = expansion;
  if (gpu === undefined) return [];
  const sizes = [...(instanceType === undefined ? [] : [instanceType]), ...fallbackInstanceTypes];
  return [
    ...otherSize(sizes, hardware),
    ...fewer(gpu.resource, gpu.perNode, hardware, offered),
    ...otherModel(gpu.model, hardware),
    ...otherMemory(gpu.memoryGiB, hardware),
    ...otherCapability(gpu.computeCapability, hardware),
  ];
}

function otherSize(sizes: readonly string[], { instanceType }: NodeHardware): readonly Difference[] {
  if (sizes.length === 0 || (instanceType !== undefined && sizes.includes(instanceType))) return [];
  const found = instanceType === undefined ? "no instance type" : `instance type ${instanceType}`;
  return [{ kind: "elsewhere", message: `it has ${found}, stated is ${sizes.join(" or ")}: pods do not go there` }];
}

function fewer(resource: string, wanted: number, hardware: NodeHardware, offered: number): readonly Difference[] {
  if (hardware.sharedBy !== undefined) {
    const text = `each of its GPUs is shared by up to ${hardware.sharedBy} pods: memory is not divided between them`;
    return [{ kind: "less", message: text }];
  }
  if (offered >= wanted) return [];
  const slices = [...hardware.slices].map(([name, count]) => `${count} of ${name}`).sort(byCodePoint);
  const cut = slices.length === 0 ? "" : `; its GPUs are cut into ${slices.join(", ")}`;
  const physical = hardware.gpuCount ?? 0;
  // The labels tell what is in the node, the kubelet what its device plugin offers.
  const plugin =
    slices.length === 0 && physical > offered
      ? `, and labels say it has ${physical}: is the device plugin running`
      : "";
  const kind = offered === 0 && slices.length === 0 ? "no-gpu" : "less";
  return [{ kind, message: `it offers ${offered} of ${resource}, a pod asks for ${wanted}${cut}${plugin}` }];
}

function otherModel(stated: string | undefined, { product }: NodeHardware): readonly Difference[] {
  if (stated === undefined || product === undefined || isModel(product, stated)) return [];
  return [{ kind: "other", message: `its GPU is ${product}, stated is ${stated}` }];
}

/** Whether a product's name has the model's words in it, one after the other. */
function isModel(product: string, model: string): boolean {
  const words = (text: string): string => `-${text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}-`;
  return words(product).includes(words(model));
}

function otherMemory(stated: number | undefined, { gpuMemoryGiB }: NodeHardware): readonly Difference[] {
  if (stated === undefined || gpuMemoryGiB === undefined) return [];
  const text = `its GPU has ${round(gpuMemoryGiB)} GiB, stated are ${round(stated)}`;
  if (gpuMemoryGiB < stated * SMALLEST_SHARE) return [{ kind: "less", message: text }];
  return gpuMemoryGiB > stated / SMALLEST_SHARE ? [{ kind: "other", message: text }] : [];
}

function otherCapability(stated: string | undefined, { computeCapability }: NodeHardware): readonly Difference[] {
  if (stated === undefined || computeCapability === undefined || stated === computeCapability) return [];
  const kind = Number(computeCapability) < Number(stated) ? "less" : "other";
  return [{ kind, message: `its compute capability is ${computeCapability}, stated is ${stated}` }];
}

function round(gib: number): number {
  return Math.round(gib * 10) / 10;
}
