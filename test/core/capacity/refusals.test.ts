import { expect } from "chai";
import { describe, it } from "mocha";
import { attemptOf, closes, remembered, type Wanted } from "../../../src/core/capacity/attempts.ts";
import { CAPACITY_TYPE_LABEL, INSTANCE_TYPE_LABEL } from "../../../src/core/capacity/claim.ts";
import { objectAt, objectsAt, textsAt } from "../../../src/core/capacity/fields.ts";
import { planCapacity } from "../../../src/core/capacity/plan-capacity.ts";
import { familyOf, refusalOf } from "../../../src/core/capacity/refusals.ts";
import { findInstanceType, type Release } from "../../../src/core/catalogue.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Attempt } from "../../../src/core/kinds/workspace-status.ts";
import { SPOT_QUOTA } from "../../../src/core/machine/failure.ts";
import { expansion } from "../children/workspaces.ts";
import { catalogue } from "../support/workspaces.ts";
import { A100, claim, H100, NOW, pod, question, release } from "./facts.ts";

const A100_TWO = "Standard_NC48ads_A100_v4";
const H100_TWO = "Standard_NC80adis_H100_v5";
const T4 = "Standard_NC4as_T4_v3";
const ZONES = ["eastus-1", "eastus-2"];
const WAYS = ["on-demand", "spot"];
const SIZES = [T4, A100, A100_TWO, H100];

function attempt(reason: string, changes: Partial<Attempt> = {}): Attempt {
  return {
    instanceType: A100,
    capacityType: "on-demand",
    zone: "eastus-1",
    reason,
    message: "refused",
    until: "2026-11-22T13:00:00Z",
    ...changes,
  };
}

/** All that a refusal closes, of four sizes in two zones and two ways of paying. */
function closed(refused: Attempt): readonly string[] {
  const type = (name: string) => findInstanceType(catalogue.current, name);
  const wanted = SIZES.flatMap((instanceType) =>
    WAYS.flatMap((capacityType) =>
      ZONES.map((zone): Wanted => {
        const known = type(instanceType);
        return { instanceType, capacityType, zone, ...(known === undefined ? {} : { type: known }) };
      }),
    ),
  );
  return wanted
    .filter((one) => closes(refused, type(refused.instanceType), one))
    .map(({ instanceType, capacityType, zone }) => `${instanceType} ${capacityType} ${zone}`);
}

function every(sizes: readonly string[], ways: readonly string[], zones: readonly string[]): readonly string[] {
  return sizes.flatMap((size) => ways.flatMap((way) => zones.map((zone) => `${size} ${way} ${zone}`)));
}

