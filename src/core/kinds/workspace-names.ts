import { byCodePoint } from "../json.ts";
import { groupOf } from "./is-workspace.ts";
import { KAITO_GROUP, type Workspace, workspaceKind } from "./workspace.ts";

/** The names of a Workspace. */
export interface Named {
  /** API group, where it is not KAITO's. */
  readonly group?: string;
  readonly namespace: string;
  readonly name: string;
}

export function namedOf(workspace: Pick<Workspace, "apiVersion" | "metadata">): Named {
  const { namespace = "", name = "" } = workspace.metadata;
  return { ...toldGroup(workspace), namespace, name };
}

/** The group of a Workspace, where it is told: KAITO's is what people mean. */
export function toldGroup(workspace: { readonly apiVersion?: unknown }): Pick<Named, "group"> {
  const group = groupOf(workspace);
  return group === KAITO_GROUP ? {} : { group };
}

/** Workspaces of a group as kubectl takes them, and the name of their definition: `workspaces.foresail.dev`. */
export function typeIn(group: string): string {
  return `${workspaceKind.plural}.${group}`;
}

/** What a Workspace is known by: `models/phi`, `Workspace.foresail.dev models/phi`. */
export function keyOf(workspace: Pick<Workspace, "apiVersion" | "metadata">): string {
  return keyOfNamed(namedOf(workspace));
}

export function keyOfNamed({ group, namespace, name }: Named): string {
  const own = `${namespace}/${name}`;
  return group === undefined ? own : `${workspaceKind.kind}.${group} ${own}`;
}

/** By namespace and name; of one name KAITO's first. */
export function byNames(one: Named, other: Named): number {
  const name = ({ namespace, name: own }: Named): string => `${namespace}/${own}`;
  return byCodePoint(name(one), name(other)) || byCodePoint(one.group ?? "", other.group ?? "");
}
