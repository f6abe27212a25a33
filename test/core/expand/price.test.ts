import { expect } from "chai";
import { describe, it } from "mocha";
import type { Catalogue, PriceTable } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import type { Expansion, Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving, tuning, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const H100 = "Standard_NC40ads_H100_v5";

const codes = (object: Workspace, with_ = catalogue): readonly string[] =>
  expand(object, with_).issues.map((issue) => `${issue.level} ${issue.code}`);
const message = (object: Workspace, code: string, with_ = catalogue): string =>
  expand(object, with_).issues.find((issue) => issue.code === code)?.message ?? "";
function expansionOf(object: Workspace, with_ = catalogue): Expansion {
  const { expansion, issues } = expand(object, with_);
  if (expansion === undefined) throw new Error(issues.map((issue) => issue.message).join("\n"));
  return expansion;
}
const counting = (object: Workspace, count: number): Workspace => ({
  ...object,
  resource: { labelSelector: {}, ...object.resource, count },
});
const templated = (size: string, annotations: { readonly [name: string]: string }): Workspace =>
  workspace({
    annotations,
    resource: { labelSelector: {}, instanceType: size },
    inference: { template: { spec: { containers: [{ name: "c" }] } } },
  });
const limit = (usd: string, more = {}) => ({ "foresail.dev/max-hourly-price": usd, ...more });

describe("max-hourly-price", () => {
  it("counts every node of every replica, to the last hundredth of a cent", () => {
    // 3 × 3.673 is 11.019000000000002 in binary fractions.
    const three = { "foresail.dev/replicas": "3" };
    expect(codes(serving("phi-4", A100, limit("11.019", three)))).to.deep.equal([]);
    expect(codes(serving("phi-4", A100, limit("11.0189", three)))).to.deep.equal(["error price/above-limit"]);
    const transformers = { "kaito.sh/runtime": "transformers" };
    expect(codes(counting(serving("phi-4", A100, limit("11.019", transformers)), 3))).to.deep.equal([]);
    expect(codes(counting(serving("phi-4", A100, limit("11", transformers)), 3))).to.deep.equal([
      "error price/above-limit",
    ]);
    expect(message(serving("phi-4", "Standard_NV36ads_A10_v5", limit("6.3")), "price/above-limit")).to.include(
      "2 × Standard_NV36ads_A10_v5 in eastus cost $6.40/h",
    );
  });

  it("holds for a template and for a training run, which is one whatever replicas says", () => {
    expect(codes(templated(A100, limit("3")))).to.deep.equal(["error price/above-limit"]);
    expect(codes(templated(A100, limit("3.673")))).to.deep.equal([]);
    const run = tuning("phi-4", A100);
    const dear = (usd: string): Workspace => ({
      ...run,
      metadata: { ...run.metadata, annotations: limit(usd, { "foresail.dev/replicas": "9" }) },
    });
    expect(codes(dear("3.673"))).to.deep.equal([]);
    expect(codes(dear("3.6"))).to.deep.equal(["error price/above-limit"]);
  });

  it("is nothing to own nodes: they are not bought", () => {
    const own = { "foresail.dev/provision": "false" };
    expect(codes(serving("phi-4", A100, limit("1", own)))).to.deep.equal([]);
    expect(codes(templated(A100, limit("1", own)))).to.deep.equal([]);
  });

  it("denies a size without a price, and says that a dearer fallback is never used", () => {
    expect(
      codes(serving("phi-4", "Standard_ND96isr_H100_v5", limit("500", { "foresail.dev/region": "nowhere" }))),
    ).to.deep.equal(["error instance-type/no-price"]);
    const both = limit("4", { "foresail.dev/fallback-instance-types": H100 });
    expect(message(serving("phi-4", A100, both), "price/fallback-above-limit")).to.match(/costs \$.*never used$/);
    expect(expansionOf(serving("phi-4", A100, both)).fallbackInstanceTypes).to.deep.equal([H100]);
  });
});

describe("prices in an expansion", () => {
  const spot: PriceTable = {
    cloud: "azure",
    currency: "USD",
    date: "2026-10-01",
    source: "our contract",
    regions: {},
    spotRegions: { eastus: { [A100]: 1.25 } },
  };
  const release = { ...catalogue.current, prices: [spot, ...catalogue.current.prices] };
  const withSpot: Catalogue = { current: release, releases: [release] };
  const paying = (types: string, usd?: string) => ({
    "foresail.dev/capacity-type": types,
    ...(usd === undefined ? {} : limit(usd)),
  });

  it("bounds spot by the price on demand, and says so", () => {
    expect(message(serving("phi-4", A100, paying("spot", "3.6")), "price/above-limit")).to.include(
      "1 × Standard_NC24ads_A100_v4 in eastus cost ≤ $3.67/h",
    );
    expect(message(serving("phi-4", undefined, paying("spot", "1")), "instance-type/none-fits")).to.include(
      "Standard_NC24ads_A100_v4 at ≤ $3.67/h",
    );
    expect(expansionOf(serving("phi-4", A100, paying("spot", "3.673"))).nodes.hourlyPriceUsd).to.equal(3.673);
  });

  it("holds the limit against a spot price that is known, and stores the price on demand", () => {
    const { nodes, instanceType } = expansionOf(serving("phi-4", undefined, paying("spot", "1.25")), withSpot);
    expect([instanceType, nodes.hourlyPriceUsd]).to.deep.equal([A100, 3.673]);
    expect(message(serving("phi-4", A100, paying("spot", "1.2")), "price/above-limit", withSpot)).to.include(
      "cost $1.25/h",
    );
    // One way of paying that is cheap enough will do: the planner buys in no other.
    expect(codes(serving("phi-4", A100, paying("on-demand,spot", "2")), withSpot)).to.deep.equal([]);
    expect(codes(serving("phi-4", A100, paying("on-demand", "2")), withSpot)).to.deep.equal([
      "error price/above-limit",
    ]);
  });

  it("chooses no size that the replicas make too dear, and names what all of them would cost", () => {
    const three = { "foresail.dev/replicas": "3" };
    expect(expansionOf(serving("phi-4", undefined, limit("11.019", three))).instanceType).to.equal(A100);
    expect(message(serving("phi-4", undefined, limit("11", three)), "instance-type/none-fits")).to.equal(
      "the cheapest size for phi-4 in eastus is 3 × Standard_NC24ads_A100_v4 at $11.02/h, above metadata.annotations[foresail.dev/max-hourly-price] of $11",
    );
  });

  it("offers no dearer size in a denial than the limit allows", () => {
    const transformers = { "kaito.sh/runtime": "transformers" };
    const small = serving("phi-4", "Standard_NC4as_T4_v3", limit("4", transformers));
    const offered = message(small, "instance-type/too-small");
    expect(offered).to.include("it fits on Standard_NC24ads_A100_v4 ($3.67/h)").and.not.to.include("H100");
  });

  it("refuses zones of another region, whose prices are not those that were looked up", () => {
    const zoned = (zones: string, more = {}) => serving("phi-4", A100, { "foresail.dev/zones": zones, ...more });
    expect(message(zoned("eastus-1, westus2-1"), "zones/other-region")).to.match(
      /zone westus2-1 is not in region eastus: set .* to westus2, or state zones of eastus$/,
    );
    expect(codes(zoned("us-east-1a"))).to.deep.equal(["error zones/other-region"]);
    expect(codes(zoned("westus2-1", { "foresail.dev/region": "westus2" }))).to.not.include("error zones/other-region");
    for (const fine of ["eastus-1,eastus-2", "1", "rack-7", "moon-base-1a"])
      expect(codes(zoned(fine)), fine).to.deep.equal([]);
    expect(codes(zoned("westus2-1", { "foresail.dev/provision": "false" }))).to.deep.equal([]);
  });
});
