import type { JsonObject } from "../json.ts";
import { objectsAt, textAt, textMapAt, textsAt } from "./fields.ts";

/** One node selector requirement. */
export interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** Alternatives, each a list of requirements that must all hold. */
export type Terms = readonly (readonly Requirement[])[];
export type Labels = ReadonlyMap<string, string>;

/** Where a pod may run: its node selector and required node affinity. Preferences do not count. */
export function podTerms(podSpec: JsonObject): Terms {
  const selector = [...textMapAt(podSpec, "nodeSelector")].map(([key, value]) => ({
    key,
    operator: "In",
    values: [value],
  }));
  const terms = objectsAt(
    podSpec,
    "affinity",
    "nodeAffinity",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "nodeSelectorTerms",
  );
  if (terms.length === 0) return [selector];
  return terms.map((term) => [...selector, ...nodeTerm(term)]);
}

/** Key of the node's name, which matchFields speak of: no label has it. */
export const NODE_NAME_FIELD = "metadata.name";

/** What is told in place of a key where a term states nothing. */
const EMPTY_TERM = "an empty node selector term";

/** The requirements of one node selector term. */
export function nodeTerm(term: JsonObject): readonly Requirement[] {
  const all = [...objectsAt(term, "matchExpressions"), ...objectsAt(term, "matchFields")].map(requirement);
  // A term that states nothing selects no node.
  return all.length === 0 ? [{ key: "", operator: "In", values: [] }] : all;
}

export function requirement(raw: JsonObject): Requirement {
  return {
    key: textAt(raw, "key") ?? "",
    operator: textAt(raw, "operator") ?? "",
    values: textsAt(raw, "values"),
  };
}

/** Keys that keep a node with these labels from running the pod: none where one term holds, else those of the nearest term. */
export function unmet(terms: Terms, labels: Labels): readonly string[] {
  const failures = terms.map((term) =>
    term.filter((one) => !holds(one, labels)).map(({ key }) => (key === "" ? EMPTY_TERM : key)),
  );
  return failures.reduce((best, next) => (next.length < best.length ? next : best), failures[0] ?? []);
}

export function holds(one: Requirement, labels: Labels): boolean {
  return allows(one, labels.get(one.key));
}

/** Whether a label of this value, or its absence, is what the requirement asks for. */
export function allows(one: Requirement, value: string | undefined): boolean {
  switch (one.operator) {
    case "In":
      return value !== undefined && one.values.includes(value);
    case "NotIn":
      return value === undefined || !one.values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(one.values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(one.values[0]);
    default:
      return false;
  }
}

/** Taints that keep the pod away. PreferNoSchedule does not. */
export function untolerated(taints: readonly JsonObject[], tolerations: readonly JsonObject[]): readonly string[] {
  return taints
    .filter((taint) => taint["effect"] === "NoSchedule" || taint["effect"] === "NoExecute")
    .filter((taint) => !tolerated(taint, tolerations))
    .map((taint) => textAt(taint, "key") ?? "");
}

export function tolerated(taint: JsonObject, tolerations: readonly JsonObject[]): boolean {
  return tolerations.some((toleration) => tolerates(toleration, taint));
}

/** As Kubernetes has it (ToleratesTaint of k8s.io/api/core/v1): an empty text is as good as none. */
function tolerates(toleration: JsonObject, taint: JsonObject): boolean {
  const stated = (name: string): unknown => toleration[name] || undefined;
  const isOther = (name: string): boolean => stated(name) !== undefined && stated(name) !== taint[name];
  if (isOther("effect") || isOther("key")) return false;
  switch (stated("operator") ?? "Equal") {
    case "Exists":
      return true;
    case "Equal":
      return (stated("value") ?? "") === (taint["value"] ?? "");
    default:
      return false;
  }
}
