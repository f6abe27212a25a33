import { expect } from "chai";
import { describe, it } from "mocha";
import { admit } from "../../../src/core/admit.ts";
import { expand } from "../../../src/core/expand.ts";
import { errors } from "../../../src/core/issue.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, review, serving, tuning, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const codes = (object: Workspace): readonly string[] =>
  errors(expand(object, catalogue).issues).map(({ code }) => code);
/** Codes of the answer of `/mutate`, which judges types first. */
function denials(object: Workspace): readonly string[] {
  const answer = admit(review(object), catalogue, "mutate") as unknown as {
    readonly response: { readonly status?: { readonly details: { readonly causes: readonly { reason: string }[] } } };
  };
  return (answer.response.status?.details.causes ?? []).map(({ reason }) => reason);
}
const named = (object: Workspace, name: string): Workspace => ({ ...object, metadata: { ...object.metadata, name } });

describe("all problems of an object at once", () => {
  it("tells of a wrong part and of a size that is too small for the model", () => {
    const object = workspace({
      name: "phi-3.5",
      annotations: { "foresail.dev/replicas": "many", "foresail.dev/max-hourly-price": "0.1" },
      resource: { count: 0, labelSelector: { matchLabels: { "a b": "c" } }, instanceType: A100 },
      inference: { preset: { name: "llama-3.1-8b-instruct" }, config: "My_Config", adapters: [{ strength: "2" }] },
    });
    expect(codes(object)).to.deep.equal([
      "name/invalid",
      "selector/key",
      "resource/count",
      "config/invalid",
      "schema/required",
      "annotation/invalid",
      "price/above-limit",
      "model/token-required",
    ]);
  });

  it("tells of an unknown size beside an unknown preset, of serving and of tuning", () => {
    expect(codes(serving("no-such-model", "Foo_1"))).to.deep.equal(["preset/unknown", "instance-type/unknown"]);
    const run = tuning("no-such-model", "Foo_1", { method: "full", input: {}, output: {} });
    expect(codes(run)).to.deep.equal([
      "tuning/method",
      "tuning/input",
      "tuning/output",
      "preset/unknown",
      "instance-type/unknown",
    ]);
    expect(codes(named(tuning("gpt-oss-20b", A100), "a.b"))).to.deep.equal(["name/invalid", "preset/not-tunable"]);
  });

  it("tells nothing twice, and nothing that follows from a wrong part", () => {
    const unsized = workspace({
      name: "a.b",
      resource: { labelSelector: {}, partition: { mode: "mig", profile: "1g.10gb" } },
      inference: { preset: { name: "phi-4" }, template: { spec: { containers: "none" } }, adapters: [{}] },
    });
    expect(codes(unsized)).to.deep.equal(["name/invalid", "partition/provision", "schema/required", "overlay/invalid"]);
    const secret = workspace({
      resource: { labelSelector: {}, instanceType: A100 },
      inference: { preset: { name: "llama-3.1-8b-instruct", presetOptions: { modelAccessSecret: "No" } } },
    });
    expect(codes(secret)).to.deep.equal(["secret/invalid"]);
  });

  it("judges no hardware where it is not known which is meant", () => {
    for (const [name, value] of [
      ["foresail.dev/provision", "no"],
      ["foresail.dev/gpu", "big"],
      ["foresail.dev/region", "East US"],
      ["foresail.dev/capacity-type", "cheap"],
      ["kaito.sh/runtime", "VLLM"],
    ] as const) {
      expect(codes(serving("phi-4", "my-nodes", { [name]: value })), name).to.deep.equal(["annotation/invalid"]);
    }
  });

  describe("beside a value of the wrong type", () => {
    const given = (object: JsonObject): Workspace => ({ ...workspace({}), ...object }) as unknown as Workspace;
    const token = { presetOptions: { modelAccessSecret: "hf" } };
    const sound = { labelSelector: { matchLabels: { app: "phi" } }, instanceType: A100 };

    it("tells of every other part, of size and token too", () => {
      const object = given({
        metadata: { name: "a.b", namespace: "models", annotations: { "foresail.dev/replicas": "x" } },
        resource: { count: "two", instanceType: "Standard_NC4as_T4_v3" },
        inference: {
          preset: { name: "llama-3.3-70b-instruct", accessMode: "secret" },
          adapters: [{ source: { name: "A" } }],
        },
      });
      expect(denials(object)).to.deep.equal([
        "schema/required",
        "schema/type",
        "schema/enum",
        "name/invalid",
        "adapter/name",
        "adapter/one-of",
        "annotation/invalid",
        "instance-type/too-small",
        "model/token-required",
      ]);
    });

    it("tells of an unknown preset beside a training run's input", () => {
      const run = tuning("no-such-model", A100, { method: "full" });
      const object = given({ ...run, tuning: { ...run.tuning, input: 3 } } as unknown as JsonObject);
      expect(denials(object)).to.deep.equal(["schema/type", "tuning/method", "preset/unknown"]);
    });

    it("tells of every annotation without quotes, and of what is wrong elsewhere", () => {
      const annotations = {
        "foresail.dev/replicas": 2,
        "kaito.sh/bypass-resource-checks": true,
        "kaito.sh/runtime": "x",
      };
      const object = given({ metadata: { name: "a.b", namespace: "models", annotations }, resource: sound });
      expect(denials({ ...object, inference: { preset: { name: "phi-5" } } })).to.deep.equal([
        "schema/type",
        "schema/type",
        "name/invalid",
        "annotation/invalid",
        "preset/unknown",
      ]);
    });

    const wrong: readonly (readonly [string, JsonObject])[] = [
      ["resource", { resource: 5 }],
      ["size", { resource: { ...sound, instanceType: 5 } }],
      [
        "size with a fallback that another size would not have",
        {
          metadata: {
            name: "phi",
            namespace: "models",
            annotations: { "foresail.dev/fallback-instance-types": "Standard_NV36ads_A10_v5" },
          },
          resource: { ...sound, instanceType: 5 },
        },
      ],
      ["selector", { resource: { ...sound, labelSelector: 5 } }],
      ["label", { resource: { ...sound, labelSelector: { matchLabels: { a: 5 } } } }],
      ["partition", { resource: { ...sound, partition: { mode: "half" } } }],
      ["preset", { inference: { preset: 5 } }],
      ["preset without a name", { inference: { preset: {} } }],
      ["preset's options", { inference: { preset: { name: "llama-3.1-8b-instruct", presetOptions: 5 } } }],
      ["template", { inference: { template: 5 } }],
      ["template over a preset", { inference: { preset: { name: "phi-4" }, template: 5 } }],
      ["adapters", { inference: { preset: { name: "llama-3.1-8b-instruct", ...token }, adapters: "none" } }],
      ["inference", { inference: "phi-4" }],
      [
        "annotation that says whose nodes they are",
        {
          metadata: { name: "phi", namespace: "models", annotations: { "foresail.dev/provision": false } },
          resource: { labelSelector: { matchExpressions: [{ key: "a", operator: "Exists" }] } },
        },
      ],
      [
        "annotation that says where the weights are",
        {
          metadata: { name: "phi", namespace: "models", annotations: { "kaito.sh/use-local-weights": true } },
          inference: { preset: { name: "llama-3.1-8b-instruct" } },
        },
      ],
      ["annotation", { metadata: { name: "phi", namespace: "models", annotations: { a: 5 } } }],
    ];
    for (const [what, part] of wrong) {
      it(`tells nothing that follows from it: ${what}`, () => {
        const object = given({ resource: sound, inference: { preset: { name: "phi-4" } }, ...part });
        expect(denials(object)).to.have.lengthOf(1);
        expect(denials(object)[0]).to.match(/^schema\//);
      });
    }
  });

  it("asks nothing about nodes where neither use is stated", () => {
    expect(codes(workspace({ resource: { labelSelector: {}, instanceType: "Foo_1" } }))).to.deep.equal([
      "workspace/one-of",
    ]);
  });
});
