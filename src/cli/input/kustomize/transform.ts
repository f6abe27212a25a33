import { byCodePoint } from "../../../core/json.ts";
import { UsageError } from "../../../option.ts";
import { childBranch, leaf, lookUp, overwrite, type Tree, textOf } from "../tree/tree.ts";
import { atFieldSpec, type FieldSpec } from "./field-path.ts";
import { isClusterId, isSameId, isSelected, type ResourceId, type Selector, shownId } from "./resource.ts";
import type { Resources } from "./resources.ts";

/** `namespace`: of every object that has one, of Namespaces their name, and where others name it. */
export function setNamespace(resources: Resources, stated: Tree, specs: readonly FieldSpec[]): void {
  const namespace = textOf(stated);
  const value = leaf(namespace, stated.at);
  for (const resource of resources.all) {
    resource.remember();
    const { id } = resource;
    if (!isClusterId(id)) childBranch(resource.tree, "metadata").members.set("namespace", value);
    if (isBinding(id)) setDefaultSubjects(lookUp(resource.tree, "subjects"), value);
    for (const spec of specs.filter((one) => isApplied(id, one))) {
      atFieldSpec(resource, spec, () => value, { kind: "leaf", at: stated.at });
    }
    const now = resource.id;
    if (resources.all.filter((other) => isSameId(other.id, now)).length !== 1) {
      throw new UsageError(`namespace transformation produces ID conflict: ${shownId(now)}`);
    }
  }
}

function isBinding({ kind }: ResourceId): boolean {
  return kind === "RoleBinding" || kind === "ClusterRoleBinding";
}

/** What is set in a way of its own, and names of what is no Namespace, are left out. */
function isApplied(id: ResourceId, { path }: FieldSpec): boolean {
  if (path === "metadata/namespace" || (isBinding(id) && path === "subjects/namespace")) return false;
  return path !== "metadata/name" || (id.group === "" && id.version === "v1");
}

function setDefaultSubjects(subjects: Tree | undefined, value: Tree): void {
  if (subjects?.kind !== "list") return;
  for (const subject of subjects.items) {
    if (subject.kind === "branch" && textOf(subject.members.get("name")) === "default") {
      subject.members.set("namespace", value);
    }
  }
}

// Their names mean something to the API server.
const KEEP_THEIR_NAMES: readonly Selector[] = [
  { kind: "CustomResourceDefinition" },
  { group: "apiregistration.k8s.io", kind: "APIService" },
  { kind: "Namespace" },
];

/** `namePrefix` and `nameSuffix`. */
export function setAffix(
  resources: Resources,
  which: "prefixes" | "suffixes",
  affix: string,
  specs: readonly FieldSpec[],
): void {
  for (const resource of resources.all) {
    const original = resource.originalId;
    if (KEEP_THEIR_NAMES.some((kind) => isSelected(original, kind))) continue;
    for (const spec of specs.filter((one) => isSelected(original, one))) {
      if (spec.path === "metadata/name") {
        resource[which].push(affix);
        resource.remember();
      }
      atFieldSpec(resource, spec, (found) =>
        leaf(which === "prefixes" ? affix + textOf(found) : textOf(found) + affix, found.at),
      );
    }
  }
}

/** Labels or annotations in all the places of these specs. */
export function setPairs(resources: Resources, pairs: Tree | undefined, specs: readonly FieldSpec[]): void {
  if (pairs?.kind !== "branch") return;
  const entries = [...pairs.members].sort(([a], [b]) => byCodePoint(a, b));
  for (const resource of resources.all) {
    for (const [key, stated] of entries) {
      // One leaf in all the places it is new in: who changes it later changes them all, as kustomize does.
      const value = leaf(textOf(stated), stated.at);
      for (const spec of specs) {
        const set = (found: Tree): Tree => {
          if (found.kind !== "branch") return found;
          const former = found.members.get(key);
          if (former?.kind === "leaf") overwrite(former, value);
          else found.members.set(key, value);
          return found;
        };
        atFieldSpec(resource, spec, set, { kind: "branch", at: pairs.at });
      }
    }
  }
}

/** An entry of `replicas`. Throws UsageError where nothing has that name. */
export function setReplicas(resources: Resources, entry: Tree, specs: readonly FieldSpec[]): void {
  const name = textOf(lookUp(entry, "name"));
  const count = lookUp(entry, "count");
  let isFound = false;
  for (const spec of specs) {
    for (const resource of resources.byAnyId((id) => id.name === name && isSelected(id, spec))) {
      isFound = true;
      const value = leaf(Number(textOf(count)), count?.at ?? entry.at);
      atFieldSpec(resource, spec, () => value, { kind: "leaf", at: value.at });
    }
  }
  if (!isFound) throw new UsageError(`replicas: no resource that can have them is named ${name}`);
}
