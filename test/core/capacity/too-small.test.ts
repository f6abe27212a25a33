import { expect } from "chai";
import { describe, it } from "mocha";
import { objectAt, textAt } from "../../../src/core/capacity/fields.ts";
import { planCapacity } from "../../../src/core/capacity/plan-capacity.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { plan } from "../../../src/core/plan.ts";
import type { World } from "../../../src/core/world.ts";
import { expansion } from "../children/workspaces.ts";
import { admitted, catalogue, condition, ownedPod, settled, shown, statusIn, world } from "../plan/worlds.ts";
import { A100, claim, H100, NOW, node, pod, question } from "./facts.ts";

const SIZES = [A100, H100];
const MINUTE_MS = 60_000;

/** As the fixture's, which asks for the A100 and 154Gi only. */
function asking(made: JsonObject, memory: string): JsonObject {
  const text = JSON.stringify(made).replaceAll(`["${A100}"]`, JSON.stringify(SIZES));
  return JSON.parse(text.replaceAll('"memory":"154Gi"', `"memory":"${memory}"`)) as JsonObject;
}

function ofSize(size: string, made: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(made).replaceAll(A100, size)) as JsonObject;
}

const fallback = { fallbackInstanceTypes: [H100] };

describe("a pod beside an empty node that is too small for it", () => {
  const there = { nodes: [node("n1")], claims: [claim("c1", { node: "n1" })] };
  const pods = [asking(pod("p"), "260Gi")];

  it("gets the next size that holds it, as it would without that node", () => {
    for (const facts of [{}, there]) {
      const made = planCapacity(question({ ...facts, pods, expanded: fallback }));
      expect(made.waiting).to.deep.equal([
        { pod: "models/p", reason: "WaitingForCapacity", message: `asked for ${H100} (on-demand)` },
      ]);
    }
  });

  it("also where the node has less than its size promises, and with roll-outs that make no second pod", () => {
    const small = { nodes: [node("n1", { memory: "100Gi" })], claims: there.claims };
    const workload = { ...expansion.workload, rollout: "recreate" as const };
    const made = planCapacity(
      question({ ...small, pods: [asking(pod("p"), "154Gi")], expanded: { ...fallback, workload } }),
    );
    expect(made.waiting[0]?.message).to.equal(`asked for ${H100} (on-demand)`);
  });

  it("gets nothing where each size has proven too small, in the words of each node", () => {
    const both = {
      nodes: [node("n1", { memory: "100Gi" }), ofSize(H100, node("n2", { memory: "110Gi" }))],
      claims: [claim("c1", { node: "n1" }), claim("c2", { node: "n2", size: H100 })],
    };
    const nodes = { ...expansion.nodes, capacityTypes: ["on-demand", "spot"] };
    const made = planCapacity(
      question({ ...both, pods: [asking(pod("p"), "154Gi")], expanded: { ...fallback, nodes } }),
    );
    expect(made.create).to.deep.equal([]);
    expect(made.waiting[0]?.reason).to.equal("PodDoesNotFitNode");
    expect(made.waiting[0]?.message).to.match(/^node n1 is empty .*; node n2 is empty [^;]*$/);
  });

  it("gets no other size while the node's GPUs are away: they come back", () => {
    const [without] = there.nodes.map((one) => {
      const allocatable = { ...objectAt(one, "status", "allocatable"), "nvidia.com/gpu": "0" };
      return { ...one, status: { ...objectAt(one, "status"), allocatable } };
    });
    const made = planCapacity(
      question({ ...there, nodes: [without!], pods: [asking(pod("p"), "154Gi")], expanded: fallback }),
    );
    expect(made.create).to.deep.equal([]);
    expect(made.waiting[0]).to.include({ reason: "WaitingForCapacity" });
  });
});

/** What the world is a minute later, with nodes that have this much memory, 5 minutes after they were asked for. */
class Cluster {
  nowMs = NOW;
  readonly made: string[] = [];
  claims: { name: string; size: string; joinsMs: number }[] = [];
  emptySinceMs: { [claim: string]: number } = {};
  boundTo: string | undefined;
  readonly #memory: { readonly [size: string]: string };
  readonly #asked: string;

  constructor(asked: string, memory: { readonly [size: string]: string }) {
    this.#asked = asked;
    this.#memory = memory;
  }

