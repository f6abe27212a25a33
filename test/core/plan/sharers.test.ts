import { expect } from "chai";
import { describe, it } from "mocha";
import type { Plan } from "../../../src/core/action.ts";
import { INSTANCE_TYPE_LABEL } from "../../../src/core/capacity/claim.ts";
import { objectAt, objectsAt, textsAt } from "../../../src/core/capacity/fields.ts";
import type { Catalogue } from "../../../src/core/catalogue.ts";
import { inputsHash } from "../../../src/core/inputs.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { plan } from "../../../src/core/plan.ts";
import type { World } from "../../../src/core/world.ts";
import { A100 } from "../capacity/facts.ts";
import { expansion } from "../children/workspaces.ts";
import { catalogue as real } from "../support/workspaces.ts";
import { accepted, admitted, condition, ownedPod, settled, catalogue as small, world } from "./worlds.ts";

const TWO = "Standard_NC48ads_A100_v4";
const FOUR = "Standard_NC96ads_A100_v4";
const EIGHT = "Standard_ND96asr_v4";
const { instanceTypes, prices } = real.current;
const catalogue: Catalogue = { ...small, current: { ...small.current, instanceTypes, prices } };

interface Sharer {
  readonly sizes: readonly [string, ...string[]];
  readonly gpus: number;
  readonly maxHourlyPriceUsd?: number;
}

function specOf({ sizes, gpus }: Sharer): JsonObject {
  const term = { matchExpressions: [{ key: INSTANCE_TYPE_LABEL, operator: "In", values: [...sizes] }] };
  return {
    ...objectAt(expansion.podTemplate, "spec"),
    containers: [{ name: "m", resources: { requests: { cpu: "1", "nvidia.com/gpu": String(gpus) } } }],
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } },
  };
}

function renamed<T extends object>(object: T, name: string): T {
  return JSON.parse(JSON.stringify(object).replaceAll('"phi"', JSON.stringify(name))) as T;
}

function workspaceOf(name: string, sharer: Sharer): Workspace {
  const [instanceType, ...fallbackInstanceTypes] = sharer.sizes;
  const { maxHourlyPriceUsd } = sharer;
  const ceiling = maxHourlyPriceUsd === undefined ? {} : { maxHourlyPriceUsd };
  const nodes = { ...expansion.nodes, share: "abc", ...ceiling };
  const podTemplate = { ...expansion.podTemplate, spec: specOf(sharer) };
  const made = renamed(admitted({ instanceType, fallbackInstanceTypes, nodes, podTemplate }), name);
  const expanded = { ...(made.expansion ?? expansion), inputsHash: inputsHash(made) };
  return accepted({ ...made, metadata: { ...made.metadata, uid: `uid-${name}` }, expansion: expanded });
}

/** The world of each of the Workspaces of one share key, all of whose pods wait. */
function sharing(
  sharers: { readonly [name: string]: Sharer },
  changes: Partial<World> = {},
): ReadonlyMap<string, World> {
  const owners = Object.entries(sharers).map(([name, sharer]) => workspaceOf(name, sharer));
  const pods = Object.entries(sharers).map(([name, sharer]) =>
    renamed(ownedPod(`${name}-1`, { spec: specOf(sharer) }), name),
  );
  return new Map(
    owners.map((workspace) => {
      const shareOwners = owners.filter((one) => one !== workspace);
      const { name = "" } = workspace.metadata;
      const children = settled(workspace);
      return [name, world({ name, workspace, children, pods, sharers: shareOwners.length, shareOwners, ...changes })];
    }),
  );
}

function created(made: Plan): readonly JsonObject[] {
  return made.actions.flatMap((action) => (action.kind === "createClaim" ? [action.claim] : []));
}

function sizes(claims: readonly JsonObject[]): readonly string[] {
  return claims
    .flatMap((one) => objectsAt(one, "spec", "requirements"))
    .flatMap((one) => (one["key"] === INSTANCE_TYPE_LABEL ? textsAt(one, "values") : []));
}

describe("plan: Workspaces that share nodes", () => {
  const three = {
    a: { sizes: [EIGHT], gpus: 4 },
    b: { sizes: [TWO, EIGHT], gpus: 2 },
    c: { sizes: [A100, EIGHT], gpus: 1 },
    d: { sizes: [A100, EIGHT], gpus: 1 },
  } as const;

  it("are given the cheapest nodes in all, whoever of them is looked at first", () => {
    for (const facts of sharing(three).values()) {
      expect(sizes(created(plan(facts, catalogue)))).to.deep.equal([EIGHT]);
    }
    const two = sharing({ a: { sizes: [A100, TWO], gpus: 1 }, b: { sizes: [TWO], gpus: 1 } });
    for (const facts of two.values()) expect(sizes(created(plan(facts, catalogue)))).to.deep.equal([TWO]);
    // Of four GPUs one node of four costs no less than one of two would with the rest idle.
    const apart = sharing({ a: { sizes: [FOUR], gpus: 3 }, b: { sizes: [A100, FOUR], gpus: 2 } });
    for (const facts of apart.values()) expect(sizes(created(plan(facts, catalogue)))).to.deep.equal([FOUR, FOUR]);
  });

  it("buy nothing twice: what one of them is buying at this moment is there for the others", () => {
    const [first, ...others] = sharing(three).values();
    const comingClaims = created(plan(first!, catalogue));
    expect(comingClaims).to.have.length(1);
    for (const facts of others) {
      expect(created(plan({ ...facts, comingClaims }, catalogue))).to.deep.equal([]);
      expect(created(plan({ ...facts, claims: comingClaims }, catalogue))).to.deep.equal([]);
    }
  });

  it("are told of their own pods alone, each its own reason", () => {
    const one = { sizes: [A100], gpus: 1 } as const;
    const facts = sharing({ a: one, b: { ...one, maxHourlyPriceUsd: 1 } });
    const [a, b] = ["a", "b"].map((name) => plan(facts.get(name)!, catalogue));
    expect(sizes(created(b!))).to.deep.equal([A100]);
    expect(condition(a!, "Ready")).to.contain("WaitingForCapacity");
    expect(condition(b!, "Ready")).to.contain("TooExpensive");
    expect(JSON.stringify(a!.reasons)).to.contain("models/a-1").and.not.to.contain("models/b-1");
  });

  it("keep together to the limits of the installation", () => {
    const one = { sizes: [A100], gpus: 1 } as const;
    const facts = sharing({ a: one, b: one, c: one }, { limits: { nodes: 2 } });
    expect(created(plan(facts.get("c")!, catalogue))).to.have.length(2);
  });

  it("buy nothing for one that is deleted, or whose expansion nobody has compared", () => {
    const one = { sizes: [A100], gpus: 1 } as const;
    const facts = sharing({ a: one, b: one }).get("a")!;
    const changed = (change: (other: Workspace) => Workspace) =>
      created(plan({ ...facts, shareOwners: facts.shareOwners!.map(change) }, catalogue));
    expect(changed((other) => other)).to.have.length(2);
    const deletionTimestamp = "2026-11-22T11:59:00Z";
    expect(changed((other) => ({ ...other, metadata: { ...other.metadata, deletionTimestamp } }))).to.have.length(1);
    expect(changed(({ status: _, ...other }) => other)).to.have.length(1);
  });
});
