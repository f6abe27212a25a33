import fc from "fast-check";
import { stringify } from "yaml";
import type { Files } from "./kustomizations.ts";

const word = fc.constantFrom("a", "b", "1", "x-y");
const pairs = fc.dictionary(fc.constantFrom("team", "tier", "foresail.dev/zones"), word, { minKeys: 1, maxKeys: 2 });

const container = fc.record(
  {
    name: fc.constantFrom("main", "side"),
    image: fc.constantFrom("nginx", "nginx:1.25", "registry.example:5000/side@sha256:abc"),
    ports: fc.uniqueArray(
      fc.record({ containerPort: fc.constantFrom(80, 443), protocol: fc.constantFrom("TCP", "UDP") }),
      { selector: ({ containerPort, protocol }) => `${containerPort}${protocol}`, maxLength: 2 },
    ),
    env: fc.uniqueArray(fc.record({ name: fc.constantFrom("A", "B"), value: word }), { selector: (one) => one.name }),
  },
  { requiredKeys: ["name"] },
);
const containers = fc.uniqueArray(container, { selector: (one) => one.name, minLength: 1, maxLength: 2 });

const workspace = fc.record({
  apiVersion: fc.constant("kaito.sh/v1beta1"),
  kind: fc.constant("Workspace"),
  metadata: fc.record({ name: fc.constant("phi"), labels: pairs }),
  resource: fc.record({ instanceType: word, count: fc.integer({ min: 0, max: 3 }) }, { requiredKeys: [] }),
  inference: fc.record(
    {
      config: fc.constant("settings"),
      adapters: fc.array(fc.record({ source: fc.record({ name: word }) }), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  ),
});
const deployment = fc.record({
  apiVersion: fc.constant("apps/v1"),
  kind: fc.constant("Deployment"),
  metadata: fc.record({ name: fc.constant("web") }),
  spec: fc.record({
    template: fc.record({
      spec: fc.record(
        { containers, volumes: fc.constant([{ name: "c", configMap: { name: "settings" } }]) },
        { requiredKeys: ["containers"] },
      ),
    }),
  }),
});

const patch = fc.oneof(
  workspace.map((one) => ({ patch: stringify(one) })),
  deployment.map((one) => ({ patch: stringify(one) })),
  fc.record({
    target: fc.record({ kind: fc.constantFrom("Workspace", "Deployment", ".*") }),
    patch: word.map((value) => stringify([{ op: "add", path: "/metadata/annotations", value: { a: value } }])),
  }),
);
const generator = fc.record(
  {
    name: fc.constantFrom("settings", "other"),
    // Mostly what can be built: there is nothing to merge into but where a base made one.
    behavior: fc.oneof({ weight: 6, arbitrary: fc.constant("create") }, fc.constantFrom("merge", "replace")),
    literals: fc.uniqueArray(fc.constantFrom("a=1", "b=2", "c=<>"), { minLength: 1 }),
    options: fc.record({ disableNameSuffixHash: fc.boolean() }),
  },
  { requiredKeys: ["name", "literals"] },
);

const overlay = fc.record(
  {
    namespace: fc.constantFrom("team-a", "team-b"),
    namePrefix: fc.constantFrom("p-", "q-"),
    nameSuffix: fc.constantFrom("-s"),
    commonLabels: pairs,
    commonAnnotations: pairs,
    labels: fc.array(
      fc.record({ pairs, includeSelectors: fc.boolean(), includeTemplates: fc.boolean() }, { requiredKeys: ["pairs"] }),
      { maxLength: 2 },
    ),
    images: fc.array(fc.record({ name: fc.constantFrom("nginx", "none"), newTag: fc.constantFrom("v1", "v2") }), {
      maxLength: 2,
    }),
    replicas: fc.constantFrom([{ name: "web", count: 3 }]),
    patches: fc.array(patch, { maxLength: 2 }),
    configMapGenerator: fc.uniqueArray(generator, { selector: (one) => one.name, maxLength: 2 }),
  },
  { requiredKeys: [] },
);

/** Two overlays over a base of a Workspace and a Deployment, with what people put into overlays. */
export const randomTree: fc.Arbitrary<Files> = fc
  .record({ workspace, deployment, middle: overlay, top: overlay, base: overlay })
  .map(({ workspace: one, deployment: other, middle, top, base }) => ({
    "base/workspace.yaml": stringify(one),
    "base/deployment.yaml": stringify(other),
    "base/kustomization.yaml": stringify({ resources: ["workspace.yaml", "deployment.yaml"], ...base }),
    "middle/kustomization.yaml": stringify({ resources: ["../base"], ...middle }),
    "kustomization.yaml": stringify({ resources: ["middle"], ...top }),
  }));
