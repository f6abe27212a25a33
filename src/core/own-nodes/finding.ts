import type { Release } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";
import { type Difference, type OwnNode, ownNodes, ownNodeTerms } from "./compare.ts";

/** What there is to say of the nodes a user brings. */
export interface OwnNodesFinding {
  readonly reason: "NoNodeSelected" | "HardwareDiffers";
  readonly message: string;
}

/** All there is to say of the nodes a Workspace selects, for people: what is free, and every difference. */
export function ownNodesLines(
  expansion: Expansion,
  nodes: readonly JsonObject[],
  pods: readonly JsonObject[],
  release: Release,
): readonly string[] {
  if (expansion.nodes.provision) return [];
  const selected = ownNodes(expansion, nodes, pods, release);
  const total = (of: (node: OwnNode) => number): number => selected.reduce((sum, node) => sum + of(node), 0);
  const resource = expansion.gpu?.resource ?? "nvidia.com/gpu";
  const ready = selected.filter((node) => node.ready).length;
  const free = `${total((node) => node.free)} of ${total((node) => node.offered)} ${resource} free`;
  return [
    `${selected.length} of ${nodes.length} nodes selected, ${ready} Ready, ${free}`,
    ...selected.filter(({ differences }) => differences.length > 0).map(describe),
  ];
}

// A message names a few nodes: those of one pool are alike.
const MOST_NODES_NAMED = 3;

/**
 * The warning of a Workspace on its own nodes, or undefined where they are what it states: no node has its labels, or nodes
 * that it selects are less than what is stated. A selector may be wide: nodes to which no pod goes, or that offer no GPU,
 * say nothing while there are others.
 * @param nodes all of the cluster, or at least those with the Workspace's labels
 */
export function ownNodesFinding(
  expansion: Expansion,
  nodes: readonly JsonObject[],
  release: Release,
): OwnNodesFinding | undefined {
  if (expansion.nodes.provision) return undefined;
  const selected = ownNodes(expansion, nodes, [], release);
  if (selected.length === 0) {
    return {
      reason: "NoNodeSelected",
      message: "no node has the labels of resource.labelSelector",
    };
  }
  const used = selected.filter((node) => !has(node, "elsewhere") && !has(node, "no-gpu"));
  const less =
    used.length > 0 ? used.filter((node) => has(node, "less")) : selected.filter((node) => has(node, "elsewhere"));
  if (less.length === 0) return undefined;
  const named = less.slice(0, MOST_NODES_NAMED).map(describe);
  const more = less.length > MOST_NODES_NAMED ? ` and ${less.length - MOST_NODES_NAMED} more` : "";
  const message = `${less.length} of ${selected.length} selected nodes are not what is stated: ${named.join("; ")}${more}`;
  return { reason: "HardwareDiffers", message };
}

function has({ differences }: OwnNode, kind: Difference["kind"]): boolean {
  return differences.some((one) => one.kind === kind);
}

const told = new WeakMap<readonly JsonObject[], Map<string, OwnNodesFinding | undefined>>();

/** The same, worked out once for all Workspaces that are given the same list and state the same. */
export function rememberedFinding(
  expansion: Expansion,
  nodes: readonly JsonObject[],
  release: Release,
): OwnNodesFinding | undefined {
  const { gpu, instanceType, fallbackInstanceTypes, nodes: asked } = expansion;
  const stated = [release.id, asked.provision, gpu, instanceType, fallbackInstanceTypes, ownNodeTerms(expansion)];
  const key = JSON.stringify(stated);
  const known = told.get(nodes) ?? new Map<string, OwnNodesFinding | undefined>();
  told.set(nodes, known);
  if (!known.has(key)) known.set(key, ownNodesFinding(expansion, nodes, release));
  return known.get(key);
}

/** `node gpu-1 has 2xA100-40GB (8.0): …`, whatever of it is known. */
export function describe({ name, hardware, differences }: OwnNode): string {
  const { gpuCount, product, gpuMemoryGiB, computeCapability } = hardware;
  const parts = [
    ...(gpuCount === undefined ? [] : [`${gpuCount} x`]),
    product ?? "a GPU nobody names",
    ...(gpuMemoryGiB === undefined ? [] : [`${Math.round(gpuMemoryGiB * 10) / 10} GiB`]),
    ...(computeCapability === undefined ? [] : [computeCapability]),
  ];
  return `node ${name} (${parts.join(", ").replace(" x,", " x")}): ${differences.map(({ message }) => message).join(", ")}`;
}
