import { expect } from "chai";
import { describe, it } from "mocha";
import type { Catalogue, PriceTable } from "../../../src/core/catalogue.ts";
import { judge, parseBudget, shownVerdict } from "../../../src/core/cost/budget.ts";
import { type Costs, costsOf, type RunCost } from "../../../src/core/cost/cost.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { runOfTemplate } from "../../../src/core/runs/run.ts";
import { runOf } from "../support/runs.ts";
import { catalogue, serving } from "../support/workspaces.ts";

const TODAY = "2026-07-01";
const A100 = "Standard_NC24ads_A100_v4";
const H100 = "Standard_NC40ads_H100_v5";
const FOUR_A100 = "Standard_NC96ads_A100_v4";

function costsOn(of: Catalogue, ...workspaces: readonly Workspace[]): Costs {
  return costsOf(
    workspaces.map((one) => runOf(one, of)),
    of,
    TODAY,
  );
}

function costOf(workspace: Workspace, of: Catalogue = catalogue): RunCost {
  const [cost] = costsOn(of, workspace).runs;
  if (cost === undefined) throw new Error("no cost");
  return cost;
}

function deployment(replicas: number, kind = "Deployment"): JsonObject {
  const pod = {
    metadata: {
      labels: { "foresail.dev/preset": "phi-4-mini-instruct" },
      annotations: { "foresail.dev/instance-type": FOUR_A100 },
    },
    spec: { containers: [{ name: "model", image: "auto" }] },
  };
  return { apiVersion: "apps/v1", kind, metadata: { name: "pods" }, spec: { replicas, template: pod } };
}

/** A catalogue that knows a spot price. */
function withSpot(usd: number): Catalogue {
  const table: PriceTable = {
    cloud: "azure",
    currency: "USD",
    date: "2026-06-20",
    source: "our contract",
    regions: {},
    spotRegions: { eastus: { [A100]: usd } },
  };
  const current = { ...catalogue.current, prices: [table, ...catalogue.current.prices] };
  return { current, releases: [current] };
}

