import { expect } from "chai";
import { describe, it } from "mocha";
import { expand } from "../../../src/core/expand.ts";
import { errors } from "../../../src/core/issue.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving, tuning, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const codes = (object: Workspace): readonly string[] =>
  errors(expand(object, catalogue).issues).map(({ code }) => code);
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

  it("asks nothing about nodes where neither use is stated", () => {
    expect(codes(workspace({ resource: { labelSelector: {}, instanceType: "Foo_1" } }))).to.deep.equal([
      "workspace/one-of",
    ]);
  });
});
