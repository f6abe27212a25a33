import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { plan } from "../../../src/core/plan.ts";
import type { World } from "../../../src/core/world.ts";
import { claim, NOW, node } from "../capacity/facts.ts";
import { expansion } from "../children/workspaces.ts";
import { admitted, catalogue, ownedPod, settled, world } from "./worlds.ts";

const SECOND_MS = 1000;
const TEN_MINUTES_S = 600;
const GRACE_S = 60;

/** A generator with a seed, so that a failure can be seen again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

interface Machine {
  readonly name: string;
  readonly joinsMs: number;
  /** When it is gone, once its claim is deleted. */
  goneMs?: number;
}

/** A cluster in virtual time: machines take their time to come and go, the scheduler its own, and pods come and go. */
class Cluster {
  readonly machines = new Map<string, Machine>();
  pods: JsonObject[] = [];
  emptySinceMs: { [claim: string]: number } = {};
  nowMs = NOW;
  #pods = 0;
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = random(seed);
  }

  between(from: number, to: number): number {
    return Math.floor(from + this.#random() * (to - from));
  }

  /** As the workload's controller keeps as many pods as are stated. */
  scale(count: number): void {
    while (this.pods.length < count) this.pods.push(ownedPod(`phi-${++this.#pods}`));
    this.pods = this.pods.slice(this.pods.length - count);
  }

  /** A pod is evicted, its controller makes another. */
  evict(): void {
    const gone = this.between(0, this.pods.length);
    this.pods = this.pods.map((pod, i) => (i === gone ? ownedPod(`phi-${++this.#pods}`) : pod));
  }

  schedule(): void {
    const used = new Set(this.pods.map((pod) => (pod["spec"] as JsonObject)["nodeName"]));
    const free = [...this.machines.values()].filter(
      ({ name, joinsMs, goneMs }) => joinsMs <= this.nowMs && goneMs === undefined && !used.has(`n-${name}`),
    );
    this.pods = this.pods.map((pod) => {
      if ((pod["spec"] as JsonObject)["nodeName"] !== undefined) return pod;
      const [machine] = free.splice(0, 1);
      const { name } = pod["metadata"] as { name: string };
      return machine === undefined ? pod : ownedPod(name, { nodeName: `n-${machine.name}`, ready: true });
    });
  }

  step(replicas: number): void {
    this.nowMs += SECOND_MS;
    for (const [name, { goneMs }] of this.machines)
      if (goneMs !== undefined && goneMs <= this.nowMs) this.machines.delete(name);
    const made = plan(this.world(replicas), catalogue);
    const before = this.emptySinceMs;
    this.emptySinceMs = Object.fromEntries(made.emptyClaims.map((name) => [name, before[name] ?? this.nowMs]));
    for (const action of made.actions) {
      if (action.kind === "createClaim") {
        const name = String((action.claim["metadata"] as JsonObject)["name"]);
        expect(this.machines.has(name), "a name is given once").to.equal(false);
        this.machines.set(name, { name, joinsMs: this.nowMs + this.between(5, 240) * SECOND_MS });
      }
      if (action.kind === "deleteClaim") {
        const machine = this.machines.get(action.name);
        if (machine !== undefined) machine.goneMs = this.nowMs + this.between(5, 90) * SECOND_MS;
      }
    }
  }

  /** Machines that are wanted: those on their way out are not. */
  get alive(): number {
    return [...this.machines.values()].filter(({ goneMs }) => goneMs === undefined).length;
  }

  private world(replicas: number): World {
    const owner = admitted({ workload: { ...expansion.workload, replicas } });
    const joined = [...this.machines.values()].filter(({ joinsMs }) => joinsMs <= this.nowMs);
    return world({
      nowMs: this.nowMs,
      workspace: owner,
      children: settled(owner, replicas),
      pods: this.pods,
      nodes: joined.map(({ name }) => node(`n-${name}`)),
      claims: [...this.machines.values()].map(({ name, joinsMs, goneMs }) =>
        claim(name, { ...(joinsMs <= this.nowMs ? { node: `n-${name}` } : {}), deleting: goneMs !== undefined }),
      ),
      emptySinceMs: this.emptySinceMs,
      emptyNodeGraceMs: GRACE_S * SECOND_MS,
    });
  }
}

describe("N28: nodes are given back while others are asked for", () => {
  for (const seed of [1, 2]) {
    it(`and there are never more than are needed and one, for ten minutes (seed ${seed})`, function () {
      this.timeout(120_000);
      const cluster = new Cluster(seed);
      // The most that was wanted of late: what was needed a moment ago has its grace period to go, and a second one where
      // another node joined first and took its place among those that are kept.
      const wanted: number[] = [];
      let replicas = 3;
      for (let second = 0; second < TEN_MINUTES_S; second++) {
        if (second % 45 === 44) replicas = cluster.between(0, 6);
        cluster.scale(replicas);
        if (replicas > 0 && second % 17 === 16) cluster.evict();
        if (second % 3 === 0) cluster.schedule();
        wanted.push(replicas);
        cluster.step(replicas);
        const needed = Math.max(...wanted.slice(-2 * GRACE_S - 30));
        expect(cluster.alive, `second ${second}: ${replicas} replicas`).to.be.at.most(needed + 1);
      }
      for (let second = 0; second < TEN_MINUTES_S / 2; second++) {
        cluster.scale(2);
        cluster.schedule();
        cluster.step(2);
      }
      expect(cluster.alive).to.equal(2);
      expect(cluster.machines.size).to.equal(2);
    });
  }
});