describe("N13: a refusal closes exactly its scope", () => {
  const scopes: readonly (readonly [string, readonly string[]])[] = [
    ["FamilyQuotaExceeded", every([A100, A100_TWO], ["on-demand"], ZONES)],
    ["RegionQuotaExceeded", every(SIZES, ["on-demand"], ZONES)],
    ["SpotQuotaExceeded", every(SIZES, ["spot"], ZONES)],
    ["SizeNotAvailable", every([A100], ["on-demand"], ZONES)],
    ["SizeNotSupported", every([A100], WAYS, ZONES)],
    ["AllocationFailed", every([A100], WAYS, ZONES)],
    ["ZonalAllocationFailed", every([A100, A100_TWO], ["on-demand"], ["eastus-1"])],
    ["OverconstrainedAllocation", every([A100], ["on-demand"], ["eastus-1"])],
    ["PoolLimitReached", every(SIZES, WAYS, ZONES)],
    ["NodeBootstrapFailed", every([A100], ["on-demand"], ["eastus-1"])],
    ["SomethingNew", every([A100], ["on-demand"], ["eastus-1"])],
    ["SKUNotAvailable", every([A100], ["on-demand"], ZONES)],
    ["InsufficientInstanceCapacity", every([A100], ["on-demand"], ["eastus-1"])],
  ];
  for (const [reason, expected] of scopes) {
    it(reason, () =>
      expect(closed(attempt(reason, reason === "SpotQuotaExceeded" ? { capacityType: "spot" } : {}))).to.deep.equal(
        expected,
      ),
    );
  }

  it("AllocationFailed of spot closes spot, of a reservation the reservation: on-demand may well be had", () => {
    for (const capacityType of ["spot", "reserved"]) {
      expect(closed(attempt("AllocationFailed", { capacityType }))).to.deep.equal(
        every([A100], capacityType === "spot" ? ["spot"] : [], ZONES),
      );
    }
    expect(closed(attempt("SizeNotSupported", { capacityType: "spot" }))).to.deep.equal(every([A100], WAYS, ZONES));
  });

  it("InsufficientInstanceCapacity of EC2 closes no other type, whatever quota they share", () => {
    const pairs = [
      ["g5.xlarge", "g6.xlarge"],
      ["g5.xlarge", "g5.12xlarge"],
      ["p4d.24xlarge", "p5.48xlarge"],
    ] as const;
    for (const [asked, other] of pairs) {
      const [refused, type] = [asked, other].map((name) => findInstanceType(catalogue.current, name));
      expect(type?.name).to.equal(other);
      for (const zone of ["us-east-1a", undefined]) {
        const offered = { capacityType: "on-demand", ...(zone === undefined ? {} : { zone }) };
        const { zone: _, ...rest } = attempt("InsufficientInstanceCapacity", { instanceType: asked });
        const told = { ...rest, ...offered };
        expect(closes(told, refused, { ...offered, instanceType: other, ...(type && { type }) })).to.equal(false);
        expect(closes(told, refused, { ...offered, instanceType: asked })).to.equal(true);
      }
    }
  });

  it("in its zone, also of what needs more of the family, but not of what needs less", () => {
    const larger = attempt("ZonalAllocationFailed", { instanceType: A100_TWO });
    expect(closed(larger)).to.deep.equal(every([A100_TWO], ["on-demand"], ["eastus-1"]));
  });

  it("and lasts as long as its reason: a quota of nothing longer, spot never longer than an hour", () => {
    const minutes = (reason: string, message = "", way = "on-demand") =>
      (refusalOf(reason, message, way)?.closedForMs ?? 0) / 60_000;
    expect(minutes("FamilyQuotaExceeded", "Current Limit: 48")).to.equal(10);
    expect(minutes("FamilyQuotaExceeded", "Current Limit: 0, Current Usage: 0")).to.equal(60);
    expect(minutes("FamilyQuotaExceeded", "Family Cores quota. Limit: 0")).to.equal(60);
    expect(minutes("FamilyQuotaExceeded", "Maximum allowed: 0, Current in use: 0")).to.equal(60);
    expect(minutes("FamilyQuotaExceeded", "Maximum allowed: 10, Current in use: 10")).to.equal(10);
    expect(minutes("SpotQuotaExceeded", "", "spot")).to.equal(60);
    expect(minutes("SizeNotAvailable")).to.equal(23 * 60);
    expect(minutes("SizeNotAvailable", "", "spot")).to.equal(60);
    expect(minutes("SizeNotSupported")).to.equal(23 * 60);
    expect(minutes("AllocationFailed")).to.equal(60);
    expect(minutes("ZonalAllocationFailure")).to.equal(60);
    expect(minutes("SomethingNew")).to.equal(10);
  });

  it("throttling and its like refuse nothing", () => {
    for (const reason of ["Throttled", "OperationInProgress", "Unavailable"]) {
      const conditions = [{ type: "Launched", status: "False", reason, message: "later" }];
      expect(attemptOf({ ...claim("c1"), status: { conditions } }, NOW)).to.equal(undefined);
    }
  });

  it("families are the cloud's, whatever the size is called", () => {
    const family = (name: string) => familyOf(findInstanceType(catalogue.current, name)!);
    expect(family(H100)).to.equal(family(H100_TWO));
    expect(family("Standard_NV36ads_A10_v5")).to.equal(family("Standard_NV36adms_A10_v5"));
    expect(family(A100)).not.to.equal(family("Standard_ND96amsr_A100_v4"));
    expect(family("g5.xlarge")).to.equal(family("g6.48xlarge"));
    expect(family("p4d.24xlarge")).not.to.equal(family("g5.xlarge"));
  });
});

