import { expect } from "chai";
import { describe, it } from "mocha";
import { isFamilyQuota } from "../../../src/core/capacity/quota-family.ts";
import { findInstanceType } from "../../../src/core/catalogue.ts";
import { catalogue } from "../support/workspaces.ts";

// Names of quotas as az vm list-usage printed them in public reports of 2023 to 2026.
const QUOTAS: { readonly [quota: string]: readonly string[] } = {
  standardNCSv3Family: ["Standard_NC12s_v3", "Standard_NC24rs_v3", "Standard_NC24s_v3", "Standard_NC6s_v3"],
  "Standard NCASv3_T4 Family": [
    "Standard_NC16as_T4_v3",
    "Standard_NC4as_T4_v3",
    "Standard_NC64as_T4_v3",
    "Standard_NC8as_T4_v3",
  ],
  standardNDSv2Family: ["Standard_ND40rs_v2"],
  StandardNVADSA10v5Family: ["Standard_NV36adms_A10_v5", "Standard_NV36ads_A10_v5", "Standard_NV72ads_A10_v5"],
  standardNCADSA100v4Family: ["Standard_NC24ads_A100_v4", "Standard_NC48ads_A100_v4", "Standard_NC96ads_A100_v4"],
  StandardNCADSA100v4Family: ["Standard_NC24ads_A100_v4", "Standard_NC48ads_A100_v4", "Standard_NC96ads_A100_v4"],
  "Standard NDASv4_A100 Family": ["Standard_ND96asr_v4"],
  "standard NDAMSv4_A100Family": ["Standard_ND96amsr_A100_v4"],
  StandardNCadsH100v5Family: ["Standard_NC40ads_H100_v5", "Standard_NC80adis_H100_v5"],
  standardNDSH100v5Family: ["Standard_ND96isr_H100_v5"],
  standardNDISRH200V5Family: ["Standard_ND96isr_H200_v5"],
  standardNCFamily: [],
  standardDSv3Family: [],
  cores: [],
  lowPriorityCores: [],
};

describe("the quota of a family of sizes", () => {
  for (const [quota, sizes] of Object.entries(QUOTAS)) {
    it(`${quota} bounds ${sizes.join(", ") || "none that is known"}`, () => {
      const bounded = catalogue.current.instanceTypes.filter((type) => isFamilyQuota(quota, type));
      expect(bounded.map(({ name }) => name).sort()).to.deep.equal(sizes);
    });
  }

  it("is found in lower case, as quotas are kept", () => {
    const type = findInstanceType(catalogue.current, "Standard_NC24ads_A100_v4");
    expect(type && isFamilyQuota("standardncadsa100v4family", type)).to.equal(true);
  });
});
