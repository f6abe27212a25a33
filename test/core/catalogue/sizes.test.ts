import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { findInstanceType } from "../../../src/core/catalogue.ts";
import { catalogue } from "../support/workspaces.ts";

const { instanceTypes, prices, migProfiles, defaults } = catalogue.current;

// KAITO v0.12.0, pkg/sku: names, GPUs, memory of all of them, local NVMe.
const KAITO: readonly (readonly [name: string, gpus: number, totalGiB: number, nvme: boolean])[] = [
  ["Standard_NV36ads_A10_v5", 1, 24, false],
  ["Standard_NV72ads_A10_v5", 2, 48, false],
  ["Standard_NC24ads_A100_v4", 1, 80, true],
  ["Standard_NC48ads_A100_v4", 2, 160, true],
  ["Standard_NC96ads_A100_v4", 4, 320, true],
  ["Standard_ND96asr_A100_v4", 8, 320, true],
  ["Standard_ND96amsr_A100_v4", 8, 640, true],
  ["Standard_NC40ads_H100_v5", 1, 94, true],
  ["Standard_NC80adis_H100_v5", 2, 188, true],
  ["Standard_ND96isr_H100_v5", 8, 640, true],
  ["Standard_NCC40ads_H100_v5", 1, 94, false],
  ["Standard_ND96isr_H200_v5", 8, 1128, true],
  ["Standard_NG32ads_V620_v1", 1, 32, false],
  ["Standard_NG32adms_V620_v1", 1, 32, false],
  ["p4d.24xlarge", 8, 320, true],
  ["p4de.24xlarge", 8, 640, true],
  ["p5.48xlarge", 8, 640, true],
  ["p5e.48xlarge", 8, 1128, true],
  ["p5en.48xlarge", 8, 1128, true],
  ["g6.xlarge", 1, 24, true],
  ["g6.12xlarge", 4, 96, true],
  ["g6.48xlarge", 8, 192, true],
  ["gr6.8xlarge", 1, 24, true],
  ["g5.16xlarge", 1, 24, true],
  ["g5.24xlarge", 4, 96, true],
  ["g5.48xlarge", 8, 192, true],
];

// NVIDIA, CUDA GPU compute capability.
const CAPABILITIES: { readonly [gpuModel: string]: string } = {
  V100: "7.0",
  T4: "7.5",
  A100: "8.0",
  A10: "8.6",
  A10G: "8.6",
  L4: "8.9",
  L40S: "8.9",
  H100: "9.0",
  "H100-NVL": "9.0",
  H200: "9.0",
  B200: "10.0",
  B300: "10.3",
  "RTX-PRO-4500": "12.0",
  "RTX-PRO-6000": "12.0",
};

describe("catalogue: sizes and prices", () => {
  for (const [name, gpus, totalGiB, nvme] of KAITO) {
    it(`has ${name} as KAITO has it, under either spelling`, () => {
      const type = findInstanceType(catalogue.current, name.toLowerCase());
      expect(type?.gpuCount).to.equal(gpus);
      expect((type?.gpuMemoryGiB ?? 0) * gpus).to.equal(totalGiB);
      expect(type?.localNvme).to.equal(nvme);
    });
  }

  it("spells KAITO's Standard_ND96asr_A100_v4 as Azure does", () => {
    expect(findInstanceType(catalogue.current, "Standard_ND96asr_A100_v4")?.name).to.equal("Standard_ND96asr_v4");
  });

  it("states the compute capability of every NVIDIA GPU, and of no other", () => {
    for (const { name, gpuVendor, gpuModel, computeCapability } of instanceTypes) {
      const expected = gpuVendor === "nvidia" ? CAPABILITIES[gpuModel] : undefined;
      expect(computeCapability, name).to.equal(expected);
      if (gpuVendor === "nvidia") expect(expected, gpuModel).to.be.a("string");
    }
  });

  it("says where every row is from", () => {
    for (const cloud of ["aws", "azure"]) {
      const text = readFileSync(new URL(`../../../presets/instance-types/${cloud}.yaml`, import.meta.url), "utf8");
      const file = parse(text) as {
        readonly instanceTypes: readonly { readonly name: string; readonly source: string }[];
      };
      for (const { name, source } of file.instanceTypes) expect(source.length, name).to.be.greaterThan(10);
    }
  });

  it("prices by region in dollars, with date and source", () => {
    expect(prices.map(({ cloud }) => cloud).toSorted()).to.deep.equal(["aws", "azure"]);
    for (const { cloud, currency, date, source, regions } of prices) {
      expect([currency, date.slice(0, 4)], cloud).to.deep.equal(["USD", "2026"]);
      expect(source.length, cloud).to.be.greaterThan(10);
      for (const [region, sizes] of Object.entries(regions)) {
        expect(Object.keys(sizes), region).to.not.have.length(0);
        for (const [size, usd] of Object.entries(sizes)) expect(usd, `${region} ${size}`).to.be.within(0.1, 500);
      }
    }
  });

  it("knows a price of every size in service, and the default region sells the common ones", () => {
    const priced = new Set(
      prices.flatMap(({ regions }) => Object.values(regions).flatMap((sizes) => Object.keys(sizes))),
    );
    const without = instanceTypes.filter(({ name }) => !priced.has(name)).map(({ name }) => name);
    // Sold by reservation only, or not listed on demand.
    expect(without).to.deep.equal(["p5e.48xlarge", "Standard_NG32adms_V620_v1"]);
    const here = prices.find(({ cloud }) => cloud === defaults.cloud)?.regions[defaults.region] ?? {};
    expect(Object.keys(here)).to.include.members(["Standard_NV36ads_A10_v5", "Standard_NC24ads_A100_v4"]);
  });

  it("cuts only GPUs it knows, to what the profile's name says", () => {
    const gpus = new Set([...instanceTypes.map(({ gpuModel }) => gpuModel), "A30", "GH200"]);
    for (const { profile, memoryGiB, gpuModels } of migProfiles) {
      expect(profile).to.match(new RegExp(`^[1-7]g\\.${memoryGiB}gb$`));
      expect([...gpus], profile).to.include.members([...gpuModels]);
    }
  });
});
