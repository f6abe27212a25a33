import { expect } from "chai";
import { describe, it } from "mocha";
import { type BoundItem, type BoundKind, bounds } from "../../../../bench/plan/bound.ts";
import { randomOf } from "../../../../bench/plan/random.ts";

const seed = Number(process.env["FORESAIL_TEST_SEED"] ?? Date.now() % 2 ** 31);

const kind = (gpus: number, hourlyPriceUsd: number): BoundKind => ({ room: [gpus], hourlyPriceUsd });
const item = (gpus: number, count: number, kinds = [0, 1]): BoundItem => ({
  requests: [gpus],
  count,
  kinds: new Set(kinds),
});

describe("the lower bound", () => {
  const both = [kind(1, 1), kind(4, 3)];

  it("is what a case that can be worked out by hand costs", () => {
    // Four GPUs for 3: a pod of one costs 0.75 there, 1 alone.
    expect(bounds([item(1, 8)], both).linearUsd).to.be.closeTo(6, 1e-4);
    // Three GPUs waste one, unless a single pod takes it.
    expect(bounds([item(3, 2), item(1, 2)], both).linearUsd).to.be.closeTo(6, 1e-4);
    expect(bounds([item(3, 2)], both).linearUsd).to.be.closeTo(6, 1e-4);
  });

  it("buys no half node where whole ones are asked for", () => {
    const { linearUsd, wholeUsd } = bounds([item(2, 3, [0])], [kind(4, 3)]);
    expect(linearUsd).to.be.closeTo(4.5, 1e-4);
    expect(wholeUsd).to.be.closeTo(6, 1e-4);
  });

  it("takes no more pods for a node than there are", () => {
    expect(bounds([item(1, 1, [0])], [kind(4, 3)]).linearUsd).to.be.closeTo(3, 1e-4);
  });

  it("is never above the cheapest of all purchases", () => {
    for (let drawn = seed; drawn < seed + 60; drawn++) {
      const random = randomOf(drawn);
      const kinds = [kind(1, 1 + random()), kind(2, 2 + random()), kind(4, 3 + 2 * random())];
      const items = [1, 2, 3].map((gpus) =>
        item(
          gpus,
          Math.floor(random() * 3),
          [0, 1, 2].filter((k) => k === 2 || random() < 0.7),
        ),
      );
      const best = cheapestPurchase(items, kinds);
      const { linearUsd, wholeUsd } = bounds(items, kinds, best);
      expect(linearUsd, `seed ${drawn}`).to.be.at.most(wholeUsd + 1e-9);
      expect(wholeUsd, `seed ${drawn}`).to.be.at.most(best + 1e-9);
      // A bound that is far away proves nothing.
      expect(wholeUsd, `seed ${drawn}`).to.be.at.least(best * 0.8);
    }
  });
});

/** Every way to put the pods on nodes, USD per hour of the cheapest. */
function cheapestPurchase(items: readonly BoundItem[], kinds: readonly BoundKind[]): number {
  const pods = items.flatMap((one) => Array.from({ length: one.count }, () => one));
  const search = (at: number, nodes: readonly { readonly kind: number; readonly free: number }[]): number => {
    const pod = pods[at];
    if (pod === undefined) return nodes.reduce((sum, node) => sum + (kinds[node.kind]?.hourlyPriceUsd ?? 0), 0);
    const wanted = pod.requests[0] ?? 0;
    const onOpen = nodes.flatMap((node, n) =>
      pod.kinds.has(node.kind) && node.free >= wanted
        ? [search(at + 1, nodes.with(n, { ...node, free: node.free - wanted }))]
        : [],
    );
    const onNew = kinds.flatMap(({ room }, k) =>
      pod.kinds.has(k) && (room[0] ?? 0) >= wanted
        ? [search(at + 1, [...nodes, { kind: k, free: (room[0] ?? 0) - wanted }])]
        : [],
    );
    return Math.min(...onOpen, ...onNew);
  };
  return search(0, []);
}
