import type { JsonObject } from "../json.ts";
import { namespaceOf, objectAt, textMapAt } from "./fields.ts";
import { isDeleting, isOver, nodeOf, schedulingFacts } from "./pod.ts";
import { holds, type Labels } from "./requirements.ts";
import { type PodRule, podRules } from "./scheduling/pod-spec.ts";
import type { PlacedPod, Row } from "./scheduling/problem.ts";
import { HOSTNAME } from "./scheduling/words.ts";

/** Pods on nodes that are not the owner's, by which its pods say where they want to be, and the labels of these nodes. */
export interface Elsewhere {
  readonly pods: readonly JsonObject[];
  readonly nodes: ReadonlyMap<string, Labels>;
}

/** The cluster, as far as whoever asks has it. */
export interface Everything {
  readonly pods: () => readonly JsonObject[];
  readonly nodeNamed: (name: string) => JsonObject | undefined;
}

/**
 * The pods of the cluster that an affinity of these pods may speak of, beyond one node; undefined where none speaks of any,
 * which is nearly always: then nothing is looked through.
 * @param pods of the owner, and its template as one of them: those without a node are asking
 * @param own names of the owner's nodes, whose pods are known already
 */
export function elsewhere(
  pods: readonly JsonObject[],
  own: ReadonlySet<string>,
  cluster: Everything,
): Elsewhere | undefined {
  const rules = rulesOf(pods.filter((pod) => nodeOf(pod) === undefined));
  if (rules.length === 0) return undefined;
  const seen = cluster.pods().filter((pod) => {
    const node = nodeOf(pod);
    if (node === undefined || own.has(node) || isOver(pod) || isDeleting(pod)) return false;
    return rules.some(({ rule, namespace }) => maySee(rule, namespace, pod));
  });
  const nodes = [...new Set(seen.flatMap((pod) => nodeOf(pod) ?? []))].flatMap((name) => {
    const node = cluster.nodeNamed(name);
    return node === undefined ? [] : [[name, textMapAt(node, "metadata", "labels")] as const];
  });
  return { pods: seen, nodes: new Map(nodes) };
}

interface ScopedRule {
  readonly rule: PodRule;
  readonly namespace: string;
}

/** Each once: replicas have the same. On its own node a pod meets none of others, since that is yet to come. */
function rulesOf(asking: readonly JsonObject[]): readonly ScopedRule[] {
  const found = asking.flatMap((one) =>
    podRules(objectAt(one, "spec")).map((rule) => ({ rule, namespace: namespaceOf(one) })),
  );
  const distinct = new Map(found.map((one) => [JSON.stringify(one), one]));
  return [...distinct.values()].filter(({ rule }) => rule.key !== HOSTNAME);
}

/** Whether the rule sees the pod, as far as can be told without labels of namespaces: which namespace it is, the schedule knows. */
function maySee({ namespaces, namespaceSelector, selector }: PodRule, namespace: string, pod: JsonObject): boolean {
  const place = namespaceOf(pod);
  const named = namespaces.length === 0 ? place === namespace : namespaces.includes(place);
  // Labels last: most pods of a cluster are in other namespaces.
  if (selector === undefined || !(named || namespaceSelector !== undefined)) return false;
  const labels = textMapAt(pod, "metadata", "labels");
  return selector.every((one) => holds(one, labels));
}

/** Rows of these nodes, which take nobody, in the order of their names. */
export function rowsElsewhere({ nodes }: Elsewhere): readonly Row[] {
  return namesIn(nodes).map((node) => ({
    node,
    exists: true,
    labels: nodes.get(node) ?? new Map(),
    taints: [],
    room: new Map(),
  }));
}

/** @param first index of the first of their rows */
export function placedElsewhere({ pods, nodes }: Elsewhere, first: number): readonly PlacedPod[] {
  const rows = new Map(namesIn(nodes).map((name, index) => [name, first + index]));
  return pods.flatMap((pod) => {
    const row = rows.get(nodeOf(pod) ?? "");
    return row === undefined ? [] : [{ ...schedulingFacts(pod), row }];
  });
}

function namesIn(nodes: Elsewhere["nodes"]): readonly string[] {
  return [...nodes.keys()].sort();
}