const sized = (names: readonly string[]): Release => ({
  ...release,
  instanceTypes: catalogue.current.instanceTypes.filter(({ name }) => names.includes(name)),
  prices: catalogue.current.prices,
});

/** The fixture's pods ask for the A100 only; these take all of these sizes. */
function anySize(name: string, sizes: readonly string[]): JsonObject {
  return JSON.parse(JSON.stringify(pod(name)).replace(`["${A100}"]`, JSON.stringify(sizes))) as JsonObject;
}

function wayOf(made: JsonObject): string | undefined {
  return objectsAt(made, "spec", "requirements")
    .filter((one) => one["key"] === CAPACITY_TYPE_LABEL)
    .flatMap((one) => textsAt(one, "values"))[0];
}

function sizeOf(made: JsonObject | undefined): string | undefined {
  return objectsAt(made, "spec", "requirements")
    .filter((one) => one["key"] === INSTANCE_TYPE_LABEL)
    .flatMap((one) => textsAt(one, "values"))[0];
}

function refusedClaim(name: string, size: string, reason: string, message = "0 cores left"): JsonObject {
  return { ...claim(name, { size }), status: { conditions: [{ type: "Launched", status: "False", reason, message }] } };
}

describe("N12: a family without quota", () => {
  const sizes = [A100, A100_TWO, H100];
  const nodes = { ...expansion.nodes, capacityTypes: ["on-demand", "spot"] };
  const expanded = { fallbackInstanceTypes: [A100_TWO, H100], nodes };
  const message = "Operation could not be completed: approved standardNCADSA100v4Family Cores quota, Current Limit: 0";
  const seen = attemptOf(refusedClaim("c1", A100, "FamilyQuotaExceeded", message), NOW - 60_000);
  const facts = { release: sized(sizes), pods: [anySize("phi-1", sizes)], expanded };

  it("is left for the user's next way of paying, then for the next family, in the user's order", () => {
    const attempts = seen === undefined ? [] : [seen];
    const first = planCapacity(question({ ...facts, attempts }));
    expect([sizeOf(first.create[0]), first.waiting[0]?.message]).to.deep.equal([A100, `asked for ${A100} (spot)`]);
    const spot = { ...attempts[0]!, capacityType: "spot", reason: "SpotQuotaExceeded" };
    const second = planCapacity(question({ ...facts, attempts: [...attempts, spot] }));
    expect(second.waiting[0]?.message).to.equal(`asked for ${H100} (on-demand)`);
  });

  it("survives a change of leader, being read from the status alone", () => {
    const stored = JSON.parse(JSON.stringify(remembered([], seen === undefined ? [] : [seen]))) as readonly Attempt[];
    const only = { ...facts, expanded: { ...expanded, nodes: expansion.nodes } };
    expect(sizeOf(planCapacity(question({ ...only, attempts: stored })).create[0])).to.equal(H100);
    const later = NOW + 61 * 60_000;
    expect(sizeOf(planCapacity(question({ ...only, attempts: stored, nowMs: later })).create[0])).to.equal(A100);
  });

  it("is told as QuotaExceeded with the quota's own words where nothing else is allowed", () => {
    const attempts = seen === undefined ? [] : [seen];
    const plan = planCapacity(question({ attempts }));
    expect(plan.create).to.deep.equal([]);
    expect(plan.waiting[0]).to.include({ reason: "QuotaExceeded" });
    expect(plan.waiting[0]?.message).to.contain("standardNCADSA100v4Family");
    expect(plan.nextTryMs).to.equal(Date.parse(attempts[0]?.until ?? ""));
  });
});

