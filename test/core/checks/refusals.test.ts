import { expect } from "chai";
import { describe, it } from "mocha";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving, tuning, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const V100 = "Standard_NC6s_v3";

function found(object: Workspace): readonly (readonly [string, string])[] {
  return expand(object, catalogue).issues.map(({ level, code, path }) => [`${level} ${code}`, path] as const);
}
const inference = (more: JsonObject, size = A100): Workspace =>
  workspace({
    resource: { labelSelector: {}, instanceType: size },
    inference: { preset: { name: "phi-3-mini-4k-instruct" }, ...more },
  });
const adapter = (source: JsonObject, more: JsonObject = {}): Workspace =>
  inference({ adapters: [{ source: { name: "a", ...source }, ...more }] });
const ofSize = (more: JsonObject): Workspace =>
  workspace({ resource: { labelSelector: {}, instanceType: A100, ...more }, inference: { preset: { name: "phi-4" } } });
const run = (more: JsonObject): Workspace => tuning("phi-4", A100, more);
const without = (name: string): Workspace => {
  const object = run({});
  return { ...object, tuning: { ...object.tuning, [name]: undefined } } as unknown as Workspace;
};
const image = { image: "registry.example/a:1" };
const volume = { volumeSource: { emptyDir: {} } };

/** What is given, the issues it must have, and the fields they name. */
const cases: { readonly [what: string]: readonly [Workspace, ...(readonly [string, string])[]] } = {
  "neither preset nor template": [
    workspace({ resource: { labelSelector: {} }, inference: {} }),
    ["error inference/one-of", "inference"],
  ],
  "a template laid over a preset that has no list of containers": [
    inference({ template: { spec: { containers: { name: "c" } } } }),
    ["error overlay/invalid", "inference.template.spec.containers"],
  ],
  "a template without containers": [
    workspace({ resource: { labelSelector: {}, instanceType: A100 }, inference: { template: { spec: {} } } }),
    ["error template/containers", "inference.template.spec.containers"],
  ],
  "a template without a size": [
    workspace({ resource: { labelSelector: {} }, inference: { template: { spec: { containers: [{ name: "c" }] } } } }),
    ["error instance-type/required", "resource.instanceType"],
  ],
  "a template that chooses its node past the scheduler": [
    workspace({
      resource: { labelSelector: {}, instanceType: A100 },
      inference: { template: { spec: { nodeName: "gpu-1", containers: [{ name: "c" }] } } },
    }),
    ["error template/node-name", "inference.template.spec.nodeName"],
  ],
  "a template laid over a preset's that does": [
    inference({ template: { spec: { nodeName: "gpu-1" } } }),
    ["error template/node-name", "inference.template.spec.nodeName"],
  ],
  "labels that a cloud's own provisioner gives": [
    ofSize({ labelSelector: { matchLabels: { "karpenter.k8s.aws/instance-family": "p5" } } }),
    ["error selector/domain", "resource.labelSelector.matchLabels[karpenter.k8s.aws/instance-family]"],
  ],
  "adapters beside a template": [
    workspace({
      resource: { labelSelector: {}, instanceType: A100 },
      inference: {
        template: { spec: { containers: [{ name: "c" }] } },
        adapters: [{ source: { name: "a", ...image } }],
      },
    }),
    ["error adapter/template", "inference.adapters"],
  ],
  "eleven adapters": [
    inference({ adapters: Array.from({ length: 11 }, (_, i) => ({ source: { name: `a${i}`, ...image } })) }),
    ["error adapter/too-many", "inference.adapters"],
  ],
  "two adapters of one name": [
    inference({ adapters: [{ source: { name: "a", ...image } }, { source: { name: "a", ...image } }] }),
    ["error adapter/duplicate", "inference.adapters[1].source.name"],
  ],
  "an adapter without image and volume": [adapter({}), ["error adapter/one-of", "inference.adapters[0].source"]],
  "an adapter with image and volume": [
    adapter({ ...image, ...volume }),
    ["error adapter/one-of", "inference.adapters[0].source"],
  ],
  "an adapter from addresses": [
    adapter({ ...image, urls: ["https://example.com/x"] }),
    ["error adapter/urls", "inference.adapters[0].source.urls"],
  ],
  "an adapter name that no container can have": [
    adapter({ ...image, name: "A_b" }),
    ["error adapter/name", "inference.adapters[0].source.name"],
  ],
  "an adapter name that leaves no room for prefixes": [
    adapter({ ...image, name: "a".repeat(46) }),
    ["error adapter/name", "inference.adapters[0].source.name"],
  ],
  "a strength above 1": [
    inference({ adapters: [{ source: { name: "a", ...image }, strength: "1.1" }] }, V100),
    ["error adapter/strength", "inference.adapters[0].strength"],
  ],
  "a strength that is no number": [
    inference({ adapters: [{ source: { name: "a", ...image }, strength: "half" }] }, V100),
    ["error adapter/strength", "inference.adapters[0].strength"],
  ],
  "a wrong name of a Secret with a token": [
    inference({ preset: { name: "phi-4", presetOptions: { modelAccessSecret: "No" } } }),
    ["error secret/invalid", "inference.preset.presetOptions.modelAccessSecret"],
  ],
  "a wrong name of a ConfigMap": [inference({ config: "No" }), ["error config/invalid", "inference.config"]],
  "a part of a GPU": [
    ofSize({ partition: { mode: "accelerator", count: 1 } }),
    ["error partition/provision", "resource.partition"],
  ],
  "an unknown GPU of own nodes": [
    serving("phi-4", undefined, { "foresail.dev/provision": "false", "foresail.dev/gpu": "2xB9000" }),
    ["error gpu/unknown", "metadata.annotations[foresail.dev/gpu]"],
  ],
  "an unknown fallback": [
    serving("phi-4", A100, { "foresail.dev/fallback-instance-types": "Standard_X" }),
    ["error instance-type/unknown", "metadata.annotations[foresail.dev/fallback-instance-types]"],
  ],
  "a fallback with fewer GPUs": [
    serving("phi-4", "Standard_NC48ads_A100_v4", { "foresail.dev/fallback-instance-types": A100 }),
    ["error instance-type/fallback-unlike", "metadata.annotations[foresail.dev/fallback-instance-types]"],
  ],
  "a fallback of less compute capability": [
    serving("phi-3-mini-4k-instruct", "Standard_NC4as_T4_v3", { "foresail.dev/fallback-instance-types": V100 }),
    ["error instance-type/fallback-unlike", "metadata.annotations[foresail.dev/fallback-instance-types]"],
  ],
  "a fallback of another vendor": [
    serving("phi-3-mini-4k-instruct", "Standard_NC4as_T4_v3", {
      "foresail.dev/fallback-instance-types": "Standard_NG32ads_V620_v1",
    }),
    ["error instance-type/fallback-unlike", "metadata.annotations[foresail.dev/fallback-instance-types]"],
  ],
  "an unknown method": [run({ method: "full" }), ["error tuning/method", "tuning.method"]],
  "no method": [without("method"), ["error tuning/method", "tuning.method"]],
  "no preset to tune": [without("preset"), ["error schema/required", "tuning.preset"]],
  "several nodes to tune on": [
    { ...run({}), resource: { labelSelector: {}, instanceType: A100, count: 2 } },
    ["error tuning/one-node", "resource.count"],
  ],
  "a part of a GPU to tune on": [
    { ...run({}), resource: { labelSelector: {}, instanceType: A100, partition: { mode: "mig" } } } as Workspace,
    ["error tuning/partition", "resource.partition"],
  ],
  "two inputs": [run({ input: { urls: ["https://example.com/x"], ...image } }), ["error tuning/input", "tuning.input"]],
  "no input": [run({ input: { urls: [] } }), ["error tuning/input", "tuning.input"]],
  "too many addresses": [
    run({ input: { urls: Array.from({ length: 101 }, (_, i) => `https://example.com/${i}`) } }),
    ["error tuning/urls", "tuning.input.urls"],
  ],
  "a wrong input image": [run({ input: { image: "!" } }), ["error image/invalid", "tuning.input.image"]],
  "no output": [run({ output: {} }), ["error tuning/output", "tuning.output"]],
  "two outputs": [run({ output: { ...image, ...volume } }), ["error tuning/output", "tuning.output"]],
  "an output image without a Secret": [
    run({ output: image }),
    ["error schema/required", "tuning.output.imagePushSecret"],
  ],
  "a wrong Secret of the output": [
    run({ output: { ...image, imagePushSecret: "No" } }),
    ["error secret/invalid", "tuning.output.imagePushSecret"],
  ],
  "a preset that cannot serve as a name": [serving("", A100), ["error preset/unknown", "inference.preset.name"]],
  "a name of a Service with capitals": [
    { ...serving("phi-4", A100), metadata: { name: "Phi", namespace: "models" } },
    ["error name/invalid", "metadata.name"],
  ],
  "a name that starts with a digit": [
    { ...serving("phi-4", A100), metadata: { name: "4phi", namespace: "models" } },
    ["warning name/digit", "metadata.name"],
  ],
  "a training run, which has no Service, with a digit in front": [
    { ...run({}), metadata: { name: "4phi", namespace: "models" } },
  ],
  "what KAITO ignores": [
    workspace({
      resource: { labelSelector: {}, instanceType: A100, preferredNodes: ["n"] },
      inference: {
        preset: {
          name: "phi-4",
          accessMode: "private",
          presetOptions: { image: "registry.example/x:1", imagePullSecrets: ["s"] },
        },
      },
    }),
    ["warning field/ignored", "resource.preferredNodes"],
    ["warning field/ignored", "inference.preset.accessMode"],
    ["warning field/ignored", "inference.preset.presetOptions.imagePullSecrets"],
    ["warning field/ignored", "inference.preset.presetOptions.image"],
  ],
  "annotations of later versions": [
    serving("phi-4", A100, {
      "foresail.dev/ttl": "1h",
      "inference.kaito.sh/static-model-mirror": "true",
      "kaito.sh/model-streaming": "enabled",
    }),
    ["error annotation/unsupported", "metadata.annotations[kaito.sh/model-streaming]"],
    ["error annotation/unsupported", "metadata.annotations[inference.kaito.sh/static-model-mirror]"],
    ["warning ttl/ignored", "metadata.annotations[foresail.dev/ttl]"],
  ],
  "streaming that is off, and settings only it reads": [
    serving("phi-4", A100, {
      "inference.kaito.sh/static-model-mirror": "false",
      "kaito.sh/disable-benchmark": "true",
      "kaito.sh/model-mirror-storage-class": "blob",
      "kaito.sh/model-streaming": "disabled",
      "kaito.sh/streaming-service-account": "sa",
    }),
    ["warning annotation/ignored", "metadata.annotations[kaito.sh/model-mirror-storage-class]"],
    ["warning annotation/ignored", "metadata.annotations[kaito.sh/streaming-service-account]"],
  ],
  "a gated model without a token": [
    workspace({
      resource: { labelSelector: {}, instanceType: A100 },
      inference: { preset: { name: "llama-3.1-8b-instruct" } },
    }),
    ["error model/token-required", "inference.preset.presetOptions.modelAccessSecret"],
  ],
  "two places for the weights": [
    serving("phi-4", A100, { "foresail.dev/weights-claim": "c", "kaito.sh/use-local-weights": "true" }),
    ["error weights/both", "metadata.annotations[foresail.dev/weights-claim]"],
  ],
  "a misspelt annotation": [
    serving("phi-4", A100, { "foresail.dev/zone": "1" }),
    ["warning annotation/unknown", "metadata.annotations[foresail.dev/zone]"],
  ],
  "a misspelt annotation of KAITO's": [
    serving("phi-4", A100, { "kaito.sh/run-time": "vllm", "kaito.sh/zones": "1", "example.com/run-time": "x" }),
    ["warning annotation/unknown", "metadata.annotations[kaito.sh/run-time]"],
    ["warning annotation/unknown", "metadata.annotations[kaito.sh/zones]"],
  ],
  "a load balancer asked for in another word": [
    serving("phi-4", A100, { "kaito.sh/enablelb": "true" }),
    ["warning annotation/invalid", "metadata.annotations[kaito.sh/enablelb]"],
  ],
  "an unknown way of upgrading": [
    serving("phi-4", A100, { "foresail.dev/upgrade": "flow" }),
    ["warning annotation/invalid", "metadata.annotations[foresail.dev/upgrade]"],
  ],
};

