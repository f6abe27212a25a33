import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { findInstanceType, findModel, findRelease } from "../../src/core/catalogue.ts";
import { CatalogueError } from "../../src/core/catalogue-build.ts";
import { canonicalJson } from "../../src/core/json.ts";
import { hourlyPriceUsd } from "../../src/core/prices.ts";
import { loadCatalogue } from "../../src/load.ts";
import { catalogue } from "./support/workspaces.ts";

describe("catalogue as shipped", () => {
  it("knows models and sizes by any of their names, whatever the case", () => {
    expect(findModel(catalogue.current, "MICROSOFT/phi-4")?.name).to.equal("phi-4");
    expect(findInstanceType(catalogue.current, "standard_nd96asr_a100_v4")?.name).to.equal("Standard_ND96asr_v4");
  });

  it("prices the sizes it chooses from", () => {
    const type = findInstanceType(catalogue.current, "Standard_NC24ads_A100_v4");
    expect(type && hourlyPriceUsd(catalogue.current, type, "eastus")).to.equal(3.673);
  });

  it("names no preset in a runtime image that it does not carry", () => {
    const names = catalogue.current.models.map((model) => model.name);
    for (const image of catalogue.current.runtimes) expect(names).to.include.members([...(image.presets ?? [])]);
  });

  it("is frozen", () => {
    expect(() => (catalogue.current.models as unknown[]).push({})).to.throw(TypeError);
    expect(Object.isFrozen(catalogue.current.prices[0]?.regions["eastus"])).to.equal(true);
  });
});

describe("catalogue with users' files", () => {
  let directory: string;
  const file = (path: string, text: string): void => {
    mkdirSync(join(directory, path, ".."), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "foresail-catalogue-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const failure = (): CatalogueError => {
    try {
      loadCatalogue([directory]);
    } catch (thrown) {
      if (thrown instanceof CatalogueError) return thrown;
      throw thrown;
    }
    throw new Error("the catalogue was accepted");
  };

  it("replaces entries by name and shows in the identity", () => {
    file(
      "instance-types/own.yaml",
      'cloud: azure\ninstanceTypes:\n  - {name: Own_GPU, gpuVendor: nvidia, gpuModel: L4, gpuCount: 1, gpuMemoryGiB: 24, vcpus: 8, memoryGiB: 32, computeCapability: "8.9", source: us}\n',
    );
    file("defaults.yaml", "region: westeurope\n");
    const own = loadCatalogue([directory]);
    expect(own.current.id).to.match(/^2026\.11\.0\+[0-9a-f]{8}$/);
    expect(own.current.defaults.region).to.equal("westeurope");
    expect(findInstanceType(own.current, "Own_GPU")?.memoryGiB).to.equal(32);
    expect(loadCatalogue([directory]).current.id).to.equal(own.current.id);
  });

  it("says file and line of every fault and takes nothing", () => {
    file(
      "models/bad.yaml",
      "name: bad\nmodel: a/b\nrevision: main\nlicense: mit\narchitecture: X\nweightsGiB: heavy\ncontextTokens: 1\nlayers: 1\nattentionHeads: 1\nkvHeads: 1\nheadDim: 1\nextra: 1\n",
    );
    file("prices/broken.yaml", "cloud: azure\ncurrency: a: b\n");
    file("other/x.yaml", "a: 1\n");
    const findings = failure().findings.join("\n");
    expect(findings).to.match(/models[/\\]bad\.yaml:6: weightsGiB must be of type number, given "heavy"/);
    expect(findings).to.match(/models[/\\]bad\.yaml:\d+: extra is not a known field/);
    expect(findings).to.match(/prices[/\\]broken\.yaml:2: /);
    expect(findings).to.match(/other[/\\]x\.yaml:1: a catalogue holds/);
  });

  it("carries published releases beside the running one", () => {
    const earlier = { ...catalogue.current, id: "2026.10.0" };
    file("releases/2026.10.0.json", canonicalJson(earlier));
    const own = loadCatalogue([directory]);
    expect(findRelease(own, "2026.10.0")?.models.length).to.equal(catalogue.current.models.length);
    expect(own.current.id).to.match(/^2026\.11\.0\+/);
  });
});
