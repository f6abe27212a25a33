import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { isObject, type Json } from "../../../src/core/json.ts";
import type { CloudReason } from "../../../src/core/machine/failure.ts";
import { planMachine } from "../../../src/core/machine/plan-machine.ts";
import { changed, failure } from "./facts.ts";
import {
  changes,
  deleteClaim,
  join,
  look,
  progress,
  type SmallCluster,
  smallCluster,
  worldOf,
} from "./small-cluster.ts";

type Event =
  | { readonly kind: "look"; readonly most: number }
  | { readonly kind: "progress" | "join" | "portal" | "fails" | "dies" | "stops" | "delete" | "forget" }
  | { readonly kind: "refuse"; readonly reason: CloudReason }
  | { readonly kind: "wait"; readonly ms: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("look" as const), most: fc.integer({ min: 0, max: 6 }) }) },
  { weight: 4, arbitrary: fc.constant({ kind: "progress" } as const) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Event>(
      { kind: "join" },
      { kind: "portal" },
      { kind: "fails" },
      { kind: "dies" },
      { kind: "stops" },
      { kind: "delete" },
      { kind: "forget" },
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<CloudReason>("Throttled", "FamilyQuotaExceeded", "Unavailable")
      .map((reason) => ({ kind: "refuse", reason }) as const),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 7_200_000 }).map((ms) => ({ kind: "wait", ms }) as const) },
);

function happen(of: SmallCluster, one: Event): void {
  switch (one.kind) {
    case "look":
      look(of, one.most);
      return;
    case "progress":
      progress(of);
      return;
    case "join":
      if (of.machine?.state === "creating" || of.machine?.state === "running") join(of);
      return;
    case "portal":
      of.machine = undefined;
      return;
    case "fails":
      if (of.machine?.state === "creating") of.machine = { ...of.machine, state: "failed" };
      return;
    case "dies":
      of.nodes = of.nodes.map((node) =>
        changed(node, { status: { conditions: [{ type: "Ready", status: "Unknown" }] } }),
      );
      return;
    case "stops":
      if (of.machine?.state === "running") of.machine = { ...of.machine, state: "stopped" };
      return;
    case "delete":
      deleteClaim(of);
      return;
    case "forget":
      // A process starts anew: all it remembers is gone.
      of.since = new Map();
      of.failed = undefined;
      return;
    case "refuse":
      of.refusal = failure(one.reason);
      return;
    case "wait":
      of.ms += one.ms;
  }
}

/** Lets everybody do their part until nothing is left to do; how many rounds it took. */
function settle(of: SmallCluster): number {
  of.refusal = undefined;
  if (of.machine?.state === "stopped") of.machine = { ...of.machine, state: "running" };
  for (let round = 0; round < 400; round++) {
    const before = of.machine;
    progress(of);
    const plan = look(of);
    if (changes(plan).length === 0 && before === of.machine && plan.holds.length === 0) return round;
  }
  throw new Error(`not settled: ${JSON.stringify([worldOf(of), planMachine(worldOf(of))])}`);
}

describe("the life of a claim, whatever happens and wherever the process is killed", () => {
  it("comes to an empty plan: a claim with its machine and node, or nothing at all", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const of = smallCluster();
        for (const one of events) happen(of, one);
        settle(of);
        if (of.claim === undefined) {
          expect(of.machine, "machine left behind").to.equal(undefined);
          expect(of.nodes, "nodes left behind").to.deep.equal([]);
        } else {
          // A pool may call itself failed while its node is in use.
          expect(of.machine?.state).to.be.oneOf(["running", "failed"]);
          const { conditions } = of.claim["status"] as unknown as { conditions: { type: string; status: string }[] };
          expect(conditions.find(({ type }) => type === "Ready")?.status).to.equal("True");
        }
      }),
      { numRuns: 800 },
    );
  });

  it("a plan that was carried out whole is not made again: the next changes nothing", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), (events) => {
        const of = smallCluster();
        for (const one of events) happen(of, one);
        for (let i = 0; i < 8; i++) look(of);
        const again = changes(look(of));
        // A machine that nobody lists yet is asked for again, which is no second one.
        expect(again.filter((kind) => kind !== "createMachine" && kind !== "removeMachine")).to.deep.equal([]);
      }),
      { numRuns: 800 },
    );
  });

  it("the same facts give the same plan, in whatever order their keys come", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), (events) => {
        const of = smallCluster();
        for (const one of events) happen(of, one);
        if (of.claim === undefined) return;
        const facts = worldOf(of);
        const turned = turn(facts as unknown as Json) as unknown as typeof facts;
        expect(planMachine(turned)).to.deep.equal(planMachine(facts));
      }),
      { numRuns: 800 },
    );
  });
});

function turn(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => turn(item as Json));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, turn(item ?? null)]),
  );
}
