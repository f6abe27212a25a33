import type { JsonObject } from "../../json.ts";
import { textMapAt } from "../fields.ts";
import { holds, type Labels } from "../requirements.ts";
import { type Selector, type SpecFacts, specFacts, specSignature } from "./pod-spec.ts";
import type { PlacedPod, WaitingPod } from "./problem.ts";
import { remembered } from "./row-table.ts";
import { HOSTNAME } from "./words.ts";

/** Labels and namespace of a pod, as far as some selector could see them. */
export interface Identity {
  readonly id: number;
  readonly namespace: string;
  readonly labels: Labels;
}

/** Pods that no rule can tell apart. */
export interface PodClass {
  readonly signature: string;
  readonly identity: Identity;
  readonly spec: SpecFacts;
  /** Of the first pod by key. */
  readonly example: WaitingPod;
  /** Indices of its pods, by key. */
  readonly pods: readonly number[];
}

export interface Classified {
  readonly waiting: readonly PodClass[];
  readonly placed: readonly { readonly identity: Identity; readonly spec: SpecFacts; readonly row: number }[];
}

/**
 * Sorts pods into classes. Of labels only those keys count that a selector mentions: pods of a StatefulSet differ in a label
 * each, and are equal all the same.
 */
export function classify(waiting: readonly WaitingPod[], placed: readonly PlacedPod[]): Classified {
  const specs = new Map<string, SpecFacts>();
  const parsed = (pod: WaitingPod): { readonly signature: string; readonly spec: SpecFacts } => {
    const signature = specSignature(pod.spec, pod.volumes);
    return { signature, spec: remembered(specs, signature, () => specFacts(pod.spec, pod.volumes)) };
  };
  const read = waiting.map(parsed);
  const readPlaced = placed.map(parsed);
  const keys = selectorKeys([...specs.values()]);
  const identities = new Map<string, Identity>();
  const identify = (pod: WaitingPod): Identity => {
    const text = labelText(pod.labels, keys);
    return remembered(identities, `${pod.namespace}\n${text}`, () => ({
      id: identities.size,
      namespace: pod.namespace,
      labels: new Map([...textMapAt({ labels: pod.labels }, "labels")].filter(([key]) => keys.has(key))),
    }));
  };
  const byClass = new Map<string, { identity: Identity; spec: SpecFacts; pods: number[] }>();
  waiting.forEach((pod, index) => {
    const { signature, spec } = read[index] as (typeof read)[number];
    const identity = identify(pod);
    const name = `${signature}\n${pod.buyer ?? ""}\n${pod.namespace}\n${labelText(pod.labels, keys)}`;
    remembered(byClass, name, () => ({ identity, spec, pods: [] })).pods.push(index);
  });
  return {
    waiting: [...byClass].map(([signature, { identity, spec, pods }]) => {
      const sorted = pods.sort((a, b) => compareText(waiting[a]?.key ?? "", waiting[b]?.key ?? ""));
      return { signature, identity, spec, pods: sorted, example: waiting[sorted[0] ?? 0] as WaitingPod };
    }),
    placed: placed.map((pod, index) => ({
      identity: identify(pod),
      spec: (readPlaced[index] as (typeof readPlaced)[number]).spec,
      row: pod.row,
    })),
  };
}

/**
 * The order in which pods are placed. First those that do not want a second of their kind on a node: they open nodes, which the
 * others then fill. Of the rest GPUs decide, since they are what a node costs, then cpu and memory. The signature only makes the
 * order total.
 */
export function inOrder(a: PodClass, b: PodClass): number {
  return Number(isLone(b)) - Number(isLone(a)) || bySize(a, b);
}

export function bySize(a: PodClass, b: PodClass): number {
  const of = ({ spec }: PodClass, name: string): number => spec.requests.get(name) ?? 0;
  return (
    gpus(b) - gpus(a) ||
    of(b, "cpu") - of(a, "cpu") ||
    of(b, "memory") - of(a, "memory") ||
    compareText(a.signature, b.signature)
  );
}

export function isLone({ spec, identity }: PodClass): boolean {
  const sees = (selector: Selector): boolean => selector?.every((one) => holds(one, identity.labels)) ?? false;
  return (
    spec.spreads.some(({ key, hard, selector }) => hard && key === HOSTNAME && sees(selector)) ||
    spec.rules.some(({ key, anti, weight, selector }) => anti && weight === 0 && key === HOSTNAME && sees(selector))
  );
}

/** GPUs of any vendor and parts of them: extended resources have a domain in their name. */
export function gpus({ spec }: PodClass): number {
  let total = 0;
  for (const [name, value] of spec.requests) if (name.includes("/")) total += value;
  return total;
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function labelText(labels: JsonObject, keys: ReadonlySet<string>): string {
  const parts: string[] = [];
  for (const key of keys) if (labels[key] !== undefined) parts.push(`${key}=${labels[key]}`);
  return parts.sort().join(",");
}

function selectorKeys(specs: readonly SpecFacts[]): ReadonlySet<string> {
  const keys = new Set<string>();
  const addAll = (selector: Selector, ...more: readonly (readonly string[])[]): void => {
    for (const { key } of selector ?? []) keys.add(key);
    for (const key of more.flat()) keys.add(key);
  };
  for (const { spreads, rules } of specs) {
    for (const rule of spreads) addAll(rule.selector, rule.matchLabelKeys);
    for (const rule of rules) addAll(rule.selector, rule.matchLabelKeys, rule.mismatchLabelKeys);
  }
  return keys;
}
