import { expect } from "chai";
import { describe, it } from "mocha";
import { type Catalogue, findModel, type Model } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import { errors, warnings } from "../../../src/core/issue.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving, tuning, workspace } from "../support/workspaces.ts";

// What KAITO v0.12's unit tests of `resource` (TestResourceSpecValidateCreate) want, by their number, and what we answer.

const base = findModel(catalogue.current, "phi-4-mini-instruct") as Model;
const sized = (weightsGiB: number): Model => ({
  ...base,
  name: `model-${weightsGiB}`,
  model: "",
  aliases: [],
  weightsGiB,
});
const release = {
  ...catalogue.current,
  models: [...catalogue.current.models, ...[1, 7, 8, 16, 32, 131, 152].map(sized)],
};
const with_: Catalogue = { current: release, releases: [release] };

const own = (gpu?: string) => ({
  "foresail.dev/provision": "false",
  ...(gpu === undefined ? {} : { "foresail.dev/gpu": gpu }),
});
const transformers = { "kaito.sh/runtime": "transformers" };
const A10 = "Standard_NV36ads_A10_v5";
const A100 = "Standard_NC24ads_A100_v4";
const counting = (object: Workspace, count: number): Workspace => ({
  ...object,
  resource: { labelSelector: {}, ...object.resource, count },
});
const templated = (instanceType: string): Workspace =>
  workspace({
    resource: { labelSelector: {}, instanceType },
    inference: { template: { spec: { containers: [{ name: "c" }] } } },
  });
const onSlice = (weightsGiB: number, profile: string, more = {}): Workspace =>
  workspace({
    annotations: { ...own(), ...more },
    resource: { labelSelector: {}, partition: { mode: "mig", profile } },
    inference: { preset: { name: `model-${weightsGiB}` } },
  });
const reserved = workspace({
  annotations: own("1xA100-80GB"),
  resource: { labelSelector: { matchLabels: { "kaito.sh/workspace": "x" } } },
  inference: { preset: { name: "model-16" } },
});

interface Intent {
  readonly kaito: string;
  readonly object: Workspace;
  /** Codes of our denials; empty: accepted. */
  readonly denied: readonly string[];
  /** A code among our warnings. */
  readonly warned?: string;
  /** Present where we answer differently. */
  readonly because?: string;
}

const intents: readonly Intent[] = [
  { kaito: "1 ND96asr_v4, 152Gi: ok, by its prefix", object: serving("model-152", "Standard_ND96asr_v4"), denied: [] },
  { kaito: "2 A10, 16Gi: ok", object: serving("model-16", A10), denied: [] },
  {
    kaito: "3 a size of no known family: refused",
    object: serving("model-7", "Foo_1"),
    denied: ["instance-type/unknown"],
  },
  { kaito: "4 a template on a known size: ok", object: templated(A10), denied: [] },
  {
    kaito: "5 an unknown Standard_N…: ok",
    object: serving("model-7", "Standard_NV4as_v9"),
    denied: ["instance-type/unknown"],
    because: "a size that does not exist is found when the node does not come; a new one is a line in a catalogue file",
  },
  {
    kaito: "6 a Standard_D…: ok",
    object: serving("model-7", "Standard_D8s_v5"),
    denied: ["instance-type/no-gpu"],
    because: "a pod that asks for a GPU never runs there",
  },
  { kaito: "7 tuning on one node: ok", object: tuning("phi-4", A100), denied: [] },
  { kaito: "8 tuning on two: refused", object: counting(tuning("phi-4", A100), 2), denied: ["tuning/one-node"] },
  {
    kaito: "9 an unknown preset: no error of the resource",
    object: serving("no-such-model", A100),
    denied: ["preset/unknown"],
  },
  {
    kaito: "10 vLLM on 4 nodes: ok",
    object: counting(serving("model-16", A100), 4),
    denied: [],
    warned: "resource/count-computed",
  },
  {
    kaito: "11 own node, one A100 80G, 16Gi: ok",
    object: serving("model-16", undefined, own("1xA100-80GB")),
    denied: [],
  },
  {
    kaito: "12 own nodes, two H100, 131Gi: ok",
    object: serving("model-131", undefined, own("2xH100-80GB")),
    denied: [],
  },
  {
    kaito: "13, 20 own nodes, none matches: refused",
    object: serving("model-16", undefined, own()),
    denied: [],
    warned: "hardware/unknown",
    because: "admission asks no cluster; nodes may come later, and status says that none is there",
  },
  {
    kaito: "14, 15, 16 own nodes without labels of the GPU: refused",
    object: serving("model-16", undefined, own("1x80Gi/8.0")),
    denied: [],
    because: "hardware is stated, not discovered",
  },
  {
    kaito: "17 own nodes, V100 and A100 mixed: refused",
    object: serving("model-16", undefined, own("1xA100-80GB")),
    denied: [],
    because: "hardware is stated, not discovered; a node of another kind is kept away by labelSelector",
  },
  {
    kaito: "18 own node, transformers, 8 GiB, 16Gi: refused",
    object: serving("model-16", undefined, { ...own("1x8Gi/8.0"), ...transformers }),
    denied: ["instance-type/too-small"],
  },
  {
    kaito: "19 own nodes, 16 GiB, 32Gi, vLLM: ok",
    object: serving("model-32", undefined, own("1x16Gi/8.0")),
    denied: [],
  },
  {
    kaito: "21 only reserved keys in matchLabels: refused",
    object: reserved,
    denied: [],
    warned: "selector/reserved",
    because: "they are dropped with a warning, whether they are all or some",
  },
  { kaito: "25 transformers, 1Gi on A10: ok", object: serving("model-1", A10, transformers), denied: [] },
  { kaito: "MIG: 8Gi on 2g.24gb: ok", object: onSlice(8, "2g.24gb"), denied: [] },
  { kaito: "MIG: 131Gi on 1g.10gb: refused", object: onSlice(131, "1g.10gb"), denied: ["partition/too-small"] },
  {
    kaito: "MIG: the same with the bypass: ok",
    object: onSlice(131, "1g.10gb", { "kaito.sh/bypass-resource-checks": "true" }),
    denied: [],
    warned: "partition/too-small",
  },
];

describe("KAITO's intents for resource", () => {
  for (const { kaito, object, denied, warned, because } of intents) {
    it(because === undefined ? kaito : `${kaito}; ours differs: ${because}`, () => {
      const { issues } = expand(object, with_);
      expect(errors(issues).map(({ code }) => code)).to.deep.equal(denied);
      if (warned !== undefined) expect(warnings(issues).map(({ code }) => code)).to.include(warned);
    });
  }
});
