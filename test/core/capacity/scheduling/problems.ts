import { isEmpty } from "../../../../src/core/capacity/scheduling/mask.ts";
import type {
  PlacedPod,
  Row,
  SchedulingProblem,
  WaitingPod,
} from "../../../../src/core/capacity/scheduling/problem.ts";
import { schedule } from "../../../../src/core/capacity/scheduling/schedule.ts";
import type { JsonObject } from "../../../../src/core/json.ts";

export const ZONE = "topology.kubernetes.io/zone";
export const HOST = "kubernetes.io/hostname";
const GPU = "nvidia.com/gpu";

export interface PodChanges {
  readonly labels?: JsonObject;
  readonly namespace?: string;
  readonly cpu?: string;
  readonly gpus?: number;
  readonly spec?: JsonObject;
}

export function pod(
  name: string,
  { labels = {}, namespace = "models", cpu = "1", gpus, spec }: PodChanges = {},
): WaitingPod {
  const requests = { cpu, ...(gpus === undefined ? {} : { [GPU]: String(gpus) }) };
  return {
    key: `${namespace}/${name}`,
    namespace,
    labels,
    spec: { containers: [{ name: "main", resources: { requests } }], ...spec },
  };
}

export function pods(count: number, changes: PodChanges = {}, prefix = "p"): readonly WaitingPod[] {
  return Array.from({ length: count }, (_, i) => pod(`${prefix}${String(i).padStart(4, "0")}`, changes));
}

export interface RowChanges {
  readonly zone?: string;
  readonly cpu?: number;
  readonly gpus?: number;
  readonly labels?: { readonly [key: string]: string };
  readonly taints?: readonly JsonObject[];
  readonly price?: number;
}

function row(changes: RowChanges): Omit<Row, "exists"> {
  const { zone, cpu = 4, gpus = 0, labels = {}, taints = [], price } = changes;
  return {
    labels: new Map([...Object.entries(labels), ...(zone === undefined ? [] : [[ZONE, zone] as const])]),
    taints,
    room: new Map([
      ["cpu", cpu * 1000],
      ["pods", 110],
      [GPU, gpus],
    ]),
    ...(price === undefined ? {} : { hourlyPriceUsd: price }),
  };
}

export function node(name: string, changes: RowChanges = {}): Row {
  return { ...row(changes), exists: true, node: name };
}

export function offer(changes: RowChanges = {}): Row {
  return { ...row(changes), exists: false };
}

export const THREE_ZONES = ["a", "b", "c"].map((zone) => offer({ zone }));

export function placed(row: number, name: string, changes: PodChanges = {}): PlacedPod {
  return { ...pod(name, changes), row };
}

export type Given = Partial<SchedulingProblem<string>> & { readonly rows: readonly Row[] };

/** What came of it, in words: `p0001@b` for a pod and the zone or node it went to, and why others did not. */
export function placing(given: Given): {
  readonly nodes: readonly string[];
  readonly count: number;
  readonly failures: { readonly [pod: string]: string };
} {
  const problem: SchedulingProblem<string> = {
    pods: [],
    placed: [],
    preferences: "respect",
    open: ({ rows, obstacle }) => (isEmpty(rows) ? { refusal: obstacle ?? "none" } : { rows }),
    ...given,
  };
  const { nodes, failures } = schedule(problem);
  const name = (index: number): string => problem.pods[index]?.key.split("/")[1] ?? "";
  return {
    count: nodes.length,
    nodes: nodes.map(({ choice, pods: on }) => {
      const chosen = problem.rows[choice];
      return `${chosen?.node ?? chosen?.labels.get(ZONE) ?? "new"}: ${on.map(name).sort().join(" ")}`;
    }),
    failures: Object.fromEntries([...failures].map(([index, why]) => [name(index), why])),
  };
}

export function spread(key: string, matchLabels: JsonObject, changes: JsonObject = {}): JsonObject {
  return {
    topologyKey: key,
    maxSkew: 1,
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: { matchLabels },
    ...changes,
  };
}

export function affinity(kind: "podAffinity" | "podAntiAffinity", term: JsonObject): JsonObject {
  return { affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
}
