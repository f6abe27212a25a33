import { objectAt, textMapAt } from "../core/capacity/fields.ts";
import { type JsonObject, sameJson } from "../core/json.ts";
import type { Workspace } from "../core/kinds/workspace.ts";
import { ownNodeLookups } from "../core/own-nodes/lookup.ts";
import type { OnChange } from "../kube/cache.ts";
import type { KubeObject } from "../kube/kube.ts";

/** Nodes by the labels that Workspaces with nodes of their own select them by. */
export interface OwnNodes {
  /** Told of every change of a node. */
  readonly changed: OnChange;
  /** Nodes that may be meant by the Workspace, undefined where its nodes are made for it. The same list until one of them changes. */
  of(workspace: Workspace | undefined): readonly JsonObject[] | undefined;
}

const ALL = "all";

/** Under what a Workspace is woken when a node changes. */
export function selectionsOf(workspace: KubeObject): readonly string[] {
  const { expansion } = workspace as unknown as Workspace;
  const lookups = expansion === undefined ? undefined : ownNodeLookups(expansion);
  if (lookups === undefined) return [];
  return lookups === "all" ? [ALL] : lookups.map(({ key, value }) => entry(key, value));
}

/** What Workspaces must be woken under for a node. */
export function selectionsOfNode(node: KubeObject): readonly string[] {
  return [ALL, ...[...labelsOf(node)].map(([key, value]) => entry(key, value))];
}

/** Whether anything changed that is compared with what Workspaces state: a heartbeat changes none of it. */
export function isOtherHardware(before: KubeObject | undefined, after: KubeObject | undefined): boolean {
  return before === undefined || after === undefined || !sameJson(compared(before), compared(after));
}

/**
 * A label is looked up from the first Workspace on that selects by it: a node has dozens of others. So a look costs what it
 * finds, and a change of a node the number of its labels, however many nodes and Workspaces there are.
 * @param list all nodes now
 */
export function createOwnNodes(list: () => readonly KubeObject[]): OwnNodes {
  const byKey = new Map<string, Map<string, Bucket>>();
  let all: Bucket | undefined;

  function put(bucket: Bucket, name: string, node: KubeObject | undefined): void {
    if (node === undefined) bucket.nodes.delete(name);
    else bucket.nodes.set(name, compared(node));
    bucket.list = undefined;
  }
  function leave([key, value]: readonly [string, string], name: string): void {
    const values = byKey.get(key);
    const bucket = values?.get(value);
    if (bucket !== undefined) put(bucket, name, undefined);
    if (bucket?.nodes.size === 0) values?.delete(value);
  }
  function enter(values: Map<string, Bucket> | undefined, value: string | undefined, node: KubeObject): void {
    if (values === undefined || value === undefined) return;
    const bucket = values.get(value) ?? { nodes: new Map() };
    values.set(value, bucket);
    put(bucket, node.metadata.name, node);
  }
  function indexed(key: string): Map<string, Bucket> {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const values = new Map<string, Bucket>();
    for (const node of list()) enter(values, labelsOf(node).get(key), node);
    byKey.set(key, values);
    return values;
  }
  function everyNode(): Bucket {
    all ??= { nodes: new Map(list().map((node) => [node.metadata.name, compared(node)])) };
    return all;
  }
  return {
    changed: (before, after) => {
      if (!isOtherHardware(before, after)) return;
      const name = (after ?? before)?.metadata.name ?? "";
      if (all !== undefined) put(all, name, after);
      for (const label of labelsOf(before)) leave(label, name);
      if (after === undefined) return;
      for (const [key, value] of labelsOf(after)) enter(byKey.get(key), value, after);
    },
    of: (workspace) => {
      const lookups = workspace?.expansion === undefined ? undefined : ownNodeLookups(workspace.expansion);
      if (lookups === undefined) return undefined;
      if (lookups === "all") return listed(everyNode());
      const found = lookups.flatMap(({ key, value }) => indexed(key).get(value) ?? []);
      const [only] = found;
      if (found.length === 1 && only !== undefined) return listed(only);
      return found.length === 0 ? NONE : [...new Map(found.flatMap(({ nodes }) => [...nodes])).values()];
    },
  };
}

const NONE: readonly JsonObject[] = [];

interface Bucket {
  readonly nodes: Map<string, JsonObject>;
  /** Of the nodes, until one of them changes. */
  list?: readonly JsonObject[] | undefined;
}

function listed(bucket: Bucket): readonly JsonObject[] {
  bucket.list ??= [...bucket.nodes.values()];
  return bucket.list;
}

function labelsOf(node: KubeObject | undefined): ReadonlyMap<string, string> {
  return textMapAt(node, "metadata", "labels");
}

function compared(node: KubeObject): JsonObject {
  const { name, deletionTimestamp } = node.metadata;
  return {
    metadata: {
      name,
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      labels: objectAt(node, "metadata", "labels"),
    },
    status: { allocatable: objectAt(node, "status", "allocatable") },
  };
}

function entry(key: string, value: string): string {
  return `${key}=${value}`;
}
