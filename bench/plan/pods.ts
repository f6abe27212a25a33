import type { JsonObject } from "../../src/core/json.ts";
import { pick, randomOf } from "./random.ts";

/** Mixes of Karpenter's scheduling_benchmark_test.go, and each kind of pod in them alone. */
export const KINDS = ["generic", "zone-spread", "host-spread", "zone-affinity", "host-apart"] as const;
export type Kind = (typeof KINDS)[number];
export type Mix = "diverse" | "preference" | Kind;

const LETTERS = ["a", "b", "c", "d", "e", "f", "g"] as const;
const CPU = ["100m", "250m", "500m", "1", "1500m"] as const;
const MEMORY = ["100Mi", "256Mi", "512Mi", "1Gi", "2Gi", "4Gi"] as const;
const ZONE = "topology.kubernetes.io/zone";
const HOSTNAME = "kubernetes.io/hostname";

/** Raw pods as the API server gives them, refused by the scheduler a moment ago. */
export function podsOf(mix: Mix, count: number, seed: number): readonly JsonObject[] {
  const random = randomOf(seed);
  if (mix === "preference") return preferencePods(count, random);
  if (mix !== "diverse") return Array.from({ length: count }, (_, i) => pod(mix, i, random));
  // Five equal parts one after the other, what is left over is generic.
  const part = Math.floor(count / KINDS.length);
  const parts = KINDS.flatMap((kind) => Array.from({ length: part }, (_, i) => pod(kind, i, random)));
  const rest = Array.from({ length: count - parts.length }, (_, i) => pod("generic", part + i, random));
  return [...parts, ...rest];
}

function pod(kind: Kind, index: number, random: () => number): JsonObject {
  const letter = pick(random, LETTERS);
  const name = `${kind}-${index}`;
  switch (kind) {
    case "generic":
      return raw(name, { "my-label": letter }, {}, requests(random));
    case "zone-spread":
    case "host-spread": {
      const key = kind === "zone-spread" ? ZONE : HOSTNAME;
      // A letter of its own: most pods are not among those they are spread with.
      const labelSelector = { matchLabels: { "my-label": pick(random, LETTERS) } };
      const spread = { maxSkew: 1, topologyKey: key, whenUnsatisfiable: "DoNotSchedule", labelSelector };
      return raw(name, { "my-label": letter }, { topologySpreadConstraints: [spread] }, requests(random));
    }
    case "zone-affinity": {
      const labels = { "my-affininity": letter };
      return raw(name, labels, { affinity: { podAffinity: required(labels, ZONE) } }, requests(random));
    }
    case "host-apart": {
      const labels = { app: "nginx" };
      return raw(name, labels, { affinity: { podAntiAffinity: required(labels, HOSTNAME) } }, requests(random));
    }
  }
}

function required(matchLabels: JsonObject, topologyKey: string): JsonObject {
  return { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels }, topologyKey }] };
}

function preferencePods(count: number, random: () => number): readonly JsonObject[] {
  const drawn = requests(random);
  const labels = { app: "nginx" };
  const apart = (weight: number, topologyKey: string): JsonObject => ({
    weight,
    podAffinityTerm: { labelSelector: { matchLabels: labels }, topologyKey },
  });
  const zone = { matchExpressions: [{ key: ZONE, operator: "In", values: ["test-zone-1"] }] };
  const affinity = {
    nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: zone }] },
    podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [apart(10, ZONE), apart(1, HOSTNAME)] },
  };
  return Array.from({ length: count }, (_, i) => raw(`preference-${i}`, labels, { affinity }, drawn));
}

function requests(random: () => number): JsonObject {
  return { cpu: pick(random, CPU), memory: pick(random, MEMORY) };
}

export function raw(name: string, labels: JsonObject, spec: JsonObject, asked: JsonObject): JsonObject {
  const refused = { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no nodes available" };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      uid: `uid-${name}`,
      creationTimestamp: "2026-11-28T12:00:00Z",
      labels: { ...labels, "testing.karpenter.sh/test-id": "unspecified" },
    },
    spec: { containers: [{ name: "main", image: "example.test/main:1", resources: { requests: asked } }], ...spec },
    status: { phase: "Pending", conditions: [refused] },
  };
}
