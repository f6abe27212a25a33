import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { strategicMerge } from "../../../src/core/expand/strategic-merge.ts";
import { expand } from "../../../src/core/expand.ts";
import { canonicalJson, type JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";

/** A preset with a partial template beside it. */
const laid = (template: JsonObject, name = "phi"): Workspace =>
  workspace({
    name,
    resource: { labelSelector: { matchLabels: { apps: "phi" } }, instanceType: A100 },
    inference: { preset: { name: "phi-4-mini-instruct" }, template },
  });
const spec = (members: JsonObject): JsonObject => ({ spec: members });
const modelPart = (members: JsonObject): JsonObject => spec({ containers: [{ name: "model", ...members }] });

type Named = JsonObject & { readonly name: string };
interface Pod {
  readonly metadata: { readonly labels: JsonObject; readonly annotations?: JsonObject };
  readonly spec: JsonObject & {
    readonly containers: readonly Named[];
    readonly initContainers?: readonly Named[];
    readonly volumes: readonly Named[];
    readonly tolerations: readonly JsonObject[];
  };
}

function podOf(object: Workspace): Pod {
  const { expansion, issues } = expand(object, catalogue);
  if (expansion === undefined) throw new Error(issues.map((issue) => issue.message).join("\n"));
  return expansion.podTemplate as unknown as Pod;
}
const plain = podOf(
  workspace({
    resource: { labelSelector: { matchLabels: { apps: "phi" } }, instanceType: A100 },
    inference: { preset: { name: "phi-4-mini-instruct" } },
  }),
);
const model = (pod: Pod): Named => pod.spec.containers.find(({ name }) => name === "model") ?? { name: "" };
const codes = (template: JsonObject): readonly string[] =>
  expand(laid(template), catalogue).issues.map(({ level, code, path }) => `${level} ${code} ${path}`);

describe("a partial template beside a preset", () => {
  it("changes nothing where it states nothing", () => {
    for (const template of [{}, { metadata: {} }, spec({}), modelPart({ $patch: "merge" })])
      expect(podOf(laid(template)), canonicalJson(template)).to.deep.equal(plain);
  });

  it("adds labels and annotations, but never another Workspace's label", () => {
    const annotations = { note: "" };
    const metadata = { labels: { team: "a", "kaito.sh/workspace": "other" }, annotations };
    const labels = { "kaito.sh/workspace": "phi", team: "a" };
    expect(podOf(laid({ metadata })).metadata).to.deep.equal({ annotations, labels });
  });

  it("merges the model's container: variables by name, mounts by path, requests by resource", () => {
    const env = [
      { name: "VLLM_LOGGING_LEVEL", value: "DEBUG" },
      { name: "VLLM_NO_USAGE_STATS", value: "0" },
      { name: "EMPTY", value: "" },
    ];
    const volumeMounts = [{ mountPath: "/dev/shm", readOnly: true }];
    const resources = { requests: { memory: "10Gi" }, limits: { memory: "20Gi" } };
    const before = model(plain);
    const after = model(podOf(laid(modelPart({ env, volumeMounts, resources }))));
    const stated = (list: unknown): readonly Named[] => list as readonly Named[];
    expect(stated(after["env"]).map(({ name }) => name)).to.deep.equal([
      ...stated(before["env"]).map(({ name }) => name),
      "VLLM_LOGGING_LEVEL",
      "EMPTY",
    ]);
    expect(stated(after["env"])).to.deep.include.members(env);
    expect(stated(after["volumeMounts"])[0]).to.deep.equal({ mountPath: "/dev/shm", name: "dshm", readOnly: true });
    const had = before["resources"] as { limits: JsonObject; requests: JsonObject };
    expect(after["resources"]).to.deep.equal({
      limits: { ...had.limits, memory: "20Gi" },
      requests: { ...had.requests, memory: "10Gi" },
    });
    for (const member of ["command", "args", "image", "ports"]) expect(after[member]).to.deep.equal(before[member]);
  });

  for (const [how, container] of [
    ["has no name", {}],
    ["has the Workspace's name, as in KAITO", { name: "phi" }],
  ] as const) {
    it(`takes a container that ${how} for the model's`, () => {
      const pod = podOf(
        laid(
          spec({
            containers: [
              { ...container, workingDir: "/tmp" },
              { name: "side", image: "s" },
            ],
          }),
        ),
      );
      expect(pod.spec.containers.map(({ name }) => name)).to.deep.equal(["model", "side"]);
      expect(model(pod)["workingDir"]).to.equal("/tmp");
    });
  }

  it("adds containers, volumes and pull secrets; replaces the source of a volume, and lists that have no key", () => {
    const pod = podOf(
      laid(
        spec({
          containers: [{ name: "side", image: "registry.example/side:1" }],
          initContainers: [{ name: "before", image: "registry.example/before:1" }],
          imagePullSecrets: [{ name: "mine" }],
          priorityClassName: "high",
          terminationGracePeriodSeconds: 5,
          volumes: [
            { name: "model-weights-volume", persistentVolumeClaim: { claimName: "mine" } },
            { name: "dshm", emptyDir: { sizeLimit: "1Gi" } },
          ],
        }),
      ),
    );
    expect(pod.spec.containers.map(({ name }) => name)).to.deep.equal(["model", "side"]);
    expect(pod.spec.initContainers?.map(({ name }) => name)).to.deep.equal(["before"]);
    expect(pod.spec["imagePullSecrets"]).to.deep.equal([{ name: "mine" }]);
    expect([pod.spec["priorityClassName"], pod.spec["terminationGracePeriodSeconds"]]).to.deep.equal(["high", 5]);
    expect(pod.spec.volumes).to.deep.equal([
      { emptyDir: { medium: "Memory", sizeLimit: "1Gi" }, name: "dshm" },
      { name: "model-weights-volume", persistentVolumeClaim: { claimName: "mine" } },
    ]);
  });

  it("deletes by null and by $patch, replaces by $patch", () => {
    const probes = { startupProbe: null, livenessProbe: { $patch: "delete" } };
    const env = [{ name: "VLLM_NO_USAGE_STATS", $patch: "delete" }];
    const container = model(podOf(laid(modelPart({ ...probes, env }))));
    expect(container).to.not.have.any.keys("startupProbe", "livenessProbe");
    expect((container["env"] as readonly Named[]).map(({ name }) => name)).to.not.include("VLLM_NO_USAGE_STATS");
    const replaced = model(podOf(laid(modelPart({ env: [{ $patch: "replace" }, { name: "ONLY", value: "1" }] }))));
    expect(replaced["env"]).to.deep.equal([{ name: "ONLY", value: "1" }]);
    const probe = { $patch: "replace", tcpSocket: { port: 5000 } };
    expect(model(podOf(laid(modelPart({ readinessProbe: probe }))))["readinessProbe"]).to.deep.equal({
      tcpSocket: { port: 5000 },
    });
  });

  it("keeps the claim's nodes and the GPUs' taints whatever affinity and tolerations are stated", () => {
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "disk", operator: "Exists" }] }],
        },
      },
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: {}, topologyKey: "kubernetes.io/hostname" }],
      },
    };
    const { spec: after } = podOf(laid(spec({ affinity, tolerations: [{ key: "mine", operator: "Exists" }] })));
    const text = canonicalJson(after["affinity"]);
    for (const key of ['"disk"', '"foresail.dev/workspace"', '"node.kubernetes.io/instance-type"'])
      expect(text).to.include(key);
    // An empty selector means every pod, none at all no pod.
    expect(text).to.include('"labelSelector":{}');
    expect(after.tolerations.map(({ key }) => key)).to.deep.equal(["mine", "nvidia.com/gpu", "sku"]);
  });

  it("warns that args and command replace the preset's", () => {
    expect(codes(modelPart({ args: ["--x"] }))).to.deep.equal([
      "warning overlay/command inference.template.spec.containers",
    ]);
    expect(model(podOf(laid(modelPart({ args: ["--x"] }))))["args"]).to.deep.equal(["--x"]);
  });

  const gpus = (count: string | null): JsonObject => ({ "nvidia.com/gpu": count });
  const refused: { readonly [what: string]: readonly [JsonObject, string] } = {
    "more GPUs": [modelPart({ resources: { limits: gpus("2"), requests: gpus("2") } }), "overlay/gpu"],
    "no GPU": [modelPart({ resources: { limits: gpus(null), requests: gpus(null) } }), "overlay/gpu"],
    "other resources in the place of the GPUs": [modelPart({ resources: { $patch: "replace" } }), "overlay/gpu"],
    "a GPU for another container": [
      spec({ containers: [{ name: "side", resources: { limits: gpus("1") } }] }),
      "overlay/gpu",
    ],
    "more GPUs for a first container": [
      spec({ initContainers: [{ name: "before", resources: { limits: gpus("2") } }] }),
      "overlay/gpu",
    ],
    "GPUs of another name beside the model's": [
      modelPart({ resources: { limits: { "nvidia.com/mig-1g.10gb": "1" } } }),
      "template/gpu-resource",
    ],
    "claims of devices": [
      spec({ resourceClaims: [{ name: "gpu", resourceClaimName: "one" }] }),
      "template/resource-claims",
    ],
    "the model removed": [modelPart({ $patch: "delete" }), "overlay/model"],
    "all containers removed": [spec({ containers: [{ $patch: "replace" }] }), "overlay/model"],
    "an entry without its key": [modelPart({ env: [{ value: "x" }] }), "overlay/invalid"],
    "two containers without names": [spec({ containers: [{}, {}] }), "overlay/invalid"],
    "an unknown directive": [spec({ $retainKeys: ["volumes"] }), "overlay/invalid"],
    "a directive in a list that is replaced": [spec({ tolerations: [{ $patch: "remove" }] }), "overlay/invalid"],
    "volumes that are no list": [spec({ volumes: { name: "a" } }), "overlay/invalid"],
  };
  for (const [what, [template, code]] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      const { expansion, issues } = expand(laid(template), catalogue);
      expect(expansion).to.equal(undefined);
      expect([...new Set(issues.map((issue) => issue.code))]).to.deep.equal([code]);
    });
  }

  it("refuses nesting without end, in maps and in lists", () => {
    const deep = (wrap: (inner: unknown) => unknown): JsonObject => {
      let value: unknown = "x";
      for (let i = 0; i < 3000; i++) value = wrap(value);
      return spec({ a: value as JsonObject });
    };
    for (const template of [deep((a) => ({ a })), deep((a) => [a])])
      expect(strategicMerge({}, template, "t").faults[0]?.text).to.include("nested deeper than 40");
  });

  it("never touches prototypes and takes their names for names", () => {
    const patch = JSON.parse(
      '{"spec": {"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": 1}}}}',
    );
    const { value } = strategicMerge({ spec: {} }, patch, "t");
    expect(({} as JsonObject)["polluted"]).to.equal(undefined);
    expect(JSON.stringify(value)).to.equal(JSON.stringify(patch));
  });

  it("does the same twice, and leaves no null and no directive, whatever is stated", () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const directive = fc.constantFrom("delete", "replace", "merge");
    const map = fc.record(
      { a: leaf, b: fc.array(leaf), name: leaf, limits: fc.dictionary(fc.string(), leaf), $patch: directive },
      { requiredKeys: [] },
    );
    const name = fc.constantFrom("model", "dshm", "x");
    const entry = fc.record({ name, image: leaf, other: map, $patch: directive }, { requiredKeys: ["name"] });
    const patch = fc.record({
      metadata: map,
      spec: fc.dictionary(
        fc.constantFrom("containers", "volumes", "initContainers", "other"),
        fc.uniqueArray(entry, { selector: (one) => one.name }),
      ),
    });
    fc.assert(
      fc.property(patch, (stated) => {
        const base = plain as unknown as JsonObject;
        const before = canonicalJson(base);
        const once = strategicMerge(base, stated as JsonObject, "t");
        expect(canonicalJson(base)).to.equal(before);
        fc.pre(once.faults.length === 0);
        const text = canonicalJson(once.value);
        expect(text).to.not.match(/:null|\[null|"\$patch"/);
        expect(canonicalJson(strategicMerge(once.value, stated as JsonObject, "t").value)).to.equal(text);
      }),
    );
  });
});
