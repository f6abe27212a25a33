import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { WaitingPod } from "../../../../src/core/capacity/scheduling/problem.ts";
import type { JsonObject } from "../../../../src/core/json.ts";
import { affinity, HOST, node, offer, placing, pod, pods, spread, THREE_ZONES, ZONE } from "./problems.ts";

const web = { app: "web" };

describe("scheduling: preferences", () => {
  const preferred = (zone: string, weight: number) => ({
    weight,
    preference: { matchExpressions: [{ key: ZONE, operator: "In", values: [zone] }] },
  });
  const wishing = (...terms: readonly JsonObject[]) => ({
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: terms } },
  });

  it("of node affinity are kept while they can be, the heaviest first", () => {
    const spec = wishing(preferred("b", 1), preferred("c", 5));
    expect(placing({ pods: [pod("p", { spec })], rows: THREE_ZONES }).nodes).to.deep.equal(["c: p"]);
    const two = THREE_ZONES.slice(0, 2);
    expect(placing({ pods: [pod("p", { spec })], rows: two }).nodes).to.deep.equal(["b: p"]);
    const one = THREE_ZONES.slice(0, 1);
    expect(placing({ pods: [pod("p", { spec })], rows: one }).nodes).to.deep.equal(["a: p"]);
  });

  const apart = {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, podAffinityTerm: { topologyKey: HOST, labelSelector: { matchLabels: web } } },
      ],
    },
  };
  const shy = pods(3, { labels: web, spec: { affinity: apart } });

  it("buy a node where they are respected, none where money counts, and none where they are ignored", () => {
    expect(placing({ pods: shy, rows: THREE_ZONES, preferences: "respect" }).count).to.equal(3);
    expect(placing({ pods: shy, rows: THREE_ZONES, preferences: "thrifty" }).count).to.equal(1);
    expect(placing({ pods: shy, rows: THREE_ZONES, preferences: "ignore" }).count).to.equal(1);
    const rows = [node("n1"), node("n2"), ...THREE_ZONES];
    expect(placing({ pods: shy.slice(0, 2), rows, preferences: "thrifty" }).nodes).to.deep.equal([
      "n1: p0000",
      "n2: p0001",
    ]);
  });

  it("about spread give way when they must", () => {
    const soft = { topologySpreadConstraints: [spread(ZONE, web, { whenUnsatisfiable: "ScheduleAnyway" })] };
    const both = pods(2, { labels: web, spec: { ...soft, nodeSelector: { [ZONE]: "a" } } });
    expect(placing({ pods: both, rows: THREE_ZONES }).failures).to.deep.equal({});
    const level = placing({ pods: pods(3, { labels: web, spec: soft }), rows: THREE_ZONES });
    expect(level.nodes).to.have.length(3);
  });

  it("of a node to be left alone hold while there is another", () => {
    const taints = [{ key: "x", effect: "PreferNoSchedule" }];
    const avoided = offer({ zone: "a", taints });
    expect(placing({ pods: [pod("p")], rows: [avoided, offer({ zone: "b" })] }).nodes).to.deep.equal(["b: p"]);
    expect(placing({ pods: [pod("p")], rows: [avoided] }).nodes).to.deep.equal(["a: p"]);
  });
});

describe("scheduling", () => {
  it("N9: 2,000 GPU pods that nothing can hold delay none of the 100 small ones", () => {
    const hopeless = pods(2000, { gpus: 16 }, "gpu");
    const small = pods(100, { cpu: "100m" }, "small");
    let asked = 0;
    const { nodes, failures } = placing({
      pods: [...hopeless, ...small],
      rows: [offer({ zone: "a", gpus: 8, cpu: 90 })],
      open: ({ rows, obstacle }) => {
        asked++;
        return obstacle === undefined ? { rows } : { refusal: obstacle };
      },
    });
    expect(nodes).to.have.length(1);
    expect(Object.keys(failures)).to.have.length(2000);
    expect(new Set(Object.values(failures))).to.deep.equal(new Set(["resources"]));
    // Equal pods are judged once.
    expect(asked).to.equal(2);
  });

  it("fills no node beyond its room and places every pod once, or says why not; the same for any order", () => {
    const kinds = [
      { cpu: "500m", labels: web },
      { cpu: "1500m", gpus: 1 },
      { cpu: "1", labels: web, spec: { topologySpreadConstraints: [spread(ZONE, web)] } },
      {
        cpu: "1",
        labels: web,
        spec: affinity("podAffinity", { topologyKey: ZONE, labelSelector: { matchLabels: web } }),
      },
      {
        cpu: "2",
        labels: { app: "db" },
        spec: affinity("podAntiAffinity", { topologyKey: HOST, labelSelector: { matchLabels: { app: "db" } } }),
      },
      { cpu: "99" },
    ];
    const arbitrary = fc.array(fc.nat({ max: kinds.length - 1 }), { maxLength: 40 });
    const rows = [node("n1", { zone: "a", gpus: 1 }), ...THREE_ZONES, offer({ zone: "b", gpus: 2, cpu: 6 })];
    fc.assert(
      fc.property(arbitrary, fc.nat(), (drawn, seed) => {
        const all = drawn.map((kind, i) => pod(`p${i}`, kinds[kind]));
        const expected = placing({ pods: all, rows });
        const names = expected.nodes.flatMap((one) => one.split(": ")[1]?.split(" ") ?? []);
        const told = [...names, ...Object.keys(expected.failures)].sort();
        expect(told).to.deep.equal(all.map((one) => one.key.split("/")[1]).sort());
        expect(placing({ pods: turned(all, seed), rows })).to.deep.equal(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("takes pods as equal that differ only in labels nobody looks at", () => {
    let asked = 0;
    const each = Array.from({ length: 50 }, (_, i) => pod(`p${i}`, { cpu: "99", labels: { "pod-index": String(i) } }));
    placing({
      pods: each,
      rows: THREE_ZONES,
      open: () => {
        asked++;
        return { refusal: "no" };
      },
    });
    expect(asked).to.equal(1);
  });
});

/** Another order, by a seed. */
function turned(items: readonly WaitingPod[], seed: number): readonly WaitingPod[] {
  return items
    .map((item, i) => ({ item, at: Math.sin(seed + i * 7.7) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
