import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import type { Quota } from "../../../src/core/machine/failure.ts";
import type { Clock } from "../../../src/kube/clock.ts";
import { createQuotas } from "../../../src/reconciler/machines/quotas.ts";
import { until } from "../../kube/support/until.ts";
import { handClock } from "./hand-clock.ts";

const READ = new Map([["Standard_NC24ads_A100_v4", { name: "family", limitCores: 24, usedCores: 24 }]]);
const log = pino({ level: "silent" });

/** Quotas over a clock that sleeps until it is told. */
function started(answer: () => Promise<ReadonlyMap<string, Quota>>) {
  const leading = new AbortController();
  const slept: (() => void)[] = [];
  const asleepMs: number[] = [];
  const clock: Clock = {
    ...handClock().clock,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        asleepMs.push(ms);
        slept.push(resolve);
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  };
  let changes = 0;
  const quotas = createQuotas({ quotas: answer }, clock, log, () => changes++);
  const ended = quotas.readUntil(leading.signal);
  return {
    quotas,
    changes: () => changes,
    asleepMs,
    rested: () => until("a reading to be over", () => slept.length > 0),
    wake: () => {
      for (const one of slept.splice(0)) one();
    },
    end: async () => {
      leading.abort(new Error("the test ends"));
      await ended;
    },
  };
}

describe("quotas of the cloud", () => {
  it("are read by who leads, every ten minutes, and told", async () => {
    let reads = 0;
    const running = started(async () => {
      reads++;
      return READ;
    });
    await running.rested();
    expect(running.quotas.known).to.equal(READ);
    expect(running.changes()).to.equal(1);
    expect(running.asleepMs[0]).to.be.within(600_000, 660_000);
    running.wake();
    await running.rested();
    expect(reads).to.equal(2);
    await running.end();
    expect(running.quotas.known).to.equal(undefined);
  });

  it("that grew are known, and told, with the next reading", async () => {
    let answer = READ;
    const running = started(async () => answer);
    await running.rested();
    const grown = new Map([["Standard_NC24ads_A100_v4", { name: "family", limitCores: 48, usedCores: 24 }]]);
    answer = grown;
    expect(running.quotas.known).to.equal(READ);
    running.wake();
    await running.rested();
    expect(running.quotas.known).to.equal(grown);
    expect(running.changes()).to.equal(2);
    await running.end();
  });

  it("are not known while they cannot be read: then the cloud is asked", async () => {
    let answer = async (): Promise<ReadonlyMap<string, Quota>> => READ;
    const running = started(() => answer());
    await running.rested();
    answer = () => Promise.reject(new Error("503"));
    running.wake();
    await running.rested();
    expect(running.quotas.known).to.equal(undefined);
    await running.end();
  });

  it("say nothing any more once a machine is gone, also a reading that was under way then", async () => {
    const releases: ((found: ReadonlyMap<string, Quota>) => void)[] = [];
    const running = started(() => new Promise((resolve) => releases.push(resolve)));
    await until("a reading", () => releases.length === 1);
    running.quotas.outdated();
    releases[0]?.(READ);
    await running.rested();
    expect(running.quotas.known).to.equal(undefined);
    running.wake();
    await until("another reading", () => releases.length === 2);
    releases[1]?.(READ);
    await running.rested();
    expect(running.quotas.known).to.equal(READ);
    running.quotas.outdated();
    expect(running.quotas.known).to.equal(undefined);
    expect(running.changes()).to.equal(2);
    await running.end();
  });
});
