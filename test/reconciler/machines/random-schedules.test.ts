import { expect } from "chai";
import { describe, it } from "mocha";
import { conditionAt, textAt } from "../../../src/core/capacity/fields.ts";
import { randomFrom } from "../../fuzz/random.ts";
import { randomSchedule, seedOfRun } from "../../support/arm/schedule.ts";
import { VirtualAks } from "./virtual-aks.ts";

const MINUTE_MS = 60_000;
const CLAIMS = 4;
const TURMOIL_MINUTES = 90;
const FAULTS_A_MINUTE = 2;
// A sample; one given alone is replayed alone.
const FULL = process.env["FORESAIL_TEST_FULL"] === "1";
const SEEDS = FULL ? 100 : process.env["FORESAIL_TEST_SEED"] === undefined ? 4 : 1;

/**
 * A bad day of ARM, with a planner that asks anew for every claim that went, restarts and deletions in between; then calm.
 * The same seed is the same day.
 */
async function day(seed: number): Promise<void> {
  const random = randomFrom(seed);
  // Pauses are spread by chance; here by that of the seed.
  const chance = Math.random;
  Math.random = () => random.next();
  const deleteWhileCreating = random.pick(["cancels", "conflict"] as const);
  const world = await VirtualAks.start({ seed, deleteWhileCreating });
  try {
    const faults = randomSchedule(seed, TURMOIL_MINUTES * FAULTS_A_MINUTE);
    const names = Array.from({ length: CLAIMS }, (_, i) => `c000000000${i}a`);
    const ask = (): void => {
      for (const name of names) if (!world.claims.has(name)) world.create(name);
    };
    for (let minute = 0; minute < TURMOIL_MINUTES; minute++) {
      ask();
      world.arm.script(...faults.slice(minute * FAULTS_A_MINUTE, (minute + 1) * FAULTS_A_MINUTE));
      await world.pass(MINUTE_MS);
      const wind = random.below(20);
      if (wind === 0) world.restart();
      else if (wind === 1) world.delete(random.pick(names));
      else if (wind === 2) world.arm.portalDelete(random.pick(names));
    }
    world.arm.clearFaults();
    // What was taken away at the last moment is missed by then.
    for (let minute = 0; minute < 60; minute++) {
      ask();
      await world.pass(MINUTE_MS);
    }
    const isReady = (name: string): boolean => {
      ask();
      return textAt(conditionAt(world.claims.get(name), "Ready"), "status") === "True";
    };
    await world.until("every claim Ready", () => names.every(isReady), 6 * 60 * MINUTE_MS);
    const ended = world.endings.length;
    await world.pass(30 * MINUTE_MS);
    expect(world.endings.slice(ended), "ended in the calm").to.deep.equal([]);
    expect(world.pools().toSorted(), "pools").to.deep.equal(names);
    for (const name of names) expect(world.nodes.ofPool(name), `nodes of ${name}`).to.have.length(1);
    for (const name of names) world.delete(name);
    const isOver = () => world.claims.names.length === 0 && world.pools().length === 0;
    await world.until("nothing left", isOver, 6 * 60 * MINUTE_MS);
    for (const name of names) expect(world.nodes.ofPool(name), `nodes of ${name}`).to.have.length(0);
  } finally {
    Math.random = chance;
    await world.stop();
  }
}

describe("claims on bad days of ARM, with the limits that ship, on virtual time", () => {
  const first = seedOfRun();
  for (let seed = first; seed < first + SEEDS; seed++) {
    it(`seed ${seed}: pools are those of the claims, and nothing is left of them`, async function () {
      this.timeout(120_000);
      await day(seed);
    });
  }
});
