import { expect } from "chai";
import { describe, it } from "mocha";
import { quotasOfUsages } from "../../../src/core/machine/usages.ts";

describe("the usages of Microsoft.Compute", () => {
  it("are read with numbers, and with texts as Azure's command line writes them", () => {
    const quotas = quotasOfUsages([
      { name: { value: "standardNCADSA100v4Family", localizedValue: "…" }, limit: 48, currentValue: 24, unit: "Count" },
      { name: { value: "cores" }, limit: "350", currentValue: "10", localName: "Total Regional vCPUs" },
    ]);
    expect([...quotas]).to.deep.equal([
      ["standardncadsa100v4family", { name: "standardNCADSA100v4Family", limitCores: 48, usedCores: 24 }],
      ["cores", { name: "cores", limitCores: 350, usedCores: 10 }],
    ]);
  });

  it("leave out what is none", () => {
    const odd = [null, 1, {}, { name: "cores" }, { name: { value: "cores" }, limit: "many", currentValue: 0 }];
    expect(quotasOfUsages(odd).size).to.equal(0);
  });
});
