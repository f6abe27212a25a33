import { expect } from "chai";
import { describe, it } from "mocha";
import { INSTANCE_TYPE_LABEL } from "../../../src/core/capacity/claim.ts";
import { objectsAt, textAt, textsAt } from "../../../src/core/capacity/fields.ts";
import type { Owner } from "../../../src/core/capacity/owner.ts";
import { planCapacity } from "../../../src/core/capacity/plan-capacity.ts";
import type { CapacityPlan, CapacityQuestion } from "../../../src/core/capacity/question.ts";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Expansion } from "../../../src/core/kinds/expansion.ts";
import { catalogue, serving } from "../support/workspaces.ts";
import { pod, question } from "./facts.ts";

const TWO = "Standard_NC48ads_A100_v4";
const FOUR = "Standard_NC96ads_A100_v4";
const AKS = { provider: "aks", nodeClass: { group: "foresail.dev", kind: "AgentPoolClass", name: "default" } } as const;

interface Asked {
  readonly preset: string;
  readonly size: string;
}

/** Shared Workspaces as admission expands them, each with the pod that its Deployment made and nobody has room for. */
function sharing(...asked: readonly Asked[]): CapacityQuestion {
  const base = question();
  const owners = asked.map(({ preset, size }, i): Owner => {
    const object = serving(preset, size, { "foresail.dev/placement": "shared" });
    const { expansion } = expand(object, catalogue);
    return { ...base.owner, name: `w${i}`, uid: `w${i}`, expansion: expansion as Expansion };
  });
  const pods = owners.map(({ name, expansion }): JsonObject => {
    const made = pod(`${name}-0`, { spec: expansion.podTemplate["spec"] as JsonObject });
    return { ...made, metadata: { ...(made["metadata"] as JsonObject), labels: { "kaito.sh/workspace": name } } };
  });
  return { ...base, owner: owners[0]!, sharers: owners.slice(1), pods, release: catalogue.current, settings: AKS };
}

const phi = (size: string): Asked => ({ preset: "phi-4", size });

function bought({ create }: CapacityPlan): readonly unknown[] {
  return create.map((claim) => [
    objectsAt(claim, "spec", "requirements").flatMap((by) =>
      by["key"] === INSTANCE_TYPE_LABEL ? textsAt(by, "values") : [],
    )[0],
    Number(textAt(claim, "spec", "resources", "requests", "nvidia.com/gpu")),
  ]);
}

describe("presets that share nodes", () => {
  it("are packed on as few nodes as their GPUs allow", () => {
    for (const [size, count, nodes] of [
      [TWO, 2, [[TWO, 2]]],
      [
        TWO,
        3,
        [
          [TWO, 2],
          [TWO, 1],
        ],
      ],
      [FOUR, 2, [[FOUR, 2]]],
      [FOUR, 3, [[FOUR, 3]]],
      [FOUR, 4, [[FOUR, 4]]],
    ] as const) {
      const plan = planCapacity(sharing(...Array.from({ length: count }, () => phi(size))));
      expect(bought(plan), `${count} on ${size}`).to.have.deep.members(nodes as never);
      expect(plan.waiting.map(({ reason }) => reason)).to.deep.equal(Array(count).fill("WaitingForCapacity"));
    }
  });

  it("are packed whatever their sizes", () => {
    const plan = planCapacity(sharing(phi(FOUR), { preset: "gpt-oss-120b", size: FOUR }, phi(FOUR)));
    expect(bought(plan)).to.deep.equal([[FOUR, 4]]);
  });

  it("find the node that is on its way, and buy none", () => {
    const two = sharing(phi(TWO), phi(TWO));
    const first = planCapacity({ ...two, pods: two.pods.slice(0, 1) });
    expect(bought(first)).to.deep.equal([[TWO, 1]]);
    expect(planCapacity({ ...two, claims: first.create }).create).to.deep.equal([]);
  });

  it("get a disk that holds them all, whoever's claim it is", () => {
    // Four of the first, whose claim it is, need less than what is put beside it.
    const asked = sharing({ preset: "phi-4-mini-instruct", size: FOUR }, phi(FOUR), phi(FOUR), phi(FOUR));
    const gib = (name: string, object: unknown): number =>
      Number.parseInt(textAt(object as JsonObject, "spec", "resources", "requests", name) ?? "", 10);
    const [claim] = planCapacity(asked).create;
    const wanted = asked.pods.reduce(
      (total, one) =>
        total +
        Number.parseInt(
          textAt(objectsAt(one, "spec", "containers")[0], "resources", "requests", "ephemeral-storage") ?? "",
          10,
        ),
      0,
    );
    // Beside 30 GiB of image, on nine tenths of the disk.
    expect(gib("ephemeral-storage", claim)).to.be.at.least((wanted + 30) / 0.9);
  });
});