describe("what a user is told", () => {
  for (const [what, [object, ...expected]] of Object.entries(cases)) {
    it(`of ${what}`, () => {
      expect(found(object)).to.deep.equal(expected);
      const { expansion, issues } = expand(object, catalogue);
      expect(expansion === undefined).to.equal(issues.some(({ level }) => level === "error"));
      for (const { level, message, path } of issues) {
        expect(message)
          .to.match(/\S/)
          .and.not.match(/\n|undefined|\[object|immutable/);
        if (level === "warning") expect(message.length, message).to.be.at.most(120);
        else expect(message).to.include(path.split("[")[0]);
      }
    });
  }

  const invalid: { readonly [annotation: string]: readonly string[] } = {
    "foresail.dev/capacity-type": ["", "cheap", "spot,,on-demand"],
    "foresail.dev/fallback-instance-types": ["", "a b", "x,".repeat(30)],
    "foresail.dev/gpu": ["", "A100", "0xA100-80GB", "0x80Gi/8.0", "1x80Gi", "1x80Gi/8", "100x80Gi/8.0", "-1xA100"],
    "foresail.dev/max-hourly-price": ["", "0", "-1", "1e3", "1,5", "$5", "0.00001", "Infinity"],
    "foresail.dev/placement": ["", "Shared", "dedicated "],
    "foresail.dev/provision": ["", "False", "0", "no"],
    "foresail.dev/region": ["", "East US", "x".repeat(41)],
    "foresail.dev/replicas": ["", "-1", "1.0", "10001", "External", "1e1"],
    "foresail.dev/rollout": ["", "rolling"],
    "foresail.dev/zones": ["", ",", "1;2"],
    "kaito.sh/node-class-name": ["A", "-a", "a/b"],
    "kaito.sh/node-image-family": ["", "windows"],
    "kaito.sh/performance-mode": ["", "fast"],
    "kaito.sh/runtime": ["", "VLLM"],
  };
  for (const [name, values] of Object.entries(invalid)) {
    it(`of a wrong ${name}`, () => {
      for (const value of values) {
        expect(found(serving("phi-4", A100, { [name]: value })), value).to.deep.include([
          "error annotation/invalid",
          `metadata.annotations[${name}]`,
        ]);
      }
    });
  }

  it("of a misspelt annotation, with the one that was meant", () => {
    const meant: { readonly [given: string]: string } = {
      "kaito.sh/run-time": "kaito.sh/runtime",
      "kaito.sh/zones": "foresail.dev/zones",
      "foresail.dev/enablelb": "kaito.sh/enablelb",
      "kaito.sh/bypass-resource-check": "kaito.sh/bypass-resource-checks",
    };
    for (const [given, wanted] of Object.entries(meant)) {
      const [issue] = expand(serving("phi-4", A100, { [given]: "x" }), catalogue).issues;
      expect(issue?.message).to.include(`did you mean ${wanted}?`);
    }
  });

  it("nothing of annotations that KAITO's controllers write", () => {
    const written = { "kaito.sh/upgrade-start-time": "now", "workspace.kaito.io/revision": "1" };
    expect(found(serving("phi-4", A100, written))).to.deep.equal([]);
  });

  it("nothing of annotations that are right", () => {
    const valid: { readonly [annotation: string]: readonly string[] } = {
      "foresail.dev/capacity-type": ["spot", "reserved, on-demand"],
      "foresail.dev/max-hourly-price": ["3.673", "9999999"],
      "foresail.dev/replicas": ["0", "10000", "external"],
      "foresail.dev/zones": ["1", "eastus-1, eastus-2"],
      "kaito.sh/node-class-name": ["", "image-family-ubuntu"],
      "kaito.sh/node-image-family": [" Ubuntu ", "azurelinux"],
      "kaito.sh/enablelb": ["True", "False"],
      "kaito.sh/bypass-resource-checks": ["false"],
    };
    for (const [name, values] of Object.entries(valid))
      for (const value of values) expect(found(serving("phi-4", A100, { [name]: value })), value).to.deep.equal([]);
  });
});
