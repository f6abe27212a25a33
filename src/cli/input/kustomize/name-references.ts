import { UsageError } from "../../../option.ts";
import { isNull, leaf, lookUp, type Tree, textOf } from "../tree/tree.ts";
import { atFieldSpec } from "./field-path.ts";
import type { FieldSpecs } from "./field-specs.ts";
import {
  effectiveNamespace,
  isClusterId,
  isSameNamespace,
  isSelected,
  type Resource,
  type Selector,
  shownId,
} from "./resource.ts";

/** Renames what resources hold of names that changed, where kustomize knows that they are names. */
export function fixNameReferences(resources: readonly Resource[], specs: FieldSpecs): void {
  const renamed = resources.filter(({ previous }) => previous.length > 0);
  if (renamed.length === 0) return;
  for (const referrer of resources) {
    const original = referrer.originalId;
    const candidates = referable(referrer, renamed);
    for (const { fieldSpecs, ...target } of specs.nameReference) {
      for (const spec of fieldSpecs) {
        if (!isSelected(original, spec)) continue;
        const referral = { referrer, target, path: spec.path, candidates };
        atFieldSpec(referrer, { path: spec.path }, (found) => replaced(found, referral));
      }
    }
  }
}

interface Referral {
  readonly referrer: Resource;
  readonly target: Selector;
  readonly path: string;
  readonly candidates: readonly Resource[];
}

/** Objects of the same namespace, those without one, and accounts that a RoleBinding names in other namespaces. */
function referable(referrer: Resource, resources: readonly Resource[]): readonly Resource[] {
  const { id, tree } = referrer;
  if (isClusterId(id)) return resources;
  const subjects = id.kind === "RoleBinding" ? lookUp(tree, "subjects") : undefined;
  const namespaces = (subjects?.kind === "list" ? subjects.items : [])
    .filter((subject) => textOf(lookUp(subject, "kind")) === "ServiceAccount")
    .map((subject) => textOf(lookUp(subject, "namespace")))
    .filter((namespace) => namespace !== "");
  return resources.filter(
    (one) => isClusterId(one.id) || isSameNamespace(one.id, id) || namespaces.includes(one.id.namespace),
  );
}

function replaced(found: Tree, referral: Referral): Tree {
  if (isNull(found)) return found;
  if (found.kind === "list") {
    found.items.forEach((item, i) => {
      found.items[i] = replaced(item, referral);
    });
    return found;
  }
  if (found.kind === "branch") return inMapping(found, referral);
  const name = textOf(found);
  const chosen = choose(name, referral.candidates, referral, (a, b) => a.id.name === b.id.name);
  return chosen === undefined || chosen.id.name === name ? found : leaf(chosen.id.name, found.at);
}

/** `{name: …, namespace: …}`: both are set. */
function inMapping(found: Tree & { readonly kind: "branch" }, referral: Referral): Tree {
  const name = found.members.get("name");
  if (name === undefined) throw new UsageError(`path config error; no 'name' field in node at ${referral.path}`);
  const candidates = inNamespace(referral.candidates, found.members.get("namespace"));
  const chosen = choose(
    textOf(name),
    candidates,
    referral,
    (a, b) => a.id.name === b.id.name && a.id.namespace === b.id.namespace,
  );
  if (chosen === undefined || (chosen.id.name === textOf(name) && chosen.id.namespace === "")) return found;
  found.members.set("name", leaf(chosen.id.name, name.at));
  if (chosen.id.namespace !== "") {
    found.members.set("namespace", leaf(chosen.id.namespace, found.members.get("namespace")?.at ?? found.at));
  }
  return found;
}

function inNamespace(candidates: readonly Resource[], namespace: Tree | undefined): readonly Resource[] {
  if (namespace === undefined) return candidates;
  const isNamespaced = (one: Resource): boolean => !isClusterId(one.id);
  const wanted = textOf(namespace);
  const before = candidates.filter((one) => isNamespaced(one) && effectiveNamespace(one.originalId) === wanted);
  if (before.length > 0) return before;
  return candidates.filter((one) => isNamespaced(one) && effectiveNamespace(one.id) === wanted);
}

function choose(
  name: string,
  candidates: readonly Resource[],
  { referrer, target, path }: Referral,
  isSame: (a: Resource, b: Resource) => boolean,
): Resource | undefined {
  let left = candidates
    .filter((one) => one.previousIds.some((id) => id.name === name))
    .filter((one) => one.previousIds.some((id) => isSelected(id, target)))
    .filter((one) => isRoleOf(referrer, one, path))
    .filter((one) => isInReach(referrer, one));
  if (left.length === 1) return left[0];
  left = left.filter((one) => sharesAffixes(referrer, one, true));
  if (left.length > 1) left = left.filter((one) => sharesAffixes(referrer, one, false));
  const [first] = left;
  if (first === undefined || left.every((one) => isSame(first, one))) return first;
  throw new UsageError(
    `${shownId(referrer.id)}: found multiple possible referrals: ${left.map(({ id }) => shownId(id)).join(", ")}`,
  );
}

function isRoleOf(referrer: Resource, candidate: Resource, path: string): boolean {
  if (!path.endsWith("roleRef/name")) return true;
  const role = lookUp(referrer.tree, "roleRef");
  const [group, kind] = [lookUp(role, "apiGroup"), lookUp(role, "kind")];
  if (group === undefined || kind === undefined) return true;
  return candidate.previousIds.some((id) => isSelected(id, { group: textOf(group), kind: textOf(kind) }));
}

function isInReach(referrer: Resource, { id }: Resource): boolean {
  return (
    isClusterId(referrer.id) || isClusterId(id) || id.kind === "ServiceAccount" || isSameNamespace(referrer.id, id)
  );
}

function sharesAffixes(a: Resource, b: Resource, allowsEmpty: boolean): boolean {
  const shares = (some: readonly string[], others: readonly string[]): boolean =>
    (allowsEmpty && (some.length === 0 || others.length === 0)) || sameEnding(some, others);
  return shares(a.prefixes, b.prefixes) && shares(a.suffixes, b.suffixes);
}

function sameEnding(a: readonly string[], b: readonly string[]): boolean {
  const shared = Math.min(a.length, b.length);
  if (shared === 0) return a.length === b.length;
  return a.slice(a.length - shared).every((one, i) => one === b[b.length - shared + i]);
}
