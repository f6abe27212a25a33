import { type Branch, copyOf, leaf, lookUp, type Origin, type Tree, textOf } from "../tree/tree.ts";
import { isClusterScoped } from "./kinds.ts";

/** What a resource is called: now, or before a step of a build changed it. */
export interface ResourceId {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

export interface Selector {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
}

const NO_NAMESPACE = "_non_namespaceable_";

/** One object of a build with what is remembered of it until the end. */
export class Resource {
  tree: Branch;
  readonly previous: ResourceId[] = [];
  readonly prefixes: string[] = [];
  readonly suffixes: string[] = [];
  behavior: string | undefined;
  needsHash = false;
  /** Whether it is removed: `$patch: delete` of the whole object. */
  isGone = false;

  constructor(tree: Branch) {
    this.tree = tree;
  }

  get id(): ResourceId {
    const [group, version] = groupAndVersion(textOf(lookUp(this.tree, "apiVersion")));
    const kind = textOf(lookUp(this.tree, "kind"));
    const name = textOf(lookUp(this.tree, "metadata", "name"));
    return { group, version, kind, name, namespace: textOf(lookUp(this.tree, "metadata", "namespace")) };
  }

  /** What it was called in its file. */
  get originalId(): ResourceId {
    return this.previousIds[0] ?? this.id;
  }

  /** Earlier names, with the group and version of today. */
  get previousIds(): readonly ResourceId[] {
    const { group, version } = this.id;
    return this.previous.map((id) => ({ ...id, group, version }));
  }

  remember(): void {
    const { id } = this;
    this.previous.push({ ...id, namespace: effectiveNamespace(id) });
  }

  setMetadata(key: "name" | "namespace", value: string, at?: Origin): void {
    const metadata = lookUp(this.tree, "metadata");
    if (metadata?.kind !== "branch") return;
    if (value === "" && key === "namespace") metadata.members.delete(key);
    else if (textOf(metadata.members.get(key)) !== value) metadata.members.set(key, leaf(value, at));
  }

  copy(): Resource {
    const copied = new Resource(copyOf(this.tree));
    copied.previous.push(...this.previous);
    copied.prefixes.push(...this.prefixes);
    copied.suffixes.push(...this.suffixes);
    copied.behavior = this.behavior;
    copied.needsHash = this.needsHash;
    return copied;
  }
}

export function groupAndVersion(apiVersion: string): readonly [group: string, version: string] {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

export function isClusterId({ group, version, kind }: ResourceId): boolean {
  return isClusterScoped(group, version, kind);
}

export function effectiveNamespace(id: ResourceId): string {
  if (isClusterId(id)) return NO_NAMESPACE;
  return id.namespace === "" ? "default" : id.namespace;
}

export function isSameNamespace(a: ResourceId, b: ResourceId): boolean {
  return effectiveNamespace(a) === effectiveNamespace(b);
}

export function isSameId(a: ResourceId, b: ResourceId): boolean {
  return (
    a.group === b.group && a.version === b.version && a.kind === b.kind && a.name === b.name && isSameNamespace(a, b)
  );
}

/** Whether an id is of the group, version and kind that are stated. */
export function isSelected(id: ResourceId, { group = "", version = "", kind = "" }: Selector): boolean {
  return (
    (group === "" || id.group === group) &&
    (version === "" || id.version === version) &&
    (kind === "" || id.kind === kind)
  );
}

export function shownId({ group, version, kind, name, namespace }: ResourceId): string {
  const api = group === "" ? version : `${group}/${version}`;
  return `${kind}/${name} (${api}${namespace === "" ? "" : `, namespace ${namespace}`})`;
}

/** The string members of a mapping. */
export function stringMap(tree: Tree | undefined): ReadonlyMap<string, string> {
  if (tree?.kind !== "branch") return new Map();
  return new Map([...tree.members].map(([key, member]) => [key, textOf(member)]));
}
