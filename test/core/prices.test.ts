import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { findInstanceType, type InstanceType, type PriceTable, type Release } from "../../src/core/catalogue.ts";
import {
  hourlyPriceUsd,
  priceAgeDays,
  priceOf,
  regionsOf,
  shownNodesPrice,
  shownPrice,
  shownSource,
} from "../../src/core/prices.ts";
import { loadCatalogue } from "../../src/load.ts";
import { catalogue } from "./support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const H100 = "Standard_NC40ads_H100_v5";

function size(name: string, release: Release = catalogue.current): InstanceType {
  const type = findInstanceType(release, name);
  if (type === undefined) throw new Error(`no size ${name}`);
  return type;
}

const table: PriceTable = {
  cloud: "azure",
  currency: "USD",
  date: "2026-10-01",
  source: "our contract",
  regions: {},
  spotRegions: { eastus: { [A100]: 1.25 } },
};
const withSpot: Release = { ...catalogue.current, prices: [table, ...catalogue.current.prices] };

describe("prices", () => {
  const directories: string[] = [];
  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
  });

  it("takes a user's price file before the shipped ones, size by size", () => {
    const directory = mkdtempSync(join(tmpdir(), "prices-"));
    directories.push(directory);
    mkdirSync(join(directory, "prices"));
    const file = { ...table, regions: { eastus: { [A100]: 3 }, ourlab: { [A100]: 1 } } };
    writeFileSync(join(directory, "prices", "ours.yaml"), JSON.stringify(file));
    const release = loadCatalogue([directory]).current;
    expect(priceOf(release, size(A100, release), "eastus")).to.deep.include({ hourlyUsd: 3, bound: "exact" });
    expect(priceOf(release, size(A100, release), "eastus")?.table.source).to.equal("our contract");
    // What the user's file does not have still comes from ours.
    const shipped = priceOf(catalogue.current, size(H100), "eastus");
    expect(priceOf(release, size(H100, release), "eastus")).to.deep.equal(shipped);
    expect(priceOf(release, size(A100, release), "westeurope")?.table.source).to.equal(shipped?.table.source);
    expect(regionsOf(release)).to.include("ourlab").and.to.include("eastus");
  });

  it("takes a spot price where one is known, else bounds spot and reserved by the price on demand", () => {
    expect(priceOf(withSpot, size(A100), "eastus", "spot")).to.deep.equal({ hourlyUsd: 1.25, bound: "exact", table });
    expect(priceOf(withSpot, size(H100), "eastus", "spot")).to.deep.include({ hourlyUsd: 6.98, bound: "at-most" });
    expect(priceOf(withSpot, size(A100), "eastus", "reserved")).to.deep.include({ hourlyUsd: 3.673, bound: "at-most" });
    expect(priceOf(withSpot, size(A100), "eastus")).to.deep.include({ hourlyUsd: 3.673, bound: "exact" });
    // The stored price stays the one on demand.
    expect(hourlyPriceUsd(withSpot, size(A100), "eastus")).to.equal(3.673);
  });

  it("knows no price where the region does not offer the size, nor for words every object has", () => {
    for (const region of ["nowhere", "constructor", "__proto__", "toString"]) {
      expect(priceOf(catalogue.current, size(A100), region), region).to.equal(undefined);
      expect(priceOf(catalogue.current, size(A100), region, "spot"), region).to.equal(undefined);
    }
    expect(priceOf(catalogue.current, size("p4d.24xlarge"), "eastus")).to.equal(undefined);
    expect(priceOf(catalogue.current, { ...size(A100), name: "constructor" }, "eastus")).to.equal(undefined);
  });

  it("shows a bound as a bound", () => {
    expect([shownPrice(3.673), shownPrice(3.673, "at-most"), shownPrice(10)]).to.deep.equal([
      "$3.67/h",
      "≤ $3.67/h",
      "$10.00/h",
    ]);
    expect(shownNodesPrice(3.673, ["on-demand"])).to.equal("$3.67/h");
    for (const types of [["spot"], ["on-demand", "spot"], ["reserved"]])
      expect(shownNodesPrice(3.673, types), String(types)).to.equal("≤ $3.67/h");
    expect(shownSource(table)).to.equal("our contract, 2026-10-01");
  });

  it("counts the age of a price in whole days", () => {
    const ages = ["2026-10-01", "2026-10-01T23:59:59Z", "2026-10-02", "2026-12-30T00:00:00Z", "2026-09-30"];
    expect(ages.map((today) => priceAgeDays(table, today))).to.deep.equal([0, 0, 1, 90, -1]);
  });
});
