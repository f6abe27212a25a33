import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { INSTANCE_TYPE_LABEL } from "../../../src/core/capacity/claim.ts";
import { objectAt, objectsAt, textAt, textsAt } from "../../../src/core/capacity/fields.ts";
import type { Owner } from "../../../src/core/capacity/owner.ts";
import { planCapacity } from "../../../src/core/capacity/plan-capacity.ts";
import type { CapacityQuestion } from "../../../src/core/capacity/question.ts";
import type { Release } from "../../../src/core/catalogue.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Expansion } from "../../../src/core/kinds/expansion.ts";
import { expansion } from "../children/workspaces.ts";
import { catalogue } from "../support/workspaces.ts";
import { A100, pod, question, release } from "./facts.ts";

const TWO = "Standard_NC48ads_A100_v4";
const FOUR = "Standard_NC96ads_A100_v4";
const real: Release = { ...release, instanceTypes: catalogue.current.instanceTypes, prices: catalogue.current.prices };
const shared = { ...expansion.nodes, share: "models-abc" };

interface Sharer {
  readonly sizes: readonly [string, ...string[]];
  readonly gpus: number;
  readonly expanded?: Partial<Expansion>;
}

/** Workspaces that share nodes, each with one pod that waits. */
function sharing(sharers: { readonly [name: string]: Sharer }): CapacityQuestion {
  const base = question();
  const owners = Object.entries(sharers).map(([name, { sizes, expanded }]): Owner => {
    const [instanceType, ...fallbackInstanceTypes] = sizes;
    return {
      ...base.owner,
      name,
      uid: name,
      expansion: { ...base.owner.expansion, instanceType, fallbackInstanceTypes, nodes: shared, ...expanded },
    };
  });
  const pods = Object.entries(sharers).map(([name, { sizes, gpus }]): JsonObject => {
    const values = [...sizes];
    const term = { matchExpressions: [{ key: INSTANCE_TYPE_LABEL, operator: "In", values }] };
    const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
    const containers = [{ name: "m", resources: { requests: { cpu: "4", "nvidia.com/gpu": String(gpus) } } }];
    const made = pod(`${name}-0`, { spec: { containers, affinity: { nodeAffinity: required } } });
    return { ...made, metadata: { ...objectAt(made, "metadata"), labels: { "kaito.sh/workspace": name } } };
  });
  return { ...base, owner: owners[0]!, sharers: owners.slice(1), pods, release: real };
}

function sizes(made: readonly JsonObject[]): readonly string[] {
  return made.flatMap((one) =>
    objectsAt(one, "spec", "requirements").flatMap((by) =>
      by["key"] === INSTANCE_TYPE_LABEL ? textsAt(by, "values") : [],
    ),
  );
}

describe("Workspaces that share nodes", () => {
  it("are packed on one node of several GPUs", () => {
    const plan = planCapacity(
      sharing({ a: { sizes: [FOUR], gpus: 1 }, b: { sizes: [FOUR], gpus: 2 }, c: { sizes: [FOUR], gpus: 1 } }),
    );
    expect(sizes(plan.create)).to.deep.equal([FOUR]);
    expect(textAt(plan.create[0], "spec", "resources", "requests", "nvidia.com/gpu")).to.equal("4");
    expect(plan.waiting.map((one) => one.pod).sort()).to.deep.equal(["models/a-0", "models/b-0", "models/c-0"]);
  });

  it("are given the cheapest nodes in all, not each its own", () => {
    // By itself `a`, which comes first, would get a node of one GPU, and `b` one of two on which one stays idle.
    const asked = sharing({ a: { sizes: [A100, TWO], gpus: 1 }, b: { sizes: [TWO], gpus: 1 } });
    expect(sizes(planCapacity(asked).create)).to.deep.equal([TWO]);
  });

  it("get no size that is nobody's first choice, and none that the pod's own Workspace does not name", () => {
    const own = sharing({ a: { sizes: [A100, FOUR], gpus: 1 }, b: { sizes: [A100], gpus: 1 } });
    expect(sizes(planCapacity(own).create)).to.deep.equal([A100, A100]);
    // Two nodes of one GPU would cost less, but that is for when the first cannot be had.
    const stated = sharing({ a: { sizes: [FOUR, A100], gpus: 1 }, b: { sizes: [FOUR, A100], gpus: 1 } });
    expect(sizes(planCapacity(stated).create)).to.deep.equal([FOUR]);
  });

  it("keep each to its own price ceiling", () => {
    const dear = { ...shared, maxHourlyPriceUsd: 1 };
    const plan = planCapacity(
      sharing({ a: { sizes: [A100], gpus: 1 }, b: { sizes: [A100], gpus: 1, expanded: { nodes: dear } } }),
    );
    expect(plan.create).to.have.length(1);
    expect(plan.waiting.find((one) => one.pod === "models/b-0")).to.include({ reason: "TooExpensive" });
  });

  it("keep together to the limits of the installation", () => {
    const asked = sharing({
      a: { sizes: [A100], gpus: 1 },
      b: { sizes: [A100], gpus: 1 },
      c: { sizes: [A100], gpus: 1 },
    });
    expect(planCapacity({ ...asked, limits: { gpus: 2 } }).create).to.have.length(2);
  });

  it("get the same nodes whatever the order of pods", () => {
    const asked = sharing({
      a: { sizes: [A100, TWO], gpus: 1 },
      b: { sizes: [TWO], gpus: 1 },
      c: { sizes: [FOUR], gpus: 2 },
    });
    const expected = planCapacity(asked).create;
    fc.assert(
      fc.property(fc.shuffledSubarray([...asked.pods], { minLength: 3 }), (pods) => {
        expect(planCapacity({ ...asked, pods }).create).to.deep.equal(expected);
      }),
      { numRuns: 10 },
    );
  });
});
