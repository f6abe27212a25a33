import { expect } from "chai";
import { describe, it } from "mocha";
import { SPOT_MAX_PRICE } from "../../../src/core/capacity/claim.ts";
import type { ProviderSettings } from "../../../src/core/capacity/claim-object.ts";
import { textAt } from "../../../src/core/capacity/fields.ts";
import { planCapacity } from "../../../src/core/capacity/plan-capacity.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { expansion } from "../children/workspaces.ts";
import { A100, pod, question, release } from "./facts.ts";

const spotRelease = {
  ...release,
  prices: release.prices.map((one) => ({ ...one, spotRegions: { eastus: { [A100]: 1.25 } } })),
};
const spot = { ...expansion.nodes, capacityTypes: ["spot"] };
const aks = {
  provider: "aks",
  nodeClass: { group: "foresail.dev", kind: "AgentPoolClass", name: "default" },
} as const;

const most = (claim: JsonObject | undefined) => textAt(claim, "metadata", "annotations", SPOT_MAX_PRICE);

function bought(facts: Partial<Parameters<typeof question>[0]>, ceiling?: number, settings: ProviderSettings = aks) {
  const nodes = ceiling === undefined ? spot : { ...spot, maxHourlyPriceUsd: ceiling };
  const pods = [pod("a")];
  const asked = question({ pods, expanded: { nodes }, release: spotRelease, ...facts });
  return planCapacity({ ...asked, settings }).create;
}

describe("the most a spot node may cost", () => {
  const two = [pod("a"), pod("b")];

  it("is the ceiling, where one is stated; with aks alone, which takes it", () => {
    expect(bought({}, 4).map(most)).to.deep.equal(["4"]);
    expect(bought({}).map(most)).to.deep.equal([undefined]);
    expect(bought({}, 4, { ...aks, provider: "karpenter" }).map(most)).to.deep.equal([undefined]);
    const nodes = { ...expansion.nodes, maxHourlyPriceUsd: 4 };
    expect(bought({ expanded: { nodes } }).map(most)).to.deep.equal([undefined]);
  });

  it("is shared by all nodes of the Workspace, those still to come too: they never pass the ceiling together", () => {
    expect(bought({ pods: two, desiredPods: 2 }, 5).map(most)).to.deep.equal(["2.5", "2.5"]);
    const [first] = bought({ desiredPods: 2 }, 5);
    expect(most(first)).to.equal("2.5");
    const second = bought({ pods: two, desiredPods: 2, claims: [first as JsonObject] }, 5);
    expect(second.map(most)).to.deep.equal(["2.5"]);
  });

  it("leaves what other nodes cost, and is never less than the price it was bought at", () => {
    const [dear] = bought({}, 2.2);
    expect(most(dear)).to.equal("2.2");
    const both = { pods: two, desiredPods: 2, claims: [dear as JsonObject] };
    expect(bought(both, 2.6).map(most)).to.deep.equal(["1.25"]);
    const thirds = bought({ pods: [...two, pod("c")], desiredPods: 3 }, 5);
    expect(thirds.map(most)).to.deep.equal(["1.66666", "1.66666", "1.66666"]);
  });
});
