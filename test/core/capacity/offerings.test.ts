import { expect } from "chai";
import { describe, it } from "mocha";
import { claimPrice, offerings } from "../../../src/core/capacity/offerings.ts";
import type { Release } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import { catalogue, serving } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const H100 = "Standard_NC40ads_H100_v5";
const table = {
  cloud: "azure",
  currency: "USD",
  date: "2026-10-01",
  source: "ours",
  regions: {},
  spotRegions: { eastus: { [A100]: 1.25 } },
} as const;
const release: Release = { ...catalogue.current, prices: [table, ...catalogue.current.prices] };

describe("offerings", () => {
  it("cost what their way of paying costs, on demand where no spot price is known", () => {
    const object = serving("phi-4", A100, {
      "foresail.dev/capacity-type": "spot,on-demand",
      "foresail.dev/fallback-instance-types": H100,
    });
    const { expansion } = expand(object, catalogue);
    const found = expansion === undefined ? [] : offerings(expansion, release);
    expect(found.map((one) => [one.instanceType, one.capacityType, one.hourlyPriceUsd])).to.deep.equal([
      [A100, "spot", 1.25],
      [A100, "on-demand", 3.673],
      [H100, "spot", 6.98],
      [H100, "on-demand", 6.98],
    ]);
  });

  it("are priced the same once they are claims, so that a limit that let the first in does not stop the second", () => {
    const priced = (size: string, capacityType?: string, region?: string) => {
      const ways = capacityType === undefined ? [] : [["karpenter.sh/capacity-type", capacityType] as const];
      return claimPrice(release, { labels: new Map([["node.kubernetes.io/instance-type", size], ...ways]), region })
        ?.hourlyUsd;
    };
    expect(priced(A100, "spot")).to.equal(1.25);
    expect(priced(A100, "on-demand")).to.equal(3.673);
    expect(priced(A100)).to.equal(3.673);
    expect(priced(A100, undefined, "westeurope")).to.be.greaterThan(3.673);
    expect(priced("no-such-size")).to.equal(undefined);
    expect(claimPrice(release, { labels: new Map(), region: undefined })).to.equal(undefined);
  });
});
