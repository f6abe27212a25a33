import { expect } from "chai";
import { describe, it } from "mocha";
import { faults } from "../../../../bench/plan/checks.ts";
import { firstFit } from "../../../../bench/plan/first-fit.ts";
import { boundsOf } from "../../../../bench/plan/gpu-bound.ts";
import { type GpuMix, gpuPods, realSizes } from "../../../../bench/plan/gpu-pods.ts";
import { KINDS, type Mix, podsOf } from "../../../../bench/plan/pods.ts";
import { randomOf } from "../../../../bench/plan/random.ts";
import { fakeSizes } from "../../../../bench/plan/sizes.ts";
import { objectAt, textAt } from "../../../../src/core/capacity/fields.ts";
import { podRequests } from "../../../../src/core/capacity/resources.ts";
import { cheapest, priceOf } from "../../../../src/core/capacity/scheduling/cheapest.ts";
import { isEmpty } from "../../../../src/core/capacity/scheduling/mask.ts";
import type { Row, Schedule, SchedulingProblem } from "../../../../src/core/capacity/scheduling/problem.ts";
import { schedule } from "../../../../src/core/capacity/scheduling/schedule.ts";
import type { JsonObject } from "../../../../src/core/json.ts";
import { catalogue } from "../../support/workspaces.ts";
import { pods as equalPods, node, offer } from "./problems.ts";

const seed = Number(process.env["FORESAIL_TEST_SEED"] ?? Date.now() % 2 ** 31);

function planned(raw: readonly JsonObject[], rows: readonly Row[]): Schedule<string> {
  return cheapest<string>({ ...problemOf(raw, rows), opener: () => open });
}

const open: SchedulingProblem<string>["open"] = ({ rows, obstacle }) =>
  isEmpty(rows) ? { refusal: obstacle ?? "none" } : { rows };

function problemOf(raw: readonly JsonObject[], rows: readonly Row[]): Omit<SchedulingProblem<string>, "open"> {
  return {
    pods: raw.map((one) => ({
      key: `default/${textAt(one, "metadata", "name")}`,
      namespace: "default",
      labels: objectAt(one, "metadata", "labels"),
      spec: objectAt(one, "spec"),
    })),
    placed: [],
    rows,
    preferences: "respect",
  };
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
  for (const mix of ["diverse", ...KINDS] as const satisfies readonly Mix[]) {
    it(`keeps every rule of ${mix} pods, with no more nodes and no higher a price than first fit`, () => {
      for (let drawn = seed; drawn < seed + 8; drawn++) {
        const raw = podsOf(mix, 150, drawn);
        const made = planned(raw, rows);
        const yard = firstFit(raw, sizes, true);
        expect(faults(raw, rows, made), `seed ${drawn}`).to.deep.equal([]);
        expect(made.nodes.length, `seed ${drawn}`).to.be.at.most(yard.nodes);
        expect(priceOf(made, rows), `seed ${drawn}`).to.be.at.most(yard.hourlyPriceUsd * (1 + 1e-9));
      }
    });
  }

  it("is never dearer than the first node that takes each pod, whatever is mixed, and the same for any order", () => {
    // Where large nodes cost more by core, fewer of them are no bargain.
    const steep = rows.map((row): Row => ({ ...row, hourlyPriceUsd: (row.hourlyPriceUsd ?? 0) ** 2 }));
    // With 73 a plan with fewer nodes costs more at such prices.
    const seeds = [73, ...Array.from({ length: 40 }, (_, i) => seed + i)];
    for (const drawn of seeds) {
      const random = randomOf(drawn);
      const raw = KINDS.flatMap((kind, i) =>
        random() < 0.5 ? [] : podsOf(kind, Math.floor(random() * 40), drawn * KINDS.length + i),
      );
      for (const offered of [rows, steep]) {
        const made = planned(raw, offered);
        const plain = schedule<string>({ ...problemOf(raw, offered), open, order: "size" });
        expect(faults(raw, offered, made), `seed ${drawn}`).to.deep.equal([]);
        expect(made.nodes.length, `seed ${drawn}`).to.be.at.most(plain.nodes.length);
        expect(priceOf(made, offered), `seed ${drawn}`).to.be.at.most(priceOf(plain, offered));
        const shuffled = raw.toSorted(() => random() - 0.5);
        expect(named(planned(shuffled, offered), shuffled), `seed ${drawn}`).to.deep.equal(named(made, raw));
      }
    }
  });

  it("puts pods that need much cpu and pods that need much memory on the same nodes", () => {
    const all = fakeSizes();
    for (const drawn of [4, 6]) {
      const raw = podsOf("zone-spread", 400, drawn);
      const made = planned(raw, all);
      expect(priceOf(made, all)).to.be.at.most(leastPriceUsd(raw, made.nodes.length) * 1.02);
    }
  });

  it("lets pods with rules about zones say first where nodes are, so that others do not keep them out", () => {
    const few = podsOf("zone-spread", 6, 1);
    const raw = [...podsOf("generic", 30, 1), ...few];
    const made = planned(raw, rows);
    expect(faults(raw, rows, made)).to.deep.equal([]);
    expect(made.nodes.length).to.equal(planned(few, rows).nodes.length);
  });

  for (const mix of ["any", "models"] as const satisfies readonly GpuMix[]) {
    it(`of GPU pods (${mix}) is within 2 % of the lower bound, on the catalogue's sizes at their prices`, () => {
      const real = realSizes(catalogue.current, "eastus");
      for (const seed of [1, 2, 3]) {
        const raw = gpuPods(mix, 300, seed, real);
        const made = planned(raw, real);
        const { linearUsd } = boundsOf(raw, real, Number.POSITIVE_INFINITY);
        expect(faults(raw, real, made)).to.deep.equal([]);
        expect(priceOf(made, real)).to.be.within(linearUsd * (1 - 1e-6), linearUsd * 1.02);
      }
    });
  }

  it("of few GPU pods is within 2 % of the lower bound with whole nodes", () => {
    const real = realSizes(catalogue.current, "eastus");
    for (const drawn of [1, 2, 3, 4, 5]) {
      const raw = gpuPods("models", 100, drawn, real);
      const priceUsd = priceOf(planned(raw, real), real);
      const { wholeUsd } = boundsOf(raw, real, priceUsd);
      expect(priceUsd, `seed ${drawn}`).to.be.within(wholeUsd * (1 - 1e-6), wholeUsd * 1.02);
    }
  });

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

/** Pods by name on the sizes they are on. */
function named({ nodes }: Schedule<string>, raw: readonly JsonObject[]): readonly string[] {
  const name = (pod: number): string => textAt(raw[pod], "metadata", "name") ?? "";
  return nodes.map(({ choice, pods }) => `${choice}: ${pods.map(name).sort().join(" ")}`).sort();
}

/** What all cpu or all memory costs, whichever is more, if nothing of the nodes is left over: sizes cost the same by core. */
function leastPriceUsd(raw: readonly JsonObject[], nodes: number): number {
  const asked = (name: string): number =>
    raw.reduce((sum, pod) => sum + (podRequests(objectAt(pod, "spec")).get(name) ?? 0), 0);
  const [smallest, next] = [0, 5].map((row) => fakeSizes(2)[row]);
  const more = (name: string): number => (next?.room.get(name) ?? 0) - (smallest?.room.get(name) ?? 0);
  const lost = (name: string): number => more(name) - (smallest?.room.get(name) ?? 0);
  const cores = ["cpu", "memory"].map((name) => (asked(name) + nodes * lost(name)) / more(name));
  return Math.max(...cores) * (smallest?.hourlyPriceUsd ?? 0);
}
