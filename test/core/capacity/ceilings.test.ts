import { expect } from "chai";
import { describe, it } from "mocha";
import { planCapacity } from "../../../src/core/capacity/plan-capacity.ts";
import type { CapacityQuestion, Waiting } from "../../../src/core/capacity/question.ts";
import { usageOf } from "../../../src/core/capacity/usage.ts";
import type { Release } from "../../../src/core/catalogue.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Expansion } from "../../../src/core/kinds/expansion.ts";
import { expansion } from "../children/workspaces.ts";
import { A100, claim, H100, node, pod, question, release } from "./facts.ts";

const REGION = "westeurope";
const two: Release = {
  ...release,
  prices: release.prices.map((table) => ({
    ...table,
    regions: { ...table.regions, [REGION]: { [A100]: 10 } },
  })),
};

function under(most: number, changes: Partial<Expansion["nodes"]> = {}): Partial<Expansion> {
  return { nodes: { ...expansion.nodes, maxHourlyPriceUsd: most, ...changes } };
}

type Changes = Parameters<typeof question>[0];

/** `create`, or the reason and message of the first pod. */
function said(changes: Changes): Pick<Waiting, "stalled" | "next" | "message"> & { readonly reason: string } {
  const plan = planCapacity(question(changes));
  const [first] = plan.waiting;
  return plan.create.length > 0 || first === undefined ? { reason: "create", message: "" } : first;
}

function counted(claims: readonly JsonObject[], known = two): Pick<CapacityQuestion, "usage"> {
  return { usage: usageOf(claims, known) };
}

describe("the price of a claim", () => {
  it("is that of the region its Workspace stated when it was made, and so its offering's", () => {
    const expanded = { nodes: { ...expansion.nodes, region: REGION } };
    const made = planCapacity(question({ release: two, expanded })).create;
    expect(usageOf(made, two).hourlyPriceUsd).to.equal(10);
    const second = { release: two, expanded, limits: { hourlyPriceUsd: 15 }, ...counted(made) };
    expect(said(second).message).to.contain("would bring this installation to 20 USD per hour, and its limit is 15");
  });

  it("does not follow a Workspace to another region, nor name the claim", () => {
    const names = [REGION, "eastus"].map((region) => {
      const expanded = { nodes: { ...expansion.nodes, region } };
      return planCapacity(question({ release: two, expanded })).create.map(
        ({ metadata }) => (metadata as JsonObject)["name"],
      );
    });
    expect(names[0]).to.deep.equal(names[1]);
    const stayed = claim("c1", { node: "n1" });
    const old = {
      ...stayed,
      metadata: { ...(stayed["metadata"] as JsonObject), annotations: { "foresail.dev/region": "eastus" } },
    };
    const facts = {
      nodes: [node("n1")],
      claims: [old],
      pods: [pod("a", { nodeName: "n1" }), pod("b")],
      desiredPods: 2,
    };
    expect(said({ ...facts, release: two, expanded: under(14, { region: REGION }) }).reason).to.equal("create");
    expect(said({ ...facts, release: two, expanded: under(13, { region: REGION }) }).message).to.contain(
      "beside 3.673 USD",
    );
  });

  it("is the default region's for a claim that does not say", () => {
    expect(usageOf([claim("c1")], two)).to.deep.equal({ nodes: 1, gpus: 1, hourlyPriceUsd: 3.673 });
  });
});

