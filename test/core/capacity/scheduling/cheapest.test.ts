import { expect } from "chai";
import { describe, it } from "mocha";
import { lowerBound } from "../../../../bench/plan/bound.ts";
import { faults } from "../../../../bench/plan/checks.ts";
import { firstFit } from "../../../../bench/plan/first-fit.ts";
import { boundOf } from "../../../../bench/plan/gpu-bound.ts";
import { type GpuMix, gpuPods, realSizes } from "../../../../bench/plan/gpu-pods.ts";
import { type Mix, podsOf } from "../../../../bench/plan/pods.ts";
import { fakeSizes } from "../../../../bench/plan/sizes.ts";
import { objectAt, textAt } from "../../../../src/core/capacity/fields.ts";
import { cheapest, priceOf } from "../../../../src/core/capacity/scheduling/cheapest.ts";
import { isEmpty } from "../../../../src/core/capacity/scheduling/mask.ts";
import type { Row, Schedule } from "../../../../src/core/capacity/scheduling/problem.ts";
import type { JsonObject } from "../../../../src/core/json.ts";
import { catalogue } from "../../support/workspaces.ts";
import { pods as equalPods, node, offer } from "./problems.ts";

function planned(raw: readonly JsonObject[], rows: readonly Row[]): Schedule<string> {
  return cheapest<string>({
    pods: raw.map((one) => ({
      key: `default/${textAt(one, "metadata", "name")}`,
      namespace: "default",
      labels: objectAt(one, "metadata", "labels"),
      spec: objectAt(one, "spec"),
    })),
    placed: [],
    rows,
    preferences: "respect",
    opener:
      () =>
      ({ rows: open, obstacle }) =>
        isEmpty(open) ? { refusal: obstacle ?? "none" } : { rows: open },
  });
}

describe("the cheapest schedule", () => {
  const rows = fakeSizes(60);
  const sizes = rows
    .filter((_, i) => i % 5 === 0)
    .map(({ room, hourlyPriceUsd = 0 }) => ({
      cpu: room.get("cpu") ?? 0,
      memory: room.get("memory") ?? 0,
      pods: room.get("pods") ?? 0,
      hourlyPriceUsd,
      zones: ["test-zone-1", "test-zone-2", "test-zone-3"],
    }));
  for (const mix of ["diverse", "host-spread", "zone-spread"] as const satisfies readonly Mix[]) {
    it(`keeps every rule of ${mix} pods, with no more nodes and no higher a price than first fit`, () => {
      for (const seed of [1, 2, 3]) {
        const raw = podsOf(mix, 150, seed);
        const made = planned(raw, rows);
        const yard = firstFit(raw, sizes, true);
        expect(faults(raw, rows, made)).to.deep.equal([]);
        expect(made.nodes.length).to.be.at.most(yard.nodes);
        expect(priceOf(made, rows)).to.be.at.most(yard.hourlyPriceUsd * (1 + 1e-9));
      }
    });
  }

  for (const mix of ["any", "models"] as const satisfies readonly GpuMix[]) {
    it(`of GPU pods (${mix}) is within 2 % of the lower bound, on the catalogue's sizes at their prices`, () => {
      const real = realSizes(catalogue.current, "eastus");
      for (const seed of [1, 2, 3]) {
        const raw = gpuPods(mix, 300, seed, real);
        const made = planned(raw, real);
        const bound = boundOf(raw, real);
        expect(faults(raw, real, made)).to.deep.equal([]);
        expect(priceOf(made, real)).to.be.within(bound * (1 - 1e-9), bound * 1.02);
      }
    });
  }

  it("fills nodes that exist before any is bought", () => {
    const given = [
      node("n1", { gpus: 4, cpu: 8 }),
      offer({ gpus: 1, price: 1 }),
      offer({ gpus: 8, cpu: 8, price: 20 }),
    ];
    const all = equalPods(6, { gpus: 1 });
    const made = cheapest<string>({
      pods: all,
      placed: [],
      rows: given,
      preferences: "thrifty",
      opener:
        () =>
        ({ rows: open, obstacle }) =>
          obstacle === undefined ? { rows: open } : { refusal: obstacle },
    });
    expect(made.nodes.map(({ choice, pods }) => [choice, pods.length]).sort()).to.deep.equal([
      [0, 4],
      [1, 1],
      [1, 1],
    ]);
  });
});

describe("the lower bound", () => {
  it("is what a case that can be worked out by hand costs", () => {
    const kind = (gpus: number, hourlyPriceUsd: number) => ({ room: [gpus], hourlyPriceUsd });
    const item = (gpus: number, count: number) => ({ requests: [gpus], count, kinds: new Set([0, 1]) });
    // Four GPUs for 3: a pod of one costs 0.75 there, 1 alone.
    expect(lowerBound([item(1, 8)], [kind(1, 1), kind(4, 3)])).to.be.closeTo(6, 1e-6);
    // Three GPUs waste one, unless a single pod takes it.
    expect(lowerBound([item(3, 2), item(1, 2)], [kind(1, 1), kind(4, 3)])).to.be.closeTo(6, 1e-6);
    expect(lowerBound([item(3, 2)], [kind(1, 1), kind(4, 3)])).to.be.closeTo(6, 1e-6);
  });
});
