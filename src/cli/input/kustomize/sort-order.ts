import { byCodePoint } from "../../../core/json.ts";
import { UsageError } from "../../../option.ts";
import { lookUp, type Tree, textOf } from "../tree/tree.ts";
import type { Resource, ResourceId } from "./resource.ts";

// kustomize's order where none is stated: what others need comes first.
const FIRST = [
  "Namespace",
  "ResourceQuota",
  "StorageClass",
  "CustomResourceDefinition",
  "ServiceAccount",
  "PodSecurityPolicy",
  "Role",
  "ClusterRole",
  "RoleBinding",
  "ClusterRoleBinding",
  "ConfigMap",
  "Secret",
  "Endpoints",
  "Service",
  "LimitRange",
  "PriorityClass",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "Deployment",
  "StatefulSet",
  "CronJob",
  "PodDisruptionBudget",
];
const LAST = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/** The resources in the order in which a build prints them. Throws UsageError for an order that does not exist. */
export function sorted(resources: readonly Resource[], options: Tree | undefined): readonly Resource[] {
  const order = options === undefined ? "legacy" : textOf(lookUp(options, "order"));
  if (order === "fifo") return resources;
  if (order !== "legacy") throw new UsageError("the field 'sortOptions.order' must be one of [fifo, legacy]");
  const own = lookUp(options, "legacySortOptions");
  const ranks = ranksOf(
    own === undefined ? FIRST : names(own, "orderFirst"),
    own === undefined ? LAST : names(own, "orderLast"),
  );
  return resources
    .map((resource) => ({ resource, id: resource.id }))
    .sort((a, b) => compare(a.id, b.id, ranks))
    .map(({ resource }) => resource);
}

function names(options: Tree, key: string): readonly string[] {
  const list = lookUp(options, key);
  return list?.kind === "list" ? list.items.map(textOf) : [];
}

function ranksOf(first: readonly string[], last: readonly string[]): ReadonlyMap<string, number> {
  return new Map([
    ...first.map((kind, i) => [kind, i - first.length] as const),
    ...last.map((kind, i) => [kind, i + 1] as const),
  ]);
}

function compare(a: ResourceId, b: ResourceId, ranks: ReadonlyMap<string, number>): number {
  if (a.group === b.group && a.version === b.version && a.kind === b.kind) return byCodePoint(idText(a), idText(b));
  const difference = (ranks.get(a.kind) ?? 0) - (ranks.get(b.kind) ?? 0);
  return difference !== 0 ? difference : byCodePoint(kindText(a), kindText(b));
}

function kindText({ group, version, kind }: ResourceId): string {
  return `${group || "~G"}_${version || "~V"}_${kind || "~K"}`;
}

function idText({ name, namespace }: ResourceId): string {
  return `${namespace || "~X"}|${name || "~N"}`;
}
