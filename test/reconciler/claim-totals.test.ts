import { expect } from "chai";
import { describe, it } from "mocha";
import { claimObject, claimSpec } from "../../src/core/capacity/claim-object.ts";
import { offerings } from "../../src/core/capacity/offerings.ts";
import { ownerOf, type Provider } from "../../src/core/capacity/owner.ts";
import type { Expansion } from "../../src/core/kinds/expansion.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { createClaimTotals } from "../../src/reconciler/claim-totals.ts";
import { A100, release } from "../core/capacity/facts.ts";
import { expansion, workspace } from "../core/children/workspaces.ts";

const PRICE_USD = 3.673;
const nodeClass = { group: "example.test", kind: "NodeClass", name: "default" };

function claimOf(provider: Provider, changed: Partial<Expansion> = {}): KubeObject {
  const owner = ownerOf(workspace(changed), { ...expansion, ...changed });
  const [offering] = offerings(owner.expansion, release);
  if (offering === undefined) throw new Error("the fixture allows no offering");
  const spec = claimSpec(owner, offering, new Map(), { provider, nodeClass });
  return claimObject(owner, "c1", spec, provider) as unknown as KubeObject;
}

describe("claim totals", () => {
  for (const provider of ["karpenter", "aks", "gpu-provisioner"] as const) {
    for (const share of [undefined, "pool"]) {
      const changed = share === undefined ? {} : { nodes: { ...expansion.nodes, share } };
      it(`counts a claim of ${provider}${share === undefined ? "" : " for nodes that are shared"}, until it is gone`, () => {
        const claim = claimOf(provider, changed);
        const totals = createClaimTotals();
        totals.changed(undefined, claim);
        expect(totals.usage(release)).to.deep.equal({ nodes: 1, gpus: 1, hourlyPriceUsd: PRICE_USD });
        expect(totals.launchingCount).to.equal(1);
        totals.changed(claim, undefined);
        expect(totals.usage(release)).to.deep.equal({ nodes: 0, gpus: 0, hourlyPriceUsd: 0 });
        expect(totals.launchingCount).to.equal(0);
      });
    }
  }

  it("prices a claim in the region it was made for", () => {
    const prices = release.prices.map((table) => ({
      ...table,
      regions: { ...table.regions, westeurope: { [A100]: 10 } },
    }));
    const totals = createClaimTotals();
    totals.changed(undefined, claimOf("karpenter", { nodes: { ...expansion.nodes, region: "westeurope" } }));
    expect(totals.usage({ ...release, prices }).hourlyPriceUsd).to.equal(10);
  });

  it("tells of which sizes something is not known, while there are claims of them", () => {
    const unknown = { ...release, instanceTypes: [], prices: [] };
    const totals = createClaimTotals();
    const claims = ["c1", "c2"].map((name) => {
      const claim = claimOf("karpenter");
      return { ...claim, metadata: { ...claim.metadata, name } };
    });
    const told = { unsized: [A100], unpriced: [`${A100} in eastus`] };
    for (const claim of claims) totals.changed(undefined, claim);
    expect(totals.usage(unknown)).to.deep.equal({ nodes: 2, gpus: 0, hourlyPriceUsd: 0, ...told });
    totals.changed(claims[0], undefined);
    expect(totals.usage(unknown)).to.deep.equal({ nodes: 1, gpus: 0, hourlyPriceUsd: 0, ...told });
    expect(totals.usage(release)).to.deep.equal({ nodes: 1, gpus: 1, hourlyPriceUsd: PRICE_USD });
    totals.usage(unknown);
    totals.changed(claims[1], undefined);
    expect(totals.usage(unknown)).to.deep.equal({ nodes: 0, gpus: 0, hourlyPriceUsd: 0 });
  });

  it("knows the names of other people's claims and counts nothing of them", () => {
    const claim = claimOf("karpenter");
    const totals = createClaimTotals();
    totals.changed(undefined, { ...claim, metadata: { ...claim.metadata, labels: {} } });
    expect([...totals.names]).to.deep.equal(["c1"]);
    expect(totals.usage(release)).to.deep.equal({ nodes: 0, gpus: 0, hourlyPriceUsd: 0 });
    expect(totals.launchingCount).to.equal(0);
  });
});
