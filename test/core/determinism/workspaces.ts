import fc from "fast-check";
import type { Release } from "../../../src/core/catalogue.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { type Workspace, workspaceInputsSchema } from "../../../src/core/kinds/workspace.ts";
import { withDefaults } from "../../../src/core/schema.ts";

/** Workspaces of every shape, most of them right: preset, template or both, tuning, any size, annotations, adapters; one in four in our group. */
export function workspaces(release: Release): fc.Arbitrary<Workspace> {
  return fc
    .record({
      group: fc.constantFrom("kaito.sh", "kaito.sh", "kaito.sh", "foresail.dev"),
      name: fc.constantFrom("phi", "a", "model-1", "x".repeat(52)),
      namespace: fc.constantFrom("default", "team-a"),
      annotations: annotations(),
      labels: fc.option(fc.dictionary(labelKey, labelValue, { maxKeys: 3 }), { nil: undefined }),
      resource: resource(release),
      work: fc.oneof(
        { weight: 6, arbitrary: inference(release).map((value) => ({ inference: value })) },
        { weight: 1, arbitrary: fc.record({ template }).map((value) => ({ inference: value })) },
        { weight: 2, arbitrary: tuning(release).map((value) => ({ tuning: value })) },
      ),
    })
    .map(({ group, name, namespace, annotations: stated, labels, resource: nodes, work }) => {
      const metadata = { name, namespace, annotations: stated, ...(labels === undefined ? {} : { labels }) };
      const object = { apiVersion: `${group}/v1beta1`, kind: "Workspace", metadata, resource: nodes, ...work };
      return withDefaults(object, workspaceInputsSchema.json) as Workspace;
    });
}

// Keys such as "10" come first in a JavaScript object, whatever order they are written in.
const labelKey = fc.constantFrom(
  "app",
  "apps",
  "10",
  "2",
  "Zone",
  "example.com/team",
  "ä".normalize("NFD").slice(0, 1),
);
const labelValue = fc.constantFrom("phi", "x", "true", "10", "a.b_c-d");

function annotations(): fc.Arbitrary<Record<string, string>> {
  const values: Record<string, readonly string[]> = {
    "foresail.dev/allow-from": ["team-a", "team-a/app=web,10.0.0.0/8"],
    "foresail.dev/api-key-secret": ["key"],
    "foresail.dev/capacity-type": ["spot", "on-demand,spot", "reserved"],
    "foresail.dev/chat-api": ["true", "false"],
    "foresail.dev/fallback-instance-types": ["Standard_NC40ads_H100_v5", "Standard_NC24ads_A100_v4"],
    "foresail.dev/gpu": ["1xA100-80GB", "2x80Gi/8.0", "4xH100"],
    "foresail.dev/max-hourly-price": ["4", "50.5", "1000"],
    "foresail.dev/placement": ["dedicated", "shared"],
    "foresail.dev/provision": ["true", "false"],
    "foresail.dev/region": ["eastus", "westeurope", "us-east-1", "atlantis"],
    "foresail.dev/replicas": ["0", "1", "3", "external"],
    "foresail.dev/rollout": ["surge", "recreate"],
    "foresail.dev/weights-claim": ["weights"],
    "foresail.dev/zones": ["1", "2,1"],
    "kaito.sh/bypass-resource-checks": ["true", "false"],
    "kaito.sh/enablelb": ["True", "true"],
    "kaito.sh/node-class-name": ["default"],
    "kaito.sh/node-image-family": ["ubuntu", "AzureLinux"],
    "kaito.sh/performance-mode": ["balanced", "interactivity", "throughput"],
    "kaito.sh/runtime": ["vllm", "transformers"],
    "kaito.sh/use-local-weights": ["true", "false"],
    "example.com/other": ["", "10"],
  };
  const one = fc
    .constantFrom(...Object.keys(values))
    .chain((name) => fc.constantFrom(...(values[name] ?? [])).map((value) => [name, value] as const));
  return fc.array(one, { maxLength: 3 }).map((entries) => Object.fromEntries(entries));
}

