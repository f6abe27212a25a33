import { amount } from "../../src/core/capacity/resources.ts";
import { rowsOf } from "../../src/core/capacity/scheduling/mask.ts";
import type { Row, Schedule } from "../../src/core/capacity/scheduling/problem.ts";
import type { JsonObject } from "../../src/core/json.ts";

interface Pod {
  readonly metadata: { readonly name: string; readonly labels: JsonObject };
  readonly spec: {
    readonly containers: readonly [{ readonly resources: { readonly requests: JsonObject } }];
    readonly topologySpreadConstraints?: readonly Term[];
    readonly affinity?: {
      readonly podAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly Term[] };
      readonly podAntiAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly Term[] };
    };
  };
}
interface Term {
  readonly topologyKey: string;
  readonly labelSelector: { readonly matchLabels: JsonObject };
}

const ZONE = "topology.kubernetes.io/zone";
const ZONES = ["test-zone-1", "test-zone-2", "test-zone-3"];

/**
 * What is wrong with a schedule, found by going through it again pod by pod, in the order it was made, with nothing shared but
 * the result: every pod once, no node beyond the smallest size it can still be, every rule kept when its pod came.
 */
export function faults(raw: readonly JsonObject[], rows: readonly Row[], made: Schedule<unknown>): readonly string[] {
  const pods = raw as unknown as readonly Pod[];
  const nodeOf = new Map<number, number>();
  const twice = made.nodes.flatMap(({ pods: on }, node) =>
    on.filter((pod) => {
      const known = nodeOf.has(pod);
      nodeOf.set(pod, node);
      return known;
    }),
  );
  return [
    ...twice.map((pod) => `${pods[pod]?.metadata.name} is placed twice`),
    ...pods.flatMap((pod, i) => (nodeOf.has(i) ? [] : [`${pod.metadata.name} is not placed`])),
    ...made.nodes.flatMap((node, index) => overfull(node, index, pods, rows)),
    ...broken(pods, rows, made, nodeOf),
  ];
}

function overfull(
  node: Schedule<unknown>["nodes"][number],
  index: number,
  pods: readonly Pod[],
  rows: readonly Row[],
): readonly string[] {
  const asked = (name: string): number =>
    node.pods.reduce((sum, pod) => {
      const requests = pods[pod]?.spec.containers[0].resources.requests ?? {};
      return sum + (name === "pods" ? 1 : (amount(name, requests[name] ?? "0") ?? 0));
    }, 0);
  const names = ["cpu", "memory", "pods", "nvidia.com/gpu"];
  const total = new Map(names.map((name) => [name, asked(name)]));
  const possible = rowsOf(node.rows);
  if (possible.length === 0) return [`node ${index} can be nothing any more`];
  return possible.flatMap((row) =>
    names
      .filter((name) => (total.get(name) ?? 0) > (rows[row]?.room.get(name) ?? 0))
      .map((name) => `node ${index} has too much ${name} for one of the sizes it can be`),
  );
}

function broken(
  pods: readonly Pod[],
  rows: readonly Row[],
  made: Schedule<unknown>,
  nodeOf: ReadonlyMap<number, number>,
): readonly string[] {
  const found: string[] = [];
  const selectors = new Map(pods.flatMap(termsOf).map((term) => [keyOf(term), term]));
  const counts = new Map([...selectors.keys()].map((key) => [key, new Map<string | number, number>()]));
  for (const index of made.order) {
    const pod = pods[index] as Pod;
    const node = nodeOf.get(index) ?? -1;
    for (const [why, term] of rulesOf(pod)) {
      const at = domainOf(node, term, rows, made);
      const seen = counts.get(keyOf(term)) ?? new Map<string | number, number>();
      if (!kept(why, { term, pod, at, seen })) found.push(`${pod.metadata.name} breaks its ${why}`);
    }
    for (const [key, seen] of counts) {
      const term = selectors.get(key) as Term;
      const at = domainOf(node, term, rows, made);
      if (matches(pod, term)) seen.set(at, (seen.get(at) ?? 0) + 1);
    }
  }
  return found;
}

function domainOf(node: number, term: Term, rows: readonly Row[], made: Schedule<unknown>): string | number {
  if (term.topologyKey !== ZONE) return node;
  const possible = rowsOf(made.nodes[node]?.rows ?? new Uint32Array());
  const zones = new Set(possible.map((row) => rows[row]?.labels.get(ZONE)));
  return zones.size === 1 ? ([...zones][0] ?? "") : "several";
}

interface Moment {
  readonly term: Term;
  readonly pod: Pod;
  readonly at: string | number;
  readonly seen: ReadonlyMap<string | number, number>;
}

function kept(why: string, { term, pod, at, seen }: Moment): boolean {
  const here = seen.get(at) ?? 0;
  const self = Number(matches(pod, term));
  if (at === "several") return false;
  if (why === "anti-affinity") return here === 0;
  if (why === "affinity") return here > 0 || (seen.size === 0 && self === 1);
  const least = term.topologyKey === ZONE ? Math.min(...ZONES.map((zone) => seen.get(zone) ?? 0)) : 0;
  return here + self - least <= 1;
}

function rulesOf({ spec }: Pod): readonly (readonly [string, Term])[] {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  return [
    ...(spec.topologySpreadConstraints ?? []).map((term) => ["spread", term] as const),
    ...(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => ["affinity", term] as const),
    ...(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(
      (term) => ["anti-affinity", term] as const,
    ),
  ];
}

function termsOf(pod: Pod): readonly Term[] {
  return rulesOf(pod).map(([, term]) => term);
}

function keyOf(term: Term): string {
  return JSON.stringify([term.topologyKey, term.labelSelector.matchLabels]);
}

function matches({ metadata }: Pod, { labelSelector }: Term): boolean {
  return Object.entries(labelSelector.matchLabels).every(([key, value]) => metadata.labels[key] === value);
}
