import { amount } from "../../src/core/capacity/resources.ts";
import type { JsonObject } from "../../src/core/json.ts";

/** What the yardstick came to. */
export interface Packed {
  readonly nodes: number;
  readonly hourlyPriceUsd: number;
  /** Pods of each node, by index, and the zones it can be in. */
  readonly filled: readonly { readonly pods: readonly number[]; readonly zones: readonly string[] }[];
  /** Pods in the order they were placed. */
  readonly order: readonly number[];
}

/** A size as the yardstick sees it: room, price, zones; smallest first, each larger in everything than the one before. */
export interface YardSize {
  readonly cpu: number;
  readonly memory: number;
  readonly pods: number;
  readonly hourlyPriceUsd: number;
  readonly zones: readonly string[];
}

interface Node {
  cpu: number;
  memory: number;
  readonly pods: Pod[];
  zones: readonly string[];
}

interface Pod {
  readonly index: number;
  readonly name: string;
  readonly cpu: number;
  readonly memory: number;
  readonly labels: JsonObject;
  readonly rules: readonly {
    readonly kind: "spread" | "affinity" | "apart";
    readonly zone: boolean;
    readonly match: JsonObject;
  }[];
}

/**
 * First fit, the largest pod first, as Karpenter does it, in the plainest way: each pod on the first node that takes it. It
 * shares nothing with what it measures but the reading of quantities.
 */
export function firstFit(raw: readonly JsonObject[], sizes: readonly YardSize[], respect: boolean): Packed {
  const pods = raw
    .map((pod, index) => read(pod, index, respect))
    .sort((a, b) => b.cpu - a.cpu || b.memory - a.memory || byName(a, b));
  const nodes: Node[] = [];
  for (const pod of pods) {
    const found = nodes.find((node) => takes(nodes, node, pod, sizes)) ?? opened(nodes, sizes);
    found.zones = zonesFor(nodes, found, pod).slice(0, pod.rules.some((rule) => rule.zone) ? 1 : undefined);
    if (found.zones.length === 0) throw new Error("the yardstick left a pod out");
    found.pods.push(pod);
    found.cpu += pod.cpu;
    found.memory += pod.memory;
  }
  const prices = nodes.map((node) => sizes.find((size) => holds(size, node))?.hourlyPriceUsd ?? Number.NaN);
  return {
    nodes: nodes.length,
    hourlyPriceUsd: prices.reduce((sum, price) => sum + price, 0),
    filled: nodes.map((node) => ({ pods: node.pods.map(({ index }) => index), zones: node.zones })),
    order: pods.map(({ index }) => index),
  };
}

/** Of pods of one size some order must decide; by name first fit, too, gives the same for any order of the pods. */
function byName(a: Pod, b: Pod): number {
  return a.name < b.name ? -1 : 1;
}

function opened(nodes: Node[], sizes: readonly YardSize[]): Node {
  const node = { cpu: 0, memory: 0, pods: [], zones: [...new Set(sizes.flatMap(({ zones }) => zones))] };
  nodes.push(node);
  return node;
}

function takes(nodes: readonly Node[], node: Node, pod: Pod, sizes: readonly YardSize[]): boolean {
  const grown = { cpu: node.cpu + pod.cpu, memory: node.memory + pod.memory, pods: [...node.pods, pod] };
  const largest = sizes.at(-1);
  if (largest === undefined || !holds(largest, grown)) return false;
  for (const rule of pod.rules) {
    if (rule.zone || rule.kind === "affinity") continue;
    const here = count(node.pods, rule.match);
    if (rule.kind === "apart" ? here > 0 : here + Number(matches(pod.labels, rule.match)) > 1) return false;
  }
  return zonesFor(nodes, node, pod).length > 0;
}

function holds(size: YardSize, node: Pick<Node, "cpu" | "memory" | "pods">): boolean {
  return node.cpu <= size.cpu && node.memory <= size.memory && node.pods.length <= size.pods;
}

function count(pods: readonly Pod[], match: JsonObject): number {
  return pods.filter(({ labels }) => matches(labels, match)).length;
}

function matches(labels: JsonObject, match: JsonObject): boolean {
  return Object.entries(match).every(([key, value]) => labels[key] === value);
}

/** The zones the pod lets the node be in, the emptiest first. Nodes that are in no one zone yet count nowhere. */
function zonesFor(nodes: readonly Node[], node: Node, pod: Pod): readonly string[] {
  let zones = node.zones;
  for (const { kind, zone, match } of pod.rules) {
    if (!zone) continue;
    const counts = zoneCounts(nodes, match);
    const total = Object.values(counts).reduce((sum, one) => sum + one, 0);
    const self = Number(matches(pod.labels, match));
    const least = Math.min(...Object.values(counts));
    zones = zones
      .filter((one) => {
        const here = counts[one] ?? 0;
        return kind === "spread" ? here + self - least <= 1 : here > 0 || (total === 0 && self === 1);
      })
      .toSorted((a, b) => (counts[a] ?? 0) - (counts[b] ?? 0));
  }
  return zones;
}

function zoneCounts(nodes: readonly Node[], match: JsonObject): { readonly [zone: string]: number } {
  const counts: { [zone: string]: number } = { "test-zone-1": 0, "test-zone-2": 0, "test-zone-3": 0 };
  for (const { zones, pods } of nodes) {
    const [zone] = zones;
    if (zones.length === 1 && zone !== undefined) counts[zone] = (counts[zone] ?? 0) + count(pods, match);
  }
  return counts;
}

interface Raw {
  readonly metadata: { readonly name: string; readonly labels: JsonObject };
  readonly spec: {
    readonly containers: readonly [{ readonly resources: { readonly requests: JsonObject } }];
    readonly topologySpreadConstraints?: readonly Term[];
    readonly affinity?: {
      readonly podAffinity?: Terms;
      readonly podAntiAffinity?: Terms & {
        readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly { readonly podAffinityTerm: Term }[];
      };
    };
  };
}
interface Term {
  readonly topologyKey: string;
  readonly labelSelector: { readonly matchLabels: JsonObject };
}
interface Terms {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly Term[];
}

function read(raw: JsonObject, index: number, respect: boolean): Pod {
  const { metadata, spec } = raw as unknown as Raw;
  const { cpu, memory } = spec.containers[0].resources.requests;
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  const rule = (kind: "spread" | "affinity" | "apart", term: Term) => ({
    kind,
    zone: term.topologyKey !== "kubernetes.io/hostname",
    match: term.labelSelector.matchLabels,
  });
  const wishes = podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    index,
    name: metadata.name,
    cpu: amount("cpu", cpu) ?? 0,
    memory: amount("memory", memory) ?? 0,
    labels: metadata.labels,
    rules: [
      ...(spec.topologySpreadConstraints ?? []).map((term) => rule("spread", term)),
      ...(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => rule("affinity", term)),
      ...(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => rule("apart", term)),
      // Of the preferences only the one about hostnames can be kept by every pod.
      ...(respect
        ? wishes.map(({ podAffinityTerm }) => rule("apart", podAffinityTerm)).filter((one) => !one.zone)
        : []),
    ],
  };
}
