import { expect } from "chai";
import { describe, it } from "mocha";
import { asStored } from "../../src/cli/stored.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { catalogue } from "../core/support/workspaces.ts";

function said(stated: JsonObject): readonly string[] {
  const resource = { labelSelector: { matchLabels: { apps: "m" } } };
  const serving = { resource, inference: { preset: { name: "phi-4" } } };
  const object = { apiVersion: "kaito.sh/v1beta1", kind: "Workspace", metadata: { name: "m" }, ...serving, ...stated };
  return asStored(object as JsonObject, "default", catalogue).issues.map(({ code, path }) => `${code} ${path}`);
}

/** Found by test/cluster/check, where the API server says the same. */
describe("what a create would store", () => {
  it("is refused with fixes beside values of wrong types", () => {
    const tuning = { preset: { name: "phi-5" }, method: ["lora"], input: {}, output: {} };
    const issues = said({ inference: null, tuning } as JsonObject);
    expect(issues).to.include("schema/type tuning.method");
    expect(issues).to.include("preset/unknown tuning.preset.name");
  });

  it("is refused for its metadata, once for each value", () => {
    expect(said({ metadata: { name: "m", labels: { a: 1 }, annotations: { b: true } } })).to.deep.equal([
      "schema/type metadata.labels[a]",
      "schema/type metadata.annotations[b]",
    ]);
  });

  it("is refused for what is no field of a status, which is not stored itself", () => {
    expect(said({ status: { conditions: [] } })).to.deep.equal([]);
    expect(said({ status: { nope: 1, conditions: { a: 1 } } })).to.deep.equal([
      "schema/unknown-field status.nope",
      "schema/unknown-field status.conditions.a",
    ]);
  });

  it("has an empty text where a label or annotation is null", () => {
    const metadata = { name: "m", annotations: { "foresail.dev/provision": null }, labels: { a: null } };
    expect(said({ metadata })).to.deep.equal(["annotation/invalid metadata.annotations[foresail.dev/provision]"]);
  });
});
