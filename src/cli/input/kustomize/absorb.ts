import { UsageError } from "../../../option.ts";
import { branch, childBranch, lookUp, textOf } from "../tree/tree.ts";
import { isSameId, type Resource, shownId } from "./resource.ts";
import type { Resources } from "./resources.ts";

/** Takes in what a generator made: new, in place of one that is there, or merged into it. */
export function absorb(resources: Resources, made: Resource): void {
  const { id, behavior } = made;
  const matches = resources.byAnyId((other) => isSameId(id, other));
  const [old] = matches;
  const changes = behavior === "merge" || behavior === "replace";
  if (matches.length > 1) throw new UsageError(`several objects could accept a merge of ${shownId(id)}`);
  if (old === undefined) {
    if (changes) throw new UsageError(`${shownId(id)} does not exist; cannot merge or replace`);
    resources.append(made);
    return;
  }
  if (!changes) throw new UsageError(`${shownId(id)} exists; behavior must be merge or replace`);
  for (const key of ["labels", "annotations"]) unite(made, old, ["metadata", key]);
  made.setMetadata("name", old.id.name);
  made.setMetadata("namespace", old.id.namespace, lookUp(old.tree, "metadata", "namespace")?.at);
  if (behavior === "merge") for (const key of ["data", "binaryData"]) unite(made, old, [key]);
  made.previous.push(...old.previous);
  made.prefixes.push(...old.prefixes);
  made.suffixes.push(...old.suffixes);
  made.needsHash &&= old.needsHash;
  made.behavior = old.behavior;
  resources.all[resources.all.indexOf(old)] = made;
}

/** The members of both below these keys; those of the new one win. */
function unite(made: Resource, old: Resource, keys: readonly string[]): void {
  const before = lookUp(old.tree, ...keys);
  if (before?.kind !== "branch" || before.members.size === 0) return;
  const parent = keys.length > 1 ? childBranch(made.tree, keys[0] ?? "") : made.tree;
  const last = keys.at(-1) ?? "";
  const own = parent.members.get(last);
  const united = branch(own?.at ?? before.at);
  for (const [key, value] of before.members) united.members.set(key, value);
  if (own?.kind === "branch") for (const [key, value] of own.members) united.members.set(key, value);
  parent.members.set(last, united);
}

export function isLocal({ tree }: Resource): boolean {
  const local = lookUp(tree, "metadata", "annotations", "config.kubernetes.io/local-config");
  return local !== undefined && textOf(local) !== "false";
}
