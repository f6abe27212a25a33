import type { JsonObject } from "../../json.ts";
import { textMapAt } from "../fields.ts";
import { gpusOf } from "../gpus.ts";
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
  readonly size: Size;
  /** Whether a pod wants no second of its kind on its node. */
  readonly lone: boolean;
  /** Whether a rule about zones, or other sets of nodes, says where it may go. */
  readonly zoned: boolean;
  /** Of the first pod by key. */
  readonly example: WaitingPod;
  /** Indices of its pods, by key. */
  readonly pods: readonly number[];
}

/** What decides the order in which pods are placed. */
export interface Size {
  /** GPUs of any vendor and parts of them. */
  readonly gpus: number;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
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
  // One text for all pods of a kind: tens of thousands of them would be more than all else that is known of them.
  const specs = new Map<string, Named<SpecFacts>>();
  const parsed = (pod: WaitingPod): Named<SpecFacts> => {
    const text = specSignature(pod.spec, pod.volumes);
    return remembered(specs, text, () => ({ id: specs.size, text, facts: specFacts(pod.spec, pod.volumes) }));
  };
  const read = waiting.map(parsed);
  const readPlaced = placed.map(parsed);
  const keys = selectorKeys([...specs.values()].map(({ facts }) => facts));
  const identities = new Map<string, Named<Identity>>();
  const identify = (pod: WaitingPod): Named<Identity> => {
    const text = `${pod.namespace}\n${labelText(pod.labels, keys)}`;
    return remembered(identities, text, () => {
      const labels = new Map([...textMapAt({ labels: pod.labels }, "labels")].filter(([key]) => keys.has(key)));
      const id = identities.size;
      return { id, text, facts: { id, namespace: pod.namespace, labels } };
    });
  };
  const byClass = new Map<string, { signature: string; identity: Identity; spec: SpecFacts; pods: number[] }>();
  waiting.forEach((pod, index) => {
    const spec = read[index] as Named<SpecFacts>;
    const identity = identify(pod);
    const buyer = pod.buyer ?? "";
    remembered(byClass, `${spec.id} ${identity.id} ${buyer}`, () => {
      const signature = `${spec.text}\n${buyer}\n${identity.text}`;
      return { signature, identity: identity.facts, spec: spec.facts, pods: [] };
    }).pods.push(index);
  });
  return {
    waiting: [...byClass.values()].map(({ pods, ...one }) => {
      const sorted = pods.sort((a, b) => compareText(waiting[a]?.key ?? "", waiting[b]?.key ?? ""));
      const example = waiting[sorted[0] ?? 0] as WaitingPod;
      const { spec, identity } = one;
      const lone = isLone(spec, identity);
      return { ...one, pods: sorted, example, size: sizeOf(spec), lone, zoned: isZoned(spec) };
    }),
    placed: placed.map((pod, index) => ({
      identity: identify(pod).facts,
      spec: (readPlaced[index] as Named<SpecFacts>).facts,
      row: pod.row,
    })),
  };
}

/** What was read once for all pods of one text. */
interface Named<Facts> {
  readonly id: number;
  readonly text: string;
  readonly facts: Facts;
}

function isLone(spec: SpecFacts, identity: Identity): boolean {
  const sees = (selector: Selector): boolean => selector?.every((one) => holds(one, identity.labels)) ?? false;
  return (
    spec.spreads.some(({ key, hard, selector }) => hard && key === HOSTNAME && sees(selector)) ||
    spec.rules.some(({ key, anti, weight, selector }) => anti && weight === 0 && key === HOSTNAME && sees(selector))
  );
}

function isZoned({ spreads, rules }: SpecFacts): boolean {
  return (
    spreads.some(({ key, hard }) => hard && key !== HOSTNAME) ||
    rules.some(({ key, weight }) => weight === 0 && key !== HOSTNAME)
  );
}

function sizeOf({ requests }: SpecFacts): Size {
  return { gpus: gpusOf(requests), cpuMilli: requests.get("cpu") ?? 0, memoryBytes: requests.get("memory") ?? 0 };
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