  world(): World {
    const template = asking(expansion.podTemplate, this.#asked);
    const owner = admitted({ ...fallback, podTemplate: template });
    const joined = this.claims.filter(({ joinsMs }) => joinsMs <= this.nowMs);
    const spec = objectAt(template, "spec");
    const bound = this.boundTo === undefined ? {} : { nodeName: `n-${this.boundTo}`, ready: true };
    return world({
      nowMs: this.nowMs,
      workspace: owner,
      children: settled(owner),
      pods: [ownedPod("phi-1", { spec, ...bound })],
      nodes: joined.map(({ name, size }) =>
        ofSize(size, node(`n-${name}`, { memory: this.#memory[size] ?? "", since: "2026-11-22T11:00:00Z" })),
      ),
      claims: this.claims.map(({ name, size, joinsMs }) =>
        claim(name, { size, ...(joinsMs <= this.nowMs ? { node: `n-${name}` } : {}) }),
      ),
      emptySinceMs: this.emptySinceMs,
    });
  }

  minute(): void {
    this.nowMs += MINUTE_MS;
    const result = plan(this.world(), catalogue);
    for (const action of result.actions) {
      if (action.kind === "createClaim") {
        const name = textAt(action.claim, "metadata", "name") ?? "";
        const size = SIZES.find((one) => JSON.stringify(action.claim).includes(one)) ?? "";
        this.made.push(size);
        this.claims = [...this.claims, { name, size, joinsMs: this.nowMs + 5 * MINUTE_MS }];
      }
      if (action.kind === "deleteClaim") this.claims = this.claims.filter(({ name }) => name !== action.name);
    }
    const before = this.emptySinceMs;
    this.emptySinceMs = Object.fromEntries(result.emptyClaims.map((name) => [name, before[name] ?? this.nowMs]));
    const gib = (text = "0Gi"): number => Number(text.replace("Gi", ""));
    const holds = this.claims.find(
      ({ size, joinsMs }) => joinsMs <= this.nowMs && gib(this.#memory[size]) >= gib(this.#asked),
    );
    this.boundTo ??= holds?.name;
  }

  /** Sizes that were bought in two hours, and those that are left. */
  twoHours(): readonly [readonly string[], readonly string[]] {
    for (let i = 0; i < 120; i++) this.minute();
    return [this.made, this.claims.map(({ size }) => size)];
  }
}

describe("nodes that are too small", () => {
  it("go after the grace period where their size could not hold the pod anyway", () => {
    const cluster = new Cluster("260Gi", { [A100]: "190Gi", [H100]: "280Gi" });
    cluster.claims = [{ name: "old", size: A100, joinsMs: NOW }];
    for (let i = 0; i < 4; i++) cluster.minute();
    expect(cluster.claims.map(({ size }) => size)).to.deep.equal([A100, H100]);
    for (let i = 0; i < 3; i++) cluster.minute();
    expect(cluster.boundTo).not.to.equal(undefined);
    expect(cluster.claims.map(({ size }) => size)).to.deep.equal([H100]);
  });

  it("that should hold it stay until it runs elsewhere, so that their like is bought once", () => {
    const cluster = new Cluster("154Gi", { [A100]: "100Gi", [H100]: "280Gi" });
    expect(cluster.twoHours()).to.deep.equal([[A100, H100], [H100]]);
  });

  it("stay, one of each size, where none holds it, and no further one is bought", () => {
    const cluster = new Cluster("154Gi", { [A100]: "100Gi", [H100]: "110Gi" });
    expect(cluster.twoHours()).to.deep.equal([SIZES, SIZES]);
    const made = plan(cluster.world(), catalogue);
    expect(condition(made, "Stalled")).to.equal("True PodDoesNotFitNode");
    expect(statusIn(made)?.conditions?.[0]?.message).to.match(/node n-\S+ is empty .* node n-\S+ is empty/);
  });

  it("make room below a price ceiling at once where they could not hold the pod anyway", () => {
    const cluster = new Cluster("260Gi", {});
    const owner = cluster.world().workspace?.expansion;
    const capped = { ...owner!, nodes: { ...expansion.nodes, maxHourlyPriceUsd: 8 } };
    const workspace = admitted(capped);
    const small = { claims: [claim("c1", { node: "n1" })], nodes: [node("n1")] };
    const made = plan({ ...cluster.world(), ...small, workspace: world({ workspace }).workspace! }, catalogue);
    expect(shown(made.actions)).to.include("deleteClaim c1").and.not.include("createClaim");
  });
});