describe("cost", () => {
  it("is the price of the nodes of all replicas, by the hour and by months of 730 hours", () => {
    const { amount, nodes } = costOf(serving("phi-4", A100, { "foresail.dev/replicas": "3" }));
    expect([nodes, amount]).to.deep.equal([3, { hourlyUsd: 11.019, monthlyUsd: 8043.87, bound: "exact" }]);
  });

  it("counts nothing for a paused model and for nodes of one's own", () => {
    const nothing = { hourlyUsd: 0, monthlyUsd: 0, bound: "exact" };
    const paused = costOf(serving("phi-4", A100, { "foresail.dev/replicas": "0" }));
    expect([paused.nodes, paused.amount, paused.spot]).to.deep.equal([0, nothing, nothing]);
    const own = costsOn(catalogue, serving("phi-4", A100, { "foresail.dev/provision": "false" }));
    expect([own.runs[0]?.provision, own.total.amount, own.total.nodes]).to.deep.equal([false, nothing, 0]);
  });

  it("bounds a spot price that is not known by the price on demand", () => {
    const { spot, amount, onDemand } = costOf(serving("phi-4", A100, { "foresail.dev/capacity-type": "spot" }));
    expect(onDemand?.bound).to.equal("exact");
    expect(spot).to.deep.equal({ hourlyUsd: 3.673, monthlyUsd: 2681.29, bound: "at-most" });
    expect(amount).to.deep.equal(spot);
  });

  it("counts the dearest of the capacity types that are allowed, as a bound where they differ", () => {
    const known = withSpot(1.25);
    const amountFor = (types: string) =>
      costOf(serving("phi-4", A100, { "foresail.dev/capacity-type": types }), known).amount;
    expect(amountFor("spot")).to.deep.equal({ hourlyUsd: 1.25, monthlyUsd: 912.5, bound: "exact" });
    expect(amountFor("on-demand")).to.deep.include({ hourlyUsd: 3.673, bound: "exact" });
    expect(amountFor("spot,on-demand")).to.deep.include({ hourlyUsd: 3.673, bound: "at-most" });
  });

  it("counts one replica where an autoscaler decides, and says who does", () => {
    const { replicas, scaler, nodes } = costOf(serving("phi-4", A100, { "foresail.dev/replicas": "external" }));
    expect([replicas, scaler, nodes]).to.deep.equal([1, "autoscaler", 1]);
  });

  it("puts as many replicas on a shared node as their GPUs allow, and calls that a bound", () => {
    const shared = { "foresail.dev/placement": "shared", "foresail.dev/replicas": "5" };
    const { nodes, amount } = costOf(serving("phi-4-mini-instruct", FOUR_A100, shared));
    expect([nodes, amount?.bound]).to.deep.equal([2, "at-most"]);
  });

  it("counts the replicas of what makes pods that ask for a preset", () => {
    const nodesOf = (object: JsonObject): readonly [number, string | undefined] => {
      const { template } = object["spec"] as { readonly template: JsonObject };
      const run = runOfTemplate(object, template, "models", catalogue);
      const [cost] = costsOf(run === undefined ? [] : [run], catalogue, TODAY).runs;
      return [cost?.nodes ?? -1, cost?.scaler];
    };
    expect(nodesOf(deployment(9))).to.deep.equal([3, undefined]);
    expect(nodesOf(deployment(0))).to.deep.equal([0, undefined]);
    expect(nodesOf(deployment(9, "DaemonSet"))).to.deep.equal([1, "nodes"]);
  });

  it("offers the cheapest size that admission takes, for what it saves; none beside the cheapest", () => {
    const { cheaper } = costOf(serving("phi-4", H100, { "foresail.dev/replicas": "2" }));
    expect(cheaper).to.deep.equal({
      instanceType: A100,
      nodeCount: 1,
      amount: { hourlyUsd: 7.346, monthlyUsd: 5362.58, bound: "exact" },
      saves: { hourlyUsd: 6.614, monthlyUsd: 4828.22, bound: "exact" },
      maxModelLen: 16384,
      insteadOfMaxModelLen: 16384,
    });
    expect(costOf(serving("phi-4")).cheaper).to.equal(undefined);
    // A fallback of two GPUs goes with no size of one.
    const [two, fallback] = ["Standard_NC48ads_A100_v4", "Standard_NC80adis_H100_v5"];
    const offered = (annotations = {}) => costOf(serving("phi-4", two, annotations)).cheaper?.instanceType;
    expect(offered()).to.equal(A100);
    expect(offered({ "foresail.dev/fallback-instance-types": fallback })).to.equal("Standard_NV72ads_A10_v5");
  });

  it("sums what is known, and tells how many prices are not", () => {
    const nowhere = serving("phi-4", A100, { "foresail.dev/region": "nowhere" });
    const { total, runs } = costsOn(catalogue, serving("phi-4", A100), nowhere);
    expect(runs[1]).not.to.have.property("amount");
    expect([total.unpriced, total.amount.hourlyUsd]).to.deep.equal([1, 3.673]);
  });

  it("tells where the prices are from that it used, and how old they are", () => {
    expect(costsOn(catalogue, serving("phi-4", A100)).prices).to.deep.equal([
      { source: "public Azure retail price list, Linux, on demand", date: "2026-06-18", ageDays: 13, stale: false },
    ]);
    expect(costsOn(catalogue).prices).to.deep.equal([]);
  });
});

describe("budgets", () => {
  it("are USD per hour or month", () => {
    expect(parseBudget("5000/month")).to.deep.equal({ usd: 5000, per: "month" });
    expect(parseBudget("$7.50/hour")).to.deep.equal({ usd: 7.5, per: "hour" });
    for (const wrong of ["", "5000", "5000/day", "-1/month", "1e3/month", "5,000/month", "1/month "]) {
      expect(parseBudget(wrong), wrong).to.equal(undefined);
    }
  });

  it("are kept up to the cent, and by nothing whose price is unknown", () => {
    const nowhere = serving("phi-4", A100, { "foresail.dev/region": "nowhere" });
    const { runs, total } = costsOn(catalogue, serving("phi-4", A100), nowhere);
    const [known] = runs;
    const of = (costs: readonly RunCost[], usd: number) =>
      judge(costs, total.amount, { total: { usd, per: "month" } }).map(({ over }) => over);
    expect(of(known === undefined ? [] : [known], 2681.29)).to.deep.equal([false]);
    expect(of(known === undefined ? [] : [known], 2681.28)).to.deep.equal([true]);
    expect(of(runs, 9000)).to.deep.equal([true]);
    const each = judge(runs, total.amount, { perWorkspace: { usd: 9000, per: "month" } });
    expect(each.map(({ over }) => over)).to.deep.equal([false, true]);
    expect(each.map(shownVerdict)[1]).to.equal(
      "models/phi: no price is known, so the budget of $9,000.00/month may be exceeded",
    );
  });
});
