import { objectsAt } from "../capacity/fields.ts";
import type { Catalogue } from "../catalogue.ts";
import { initialPods } from "../children/workload.ts";
import { priceOfRun } from "../cost/cost.ts";
import { runningOf } from "../explain/running.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import type { NodeChange, ReleaseSource, Side } from "./comparison.ts";

export interface Scale {
  readonly replicas: number;
  readonly scaledByOthers: boolean;
}

/** A run, and why it is of its release. */
export interface Sided {
  readonly workspace: Workspace;
  readonly expansion: Expansion;
  readonly by: ReleaseSource;
  readonly scale: Scale;
  /** Kind of the object that makes the pods. */
  readonly workload: string;
}

/** What an expansion runs. */
export function sideOf({ workspace, expansion, by, scale, workload }: Sided, catalogue: Catalogue): Side {
  const { nodes, memory } = expansion;
  const { replicas, scaledByOthers } = scale;
  const price = priceOfRun({ expansion, replicas }, catalogue);
  return {
    release: { id: expansion.catalog, by },
    workload,
    running: runningOf(workspace, expansion),
    replicas,
    scaledByOthers,
    ...(memory === undefined ? {} : { maxModelLen: memory.maxModelLen, memory }),
    capacityTypes: nodes.capacityTypes,
    provision: nodes.provision,
    nodes: price.nodes,
    ...(nodes.provision && price.amount !== undefined ? { cost: price.amount } : {}),
  };
}

/**
 * Replicas of a Workspace. Where something else scales it, as many as its nodes in the cluster hold, else one.
 * @param live the Workspace as the cluster holds it
 */
export function scaleOf(expansion: Expansion, live: Workspace | undefined): Scale {
  const { replicas, kind } = expansion.workload;
  if (kind === "Job") return { replicas: 1, scaledByOthers: false };
  if (replicas !== undefined) return { replicas, scaledByOthers: false };
  const nodes = objectsAt(live, "status", "nodes").length;
  const known = Math.ceil(nodes / Math.max(1, expansion.nodeCount));
  return { replicas: known > 0 ? known : initialPods(expansion) / podsPerReplica(expansion), scaledByOthers: true };
}

function podsPerReplica({ workload, nodeCount }: Expansion): number {
  return workload.kind === "StatefulSet" ? nodeCount : 1;
}

/** Nodes by size, before and after; empty where neither side has any. */
export function nodeChanges(before: Side | undefined, after: Side | undefined): readonly NodeChange[] {
  const sizes = [before, after].flatMap((side) => (side === undefined || side.nodes === 0 ? [] : [sizeOf(side)]));
  const unique = sizes.filter((one, i) => sizes.findIndex((other) => isSame(one, other)) === i);
  return unique.map((size) => ({ ...size, before: nodesOf(before, size), after: nodesOf(after, size) }));
}

type Size = Pick<NodeChange, "instanceType" | "provision">;

function sizeOf({ running, provision }: Side): Size {
  return { ...(running.instanceType === undefined ? {} : { instanceType: running.instanceType }), provision };
}

function isSame(one: Size, other: Size): boolean {
  return one.instanceType === other.instanceType && one.provision === other.provision;
}

function nodesOf(side: Side | undefined, size: Size): number {
  return side !== undefined && isSame(sizeOf(side), size) ? side.nodes : 0;
}