describe("N27: what is not known passes every limit", () => {
  const priceless: Release = { ...release, prices: [] };
  const sizeless: Release = { ...release, instanceTypes: [] };

  it("a price, and what to do is told", () => {
    const told = said({ limits: { hourlyPriceUsd: 100 }, release: priceless });
    expect(told).to.include({ reason: "LimitReached", stalled: true });
    expect(told.message).to.contain("has no known price in eastus");
    expect(told.next).to.contain("--catalog");
    const ceiling = said({ expanded: under(100), release: priceless });
    expect(ceiling).to.include({ reason: "TooExpensive", stalled: true });
    expect(ceiling.message).to.contain("has no known price in eastus");
    expect(ceiling.next).to.equal(told.next);
  });

  it("GPUs, and what to do is told", () => {
    const told = said({ limits: { gpus: 100 }, release: sizeless });
    expect(told).to.include({ reason: "LimitReached", stalled: true });
    expect(told.message).to.contain("GPUs are not known");
    expect(told.next).to.contain("--catalog");
    expect(said({ limits: { nodes: 0 } }).stalled).to.equal(undefined);
  });

  it("of nodes that are there, too: their sizes are named", () => {
    const strange = [claim("c9", { size: "Gone_1" })];
    const usage = counted(strange);
    expect(usage.usage).to.deep.equal({
      nodes: 1,
      gpus: 0,
      hourlyPriceUsd: 0,
      unsized: ["Gone_1"],
      unpriced: ["Gone_1 in eastus"],
    });
    expect(said({ ...usage, limits: { hourlyPriceUsd: 100 } }).message).to.contain("(Gone_1 in eastus)");
    expect(said({ ...usage, limits: { gpus: 100 } }).message).to.contain("(Gone_1)");
    const facts = { claims: strange, pods: [pod("a"), pod("b")], desiredPods: 2 };
    expect(said({ ...facts, expanded: under(100) }).message).to.contain("(Gone_1 in eastus)");
  });

  it("and passes none where there is no limit on it", () => {
    const strange = counted([claim("c9", { size: "Gone_1" })]);
    const known = { ...strange, limits: { nodes: 100 } };
    for (const one of [release, priceless, sizeless])
      expect(said({ ...known, release: one }).reason).to.equal("create");
    expect(said({ ...strange, limits: { gpus: 100, hourlyPriceUsd: 100 } }).reason).to.equal("LimitReached");
  });

  it("and the next size of the user is bought, whose price is known", () => {
    const either = JSON.parse(JSON.stringify(pod("p")).replace(`["${A100}"]`, `["${A100}","${H100}"]`)) as JsonObject;
    const onlyH100 = {
      ...release,
      prices: release.prices.map((table) => ({ ...table, regions: { eastus: { [H100]: 6.98 } } })),
    };
    const facts = { pods: [either], release: onlyH100, expanded: { fallbackInstanceTypes: [H100] } };
    const plan = planCapacity(question({ ...facts, limits: { hourlyPriceUsd: 100 } }));
    expect(plan.waiting[0]?.message).to.equal(`asked for ${H100} (on-demand)`);
  });
});

describe("the price ceiling", () => {
  const going = claim("c1", { node: "n1", deleting: true });
  const lost = {
    claims: [claim("c1", { node: "n1" })],
    nodes: [node("n1", { ready: false, since: "2026-11-22T11:40:00Z" })],
  };
  const ended = {
    claims: [claim("c1", { node: "n1" })],
    nodes: [{ ...node("n1"), metadata: { name: "n1", labels: {}, deletionTimestamp: "2026-11-22T11:59:59Z" } }],
  };

  it("counts nodes that go or are lost until they are gone, says so, and that it passes", () => {
    for (const facts of [{ claims: [going] }, lost, ended]) {
      const told = said({ ...facts, expanded: under(5) });
      expect(told).to.include({ reason: "TooExpensive", stalled: false });
      expect(told.message)
        .to.contain("costs 3.673 USD per hour beside 3.673 USD for the nodes it has")
        .and.contain("NodeClaim c1 is on its way out or has lost its node, and costs until it is gone");
      expect(said({ ...facts, expanded: under(8) }).reason).to.equal("create");
    }
    expect(said({ expanded: under(5) }).reason).to.equal("create");
  });

  it("is for the user to raise where it would be passed without them, too", () => {
    const told = said({ claims: [going], expanded: under(3) });
    expect(told).to.include({ reason: "TooExpensive", stalled: true });
    const both = { claims: [going, claim("c2", { node: "n2" })], nodes: [node("n2")], desiredPods: 2 };
    const full = { ...both, pods: [pod("a", { nodeName: "n2" }), pod("b")] };
    expect(said({ ...full, expanded: under(5) }).stalled).to.equal(true);
    expect(said({ ...full, expanded: under(8) })).to.include({ reason: "TooExpensive", stalled: false });
  });
});
