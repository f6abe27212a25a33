import { expect } from "chai";
import { describe, it } from "mocha";
import { planCapacity } from "../../../src/core/capacity/plan-capacity.ts";
import { isGpuResource } from "../../../src/core/capacity/resources.ts";
import { cheapest } from "../../../src/core/capacity/scheduling/cheapest.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { pod, question } from "./facts.ts";
import { offer, pods } from "./scheduling/problems.ts";

describe("what counts as GPUs", () => {
  const table: readonly (readonly [string, boolean])[] = [
    ["nvidia.com/gpu", true],
    ["nvidia.com/gpu.shared", false],
    ["nvidia.com/mig-1g.10gb", true],
    ["amd.com/gpu", true],
    ["rdma/ib", false],
    ["rdma/hca_shared_devices_a", false],
    ["github.com/fuse", false],
    ["vpc.amazonaws.com/efa", false],
    ["hugepages-1Gi", false],
    ["ephemeral-storage", false],
  ];
  for (const [name, isOne] of table) {
    it(`${name}: ${isOne ? "yes" : "no"}`, () => expect(isGpuResource(name)).to.equal(isOne));
  }

  const asking = (requests: JsonObject): JsonObject => ({ containers: [{ name: "c", resources: { requests } }] });

  it("puts the pod with more GPUs first, however many devices of another kind the other asks for", () => {
    const pods = [
      pod("a", { spec: asking({ cpu: "1", "nvidia.com/gpu": "1", "rdma/ib": "8" }) }),
      pod("b", { spec: asking({ cpu: "20", "nvidia.com/gpu": "1" }) }),
    ];
    const plan = planCapacity(question({ pods, desiredPods: 2, limits: { nodes: 1 } }));
    expect(plan.waiting.map(({ pod: key, reason }) => [key, reason])).to.deep.equal([
      ["models/b", "WaitingForCapacity"],
      ["models/a", "LimitReached"],
    ]);
  });

  it("lets pods without GPUs take no more nodes than first fit, whatever devices they ask for", () => {
    const device = "github.com/fuse";
    const all = pods(4).map((one) => ({ ...one, spec: asking({ cpu: "1", [device]: "1" }) }));
    const rows = [offer({ cpu: 1, price: 1 }), offer({ cpu: 4, price: 10 })].map((row) => ({
      ...row,
      room: new Map([...row.room, [device, 100] as const]),
    }));
    const made = cheapest<string>({
      pods: all,
      placed: [],
      rows,
      preferences: "thrifty",
      opener:
        () =>
        ({ rows: open, obstacle }) =>
          obstacle === undefined ? { rows: open } : { refusal: obstacle },
    });
    expect(made.nodes).to.have.length(1);
  });
});
