import { expect } from "chai";
import { describe, it } from "mocha";
import { objectsAt } from "../../../src/core/capacity/fields.ts";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving, tuning, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";

/** What each container says of its termination message, by name. */
function policies(object: Workspace): { readonly [container: string]: unknown } {
  const { expansion, issues } = expand(object, catalogue);
  if (expansion === undefined) throw new Error(issues.map(({ message }) => message).join("\n"));
  const all = ["initContainers", "containers"].flatMap((list) => objectsAt(expansion.podTemplate, "spec", list));
  return Object.fromEntries(all.map((one) => [one["name"], one["terminationMessagePolicy"] ?? "absent"]));
}

const own = (containers: JsonObject[]): Workspace =>
  workspace({ resource: { labelSelector: {}, instanceType: A100 }, inference: { template: { spec: { containers } } } });

describe("the end of the log of a model that fails", () => {
  it("is passed on by the pods of presets, whatever serves them", () => {
    for (const [preset, size] of [
      ["phi-4", A100],
      ["phi-3-mini-4k-instruct", "Standard_NC6s_v3"],
      ["llama-3.3-70b-instruct", "Standard_NV36ads_A10_v5"],
    ] as const)
      expect(policies(serving(preset, size))["model"], preset).to.equal("FallbackToLogsOnError");
  });

  it("is that of the training, not of those that move files", () => {
    const { model, ...others } = policies(tuning("phi-4", A100));
    expect(model).to.equal("FallbackToLogsOnError");
    expect(others).to.not.deep.equal({});
    expect(new Set(Object.values(others))).to.deep.equal(new Set(["absent"]));
  });

  it("is passed on by the model of an own template, else by its first container", () => {
    expect(policies(own([{ name: "proxy" }, { name: "model" }]))).to.deep.equal({
      proxy: "absent",
      model: "FallbackToLogsOnError",
    });
    expect(policies(own([{ name: "a" }, { name: "b" }]))).to.deep.equal({ a: "FallbackToLogsOnError", b: "absent" });
  });

  it("is left to what a template states, beside a preset or without one", () => {
    const stated = [{ name: "model", terminationMessagePolicy: "File" }];
    expect(policies(own(stated))).to.deep.equal({ model: "File" });
    const object = serving("phi-4", A100);
    const template = { spec: { containers: stated } };
    const laid = { ...object, inference: { ...object.inference, template } } as Workspace;
    expect(policies(laid)).to.deep.equal({ model: "File" });
  });
});