function resource(release: Release): fc.Arbitrary<JsonObject> {
  const names = release.instanceTypes.flatMap(({ name, aliases }) => [name, ...aliases]);
  const partition = fc.constantFrom<JsonObject | undefined>(
    { mode: "mig", profile: "3g.40gb" },
    { mode: "mig", profile: "1g.10gb" },
    { mode: "accelerator", count: 1 },
  );
  return fc
    .record({
      labelSelector: fc.record({ matchLabels: fc.dictionary(labelKey, labelValue, { minKeys: 1, maxKeys: 3 }) }),
      count: fc.constantFrom(1, 1, 1, 2, 4),
      instanceType: fc.option(fc.constantFrom(...names), { nil: undefined, freq: 2 }),
      partition: fc.option(partition, { nil: undefined, freq: 1 }),
      preferredNodes: fc.option(fc.constant(["node-1"]), { nil: undefined, freq: 1 }),
    })
    .map((stated) => given({ ...stated, partition: stated.count === 1 ? stated.partition : undefined }));
}

function preset(release: Release, names: readonly string[]): fc.Arbitrary<JsonObject> {
  const gated = new Set(release.models.filter((model) => model.gated).map(({ name }) => name));
  return fc.record({ name: fc.constantFrom(...names), secret: fc.boolean() }).map(({ name, secret }) => ({
    name,
    ...(secret || gated.has(name) ? { presetOptions: { modelAccessSecret: "hf-token" } } : {}),
  }));
}

const source = fc.record({ kind: fc.boolean(), pullSecret: fc.boolean() }).map(({ kind, pullSecret }): JsonObject => {
  if (!kind) return { volumeSource: { emptyDir: {} } };
  return { image: "registry.example/adapter:1", ...(pullSecret ? { imagePullSecrets: ["pull"] } : {}) };
});

const adapters = fc
  .array(fc.record({ source, strength: fc.option(fc.constantFrom("0.5", "1.0", "0"), { nil: undefined }) }), {
    maxLength: 10,
  })
  .map((list) =>
    list.map(({ source: from, strength }, index) => given({ source: { ...from, name: `adapter-${index}` }, strength })),
  );

// What is empty here means something to who states it, and stays.
const overlay: fc.Arbitrary<JsonObject> = fc.constantFrom(
  { metadata: { annotations: { note: "", "10": "a", "2": "b" } } },
  { spec: { containers: [{ name: "model", env: [{ name: "A", value: "" }] }], priorityClassName: "high" } },
  {
    spec: { containers: [{ name: "side", image: "registry.example/side:1", env: [] }], nodeSelector: { disk: "ssd" } },
  },
);

const template: fc.Arbitrary<JsonObject> = fc.constantFrom(
  { spec: { containers: [{ name: "c", image: "registry.example/own:1", args: ["", "--x"], volumeMounts: [] }] } },
  {
    metadata: { labels: { "10": "a", "2": "b" } },
    spec: {
      containers: [{ name: "c", image: "i", env: [{ name: "A", value: "" }], securityContext: {} }],
      volumes: [{ name: "v", emptyDir: {} }],
    },
  },
);

function inference(release: Release): fc.Arbitrary<JsonObject> {
  const names = release.models.flatMap(({ name, model, aliases }) => [name, name, model, ...aliases]);
  return fc
    .record({
      preset: preset(release, names),
      config: fc.option(fc.constant("settings"), { nil: undefined, freq: 2 }),
      adapters: fc.option(adapters, { nil: undefined, freq: 1 }),
      template: fc.option(overlay, { nil: undefined, freq: 1 }),
    })
    .map(given);
}

function tuning(release: Release): fc.Arbitrary<JsonObject> {
  const names = release.models.filter((model) => model.tuning !== undefined).map(({ name }) => name);
  return fc
    .record({
      preset: preset(release, names),
      method: fc.constantFrom("lora", "qlora"),
      config: fc.option(fc.constant("training"), { nil: undefined, freq: 2 }),
      input: fc.constantFrom<JsonObject>(
        { urls: ["https://example.com/train.parquet?download=true"] },
        { image: "registry.example/data:1" },
        { volumeSource: { persistentVolumeClaim: { claimName: "data" } } },
      ),
      output: fc.constantFrom<JsonObject>(
        { image: "registry.example/out:1", imagePushSecret: "push" },
        { volumeSource: { emptyDir: {} } },
      ),
    })
    .map(given);
}

/** Without the members that are not stated. */
function given(stated: { readonly [key: string]: unknown }): JsonObject {
  return Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined)) as JsonObject;
}