describe("spot without stock", () => {
  const nodes = { ...expansion.nodes, capacityTypes: ["spot", "on-demand"] };
  const refused = (reason: string, capacityType: string) => {
    const { zone: _, ...rest } = attempt(reason, { capacityType });
    return planCapacity(question({ expanded: { nodes }, attempts: [rest] })).waiting[0];
  };

  it("is followed by on-demand, as the user stated", () => {
    for (const reason of ["AllocationFailed", "AllocationFailure"]) {
      expect(refused(reason, "spot")?.message).to.equal(`asked for ${A100} (on-demand)`);
    }
  });

  it("is what a want of on-demand means, and the reason says which refusal closes which offering", () => {
    const told = refused("AllocationFailed", "on-demand");
    expect(told?.reason).to.equal("OutOfStock");
    expect(told?.message)
      .to.contain(`${A100} (spot) is not tried because ${A100} (on-demand) was refused: AllocationFailed`)
      .and.contain(`${A100} (on-demand) was refused: AllocationFailed`);
  });
});

describe("N14: five claims race for a quota of two", () => {
  const sizes = [A100, H100];
  const names = ["a", "b", "c", "d", "e"];
  const pods = names.map((name) => anySize(name, sizes));
  const facts = { release: sized(sizes), pods, desiredPods: 5, expanded: { fallbackInstanceTypes: [H100] } };
  const quota = { name: "standardNCADSA100v4Family", limitCores: 48, usedCores: 0 };

  it("that was not read: three are refused and fall back, and nothing is asked for twice", () => {
    const first = planCapacity(question(facts));
    expect(first.create.map(sizeOf)).to.deep.equal([A100, A100, A100, A100, A100]);
    const refused = [0, 1, 2].map((i) => attemptOf(refusedClaim(`c${i}`, A100, "FamilyQuotaExceeded"), NOW));
    const attempts = remembered(
      [],
      refused.filter((one) => one !== undefined),
    );
    const claims = first.create
      .slice(0, 2)
      .map((made, i) => ({ ...claim(`k${i}`), metadata: objectAt(made, "metadata") }));
    const second = planCapacity(question({ ...facts, attempts, claims }));
    expect(second.create.map(sizeOf)).to.deep.equal([H100, H100, H100]);
  });

  it("that was read of spot bounds all sizes together, and those on demand not at all", () => {
    const read = { name: "lowPriorityCores", limitCores: 60, usedCores: 0 };
    const expanded = { ...facts.expanded, nodes: { ...expansion.nodes, capacityTypes: ["spot", "on-demand"] } };
    const plan = planCapacity(question({ ...facts, quotas: new Map([[SPOT_QUOTA, read]]), expanded }));
    expect(plan.create.map((one) => `${sizeOf(one)} ${wayOf(one)}`)).to.deep.equal([
      `${A100} spot`,
      `${A100} spot`,
      ...Array.from({ length: 3 }, () => `${A100} on-demand`),
    ]);
  });

  it("that was read: two are asked for there, three fall back at once", () => {
    const plan = planCapacity(question({ ...facts, quotas: new Map([[A100, quota]]) }));
    expect(plan.create.map(sizeOf)).to.deep.equal([A100, A100, H100, H100, H100]);
    const alone = planCapacity(question({ quotas: new Map([[A100, { ...quota, usedCores: 30 }]]) }));
    expect(alone.waiting[0]).to.include({ reason: "QuotaExceeded" });
    expect(alone.waiting[0]?.message).to.contain(
      "30 of 48 cores of quota standardNCADSA100v4Family are used: 6 too few",
    );
  });
});
