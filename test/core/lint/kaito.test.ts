import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import type { JsonObject } from "../../../src/core/json.ts";
import { hasTransformersInKaito, isPresetOfKaito } from "../../../src/core/lint/kaito/presets.ts";
import { exampleBases } from "../../../src/core/rules.ts";
import { createRules } from "../kaito/create-rules.ts";
import { inferenceIntents, resourceIntents, tuningIntents, workspaceIntents } from "../kaito/intents.ts";
import { title } from "../kaito/judge.ts";
import { own, type RuleRow } from "../kaito/rule-row.ts";
import { settingsRules } from "../kaito/settings-rules.ts";
import { configured, foundIn, settings } from "../rules/repository-cases.ts";
import { catalogue } from "../support/workspaces.ts";

// W4, W5 and W15 depend on who makes KAITO's nodes and on which there are, W9 on how it is started.
const DEPENDS: ReadonlySet<string> = new Set([
  "W4 a size for own nodes",
  "own nodes a size",
  "W5 no size for new nodes",
  "new nodes no size",
  "W9 a node class it does not manage",
  "node class a foreign one",
  "W15 own nodes none of which matches",
  // Of images with weights inside, which KAITO has no more.
  "create a model in its image, with a token",
]);
const rows: readonly RuleRow[] = [
  ...createRules,
  ...settingsRules,
  ...resourceIntents,
  ...inferenceIntents,
  ...workspaceIntents,
  ...tuningIntents,
];

const codes = (objects: readonly JsonObject[]): readonly string[] =>
  foundIn(objects).flatMap(({ code }) => (code.startsWith("kaito/") ? [code] : []));

describe("what KAITO itself would refuse", () => {
  for (const row of rows) {
    if ("notApplicable" in row || ("old" in row && row.old !== undefined) || DEPENDS.has(`${row.id} ${row.what}`))
      continue;
    const denied = "judged" in row ? row.judged !== "ok" : row.denied.length > 0;
    // What is refused here, too, is told as that.
    if (denied) continue;
    it(`${row.kaito === "refuses" ? "is told" : "is not told"}: ${title(row)}`, () => {
      const object = row.object as unknown as JsonObject;
      const { namespace = "models" } = row.object.metadata;
      const data = "judged" in row ? row.data : undefined;
      const metadata = { name: row.object.inference?.config ?? row.object.tuning?.config ?? "", namespace };
      const config = data === undefined ? [] : [{ apiVersion: "v1", kind: "ConfigMap", metadata, data }];
      expect(codes([object, ...config]).length > 0).to.equal(row.kaito === "refuses");
    });
  }

  it("knows the names of KAITO: each of its short ones is a preset here, and org/model always is one", () => {
    const { models } = catalogue.current;
    const short = models.flatMap(({ name, aliases }) => [name, ...aliases]).filter(isPresetOfKaito);
    expect(short).to.have.length(25);
    for (const { model } of models) expect(isPresetOfKaito(model), model).to.equal(true);
    for (const name of ["phi-2", "falcon-7b", "/phi-4", "microsoft/", ""])
      expect(isPresetOfKaito(name), name).to.equal(false);
    expect(hasTransformersInKaito("microsoft/Phi-4-mini-instruct")).to.equal(false);
    expect(hasTransformersInKaito("Qwen/Qwen2.5-Coder-7B-Instruct")).to.equal(true);
  });

  it("reads the ConfigMap of the same namespace, as vLLM reads it", () => {
    const told = (value: string): readonly string[] => codes([configured, settings(`vllm: {max-model-len: ${value}}`)]);
    expect(told("auto")).to.deep.equal(["kaito/max-model-len"]);
    expect(told("8k")).to.deep.equal(["kaito/max-model-len"]);
    for (const value of ["8192", '"8192"', '" 8192 "']) expect(told(value), value).to.deep.equal([]);
    const elsewhere = { ...settings("vllm: {max-model-len: auto}"), metadata: { name: "mine", namespace: "other" } };
    expect(codes([configured, elsewhere])).to.deep.equal([]);
  });

  it("looks at no selector of a training, as KAITO does not", () => {
    const resource = { labelSelector: { matchExpressions: [{ key: "zone", operator: "Exists" }] } };
    const metadata = { name: "phi", namespace: "models", annotations: own("1xA100-80GB") };
    const [training, serving] = [exampleBases.tuning, exampleBases.serving].map((text) => ({
      ...(parse(text) as JsonObject),
      metadata,
      resource,
    }));
    expect(codes([serving ?? {}])).to.deep.equal(["kaito/selector"]);
    expect(codes([training ?? {}])).to.deep.equal([]);
  });
});
