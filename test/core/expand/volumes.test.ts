import { expect } from "chai";
import { describe, it } from "mocha";
import { expand } from "../../../src/core/expand.ts";
import { canonicalJson, type JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, tuning, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";

function podOf(object: Workspace): { volumes: JsonObject[]; initContainers: { args: string[] }[] } {
  const { expansion, issues } = expand(object, catalogue);
  if (expansion === undefined) throw new Error(issues.map((issue) => issue.message).join("\n"));
  return expansion.podTemplate["spec"] as never;
}

const adapted = (volumeSource: JsonObject): Workspace =>
  workspace({
    resource: { labelSelector: {}, instanceType: A100 },
    inference: { preset: { name: "phi-4" }, adapters: [{ source: { name: "a", volumeSource } }] },
  });

describe("volumes a user states", () => {
  // Members that are empty mean something to whoever reads them: a driver's attributes, a selector, a directory.
  const stated = {
    csi: { driver: "blob.example", readOnly: false, volumeAttributes: { protocol: "", list: [], map: {} } },
  };

  it("stay as stated, empty members, too", () => {
    const volumes = {
      adapter: podOf(adapted(stated)).volumes,
      input: podOf(tuning("phi-4", A100, { input: { volumeSource: stated } })).volumes,
      output: podOf(tuning("phi-4", A100, { output: { volumeSource: stated } })).volumes,
    };
    expect(volumes.adapter).to.deep.include({ ...stated, name: "adapter-volume-a" });
    expect(volumes.input).to.deep.include({ ...stated, name: "data-volume" });
    expect(volumes.output).to.deep.include({ ...stated, name: "results-volume" });
    expect(podOf(adapted({ emptyDir: {} })).volumes).to.deep.include({ emptyDir: {}, name: "adapter-volume-a" });
  });

  it("cannot take the name of another volume", () => {
    const named = { ...stated, name: "dshm" };
    for (const object of [
      adapted(named),
      tuning("phi-4", A100, { input: { volumeSource: named } }),
      tuning("phi-4", A100, { output: { volumeSource: named } }),
    ]) {
      const names = podOf(object).volumes.map((volume) => volume["name"]);
      expect(names).to.deep.equal([...new Set(names)]);
    }
  });

  it("are written in the order of their keys", () => {
    const a = canonicalJson(podOf(adapted({ nfs: { server: "s", path: "/p" } })).volumes);
    expect(JSON.stringify(podOf(adapted({ nfs: { path: "/p", server: "s" } })).volumes)).to.equal(a);
  });
});

describe("names of downloaded files", () => {
  const names = (...urls: readonly string[]): readonly (string | undefined)[] => {
    const args = podOf(tuning("phi-3-mini-4k-instruct", "Standard_NC6s_v3", { input: { urls } })).initContainers[0]
      ?.args;
    return (args ?? []).filter((_, i) => i > 0 && i % 2 === 0);
  };

  it("keep the extension and never leave the directory", () => {
    expect(names("https://example.com/data/train.parquet?download=true")).to.deep.equal(["train.parquet"]);
    expect(names("https://example.com/a/..")).to.deep.equal(["0-"]);
    expect(names("https://example.com/.hidden.json")).to.deep.equal(["hidden.json"]);
    expect(names("https://example.com/a%2F..%2Fb.json")).to.deep.equal(["a_2F.._2Fb.json"]);
    expect(names(`https://example.com/${"x".repeat(500)}.parquet`)[0]).to.match(/^x{192}\.parquet$/);
  });

  it("are different for files of one name", () => {
    expect(names("https://a.example/x.json", "https://b.example/x.json")).to.deep.equal(["0-x.json", "1-x.json"]);
  });
});
