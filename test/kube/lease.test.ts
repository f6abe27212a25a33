import { expect } from "chai";
import { describe, it } from "mocha";
import type { ElectionOptions } from "../../src/kube/lease.ts";
import { leaseHolder, leaseSpec } from "../../src/kube/lease-record.ts";
import { electorate, LEASE_PATH } from "./support/electorate.ts";

describe("leader election", () => {
  it("has one leader, who renews, and a follower who knows him", async () => {
    const { join, pass, leaders, lease, server } = electorate();
    const a = join("a");
    await pass(1_000);
    const b = join("b");
    await pass(60_000);
    expect(leaders()).to.deep.equal(["a"]);
    expect([a.election.holder(), b.election.holder()]).to.deep.equal(["a", "a"]);
    expect(server.writes.filter(({ by }) => by === "b")).to.deep.equal([]);
    expect(server.writes.length).to.be.within(29, 32);
    expect(leaseSpec(lease()!)).to.deep.include({ leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(leaseSpec(lease()!)["renewTime"]).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  it("hands over at once when the leader leaves, after its work has ended", async () => {
    const { join, pass, leaders, lease, log, time } = electorate();
    const work = Promise.withResolvers<void>();
    const a = join("a", undefined, { onStartedLeading: () => work.promise });
    await pass(1_000);
    join("b");
    await pass(5_000);
    a.leave();
    await pass(1_000);
    expect(leaseHolder(lease()!), "still at work").to.equal("a");
    expect(leaders()).to.deep.equal([]);
    work.resolve();
    await a.election.done;
    expect(leaseHolder(lease()!)).to.equal(undefined);
    const leftMs = time.nowMs;
    await pass(3_000);
    expect(leaders()).to.deep.equal(["b"]);
    expect(log.at(-1)?.atMs).to.be.at.most(leftMs + 2_500);
  });

  it("stops a leader that cannot renew before its lease expires, and only then starts another", async () => {
    for (const outcome of ["hang", "lost-request", "lost-answer"] as const) {
      const { join, pass, log, server, time } = electorate();
      let broken = false;
      join("a", () => ({ outcome: broken ? outcome : "ok", latencyMs: 0 }));
      await pass(1_000);
      join("b");
      await pass(20_000);
      broken = true;
      const brokenMs = time.nowMs;
      const lastMs = Math.max(...server.writes.map(({ atMs }) => atMs));
      await pass(60_000);
      const [started, stopped, taken] = log;
      expect(started).to.include({ what: "started", who: "a" });
      expect(stopped, outcome).to.include({ what: "stopped", who: "a" });
      expect(stopped?.atMs).to.be.at.most(lastMs + 10_100);
      expect(taken, outcome).to.include({ what: "started", who: "b" });
      expect(taken?.atMs).to.be.at.least(Math.max(lastMs + 15_000, (stopped?.atMs ?? 0) + 1));
      expect(taken?.atMs, "not for ever").to.be.at.most(brokenMs + 30_000);
    }
  });

  it("a paused leader is none when it wakes up, whatever its timers say", async () => {
    const { join, pass, leaders, log, server } = electorate();
    const a = join("a");
    await pass(1_000);
    join("b");
    await pass(5_000);
    a.clock.pause();
    await pass(60_000);
    expect(leaders()).to.deep.equal(["b"]);
    const writes = server.writes.length;
    a.clock.resume();
    await pass(500);
    expect(server.writes.slice(writes).filter(({ by }) => by === "a")).to.deep.equal([]);
    expect(log.map(({ what, who }) => `${who} ${what}`)).to.deep.equal(["a started", "b started", "a stopped"]);
  });

  it("loses a lease that somebody else took or deleted, and competes again", async () => {
    const { join, pass, leaders, log, server, lease } = electorate();
    join("a");
    await pass(5_000);
    server.store.put(LEASE_PATH, { ...lease()!, spec: { ...leaseSpec(lease()!), holderIdentity: "intruder" } });
    await pass(3_000);
    expect(leaders()).to.deep.equal([]);
    await pass(20_000);
    expect(leaders()).to.deep.equal(["a"]);
    expect(leaseSpec(lease()!)["leaseTransitions"]).to.equal(1);
    server.store.delete(LEASE_PATH);
    await pass(6_000);
    expect(leaders()).to.deep.equal(["a"]);
    expect(log.map(({ what }) => what)).to.deep.equal(["started", "stopped", "started", "stopped", "started"]);
  });

  it("keeps a lease whose renewal went through without an answer, or that was edited", async () => {
    const { join, pass, log, server, lease } = electorate();
    let calls = 0;
    join("a", () => ({ outcome: calls++ === 3 ? "lost-answer" : "ok", latencyMs: 0 }));
    await pass(10_000);
    server.store.put(LEASE_PATH, { ...lease()!, metadata: { ...lease()!.metadata, labels: { edited: "yes" } } });
    await pass(20_000);
    expect(log.map(({ what }) => what)).to.deep.equal(["started"]);
    expect(lease()!.metadata.labels).to.deep.equal({ edited: "yes" });
  });

  it("does not trust a lease that carries its own name", async () => {
    const { join, pass, leaders, lease, server } = electorate();
    const first = join("twin");
    await pass(1_000);
    join("twin");
    await pass(30_000);
    expect(leaders()).to.have.length(1);
    expect(first.election.isLeader()).to.equal(true);
    expect(leaseHolder(lease()!)).to.equal("twin");
    expect(server.writes.length).to.be.below(20);
  });

  it("reports what the callbacks throw and goes on", async () => {
    const { join, pass, leaders, errors } = electorate();
    const onStartedLeading = () => Promise.reject(new Error("work failed"));
    const a = join("a", undefined, {
      onStartedLeading,
      onStoppedLeading: () => {
        throw new Error("stop failed");
      },
    });
    await pass(5_000);
    expect(leaders()).to.deep.equal(["a"]);
    a.leave();
    await a.election.done;
    expect(errors.map(({ message }) => message)).to.deep.equal(["work failed", "stop failed"]);
  });

  it("refuses times that would allow two leaders", () => {
    const { join } = electorate();
    const bad: [Partial<ElectionOptions>, string][] = [
      [{ renewDeadlineMs: 15_000 }, "each must be shorter"],
      [{ retryPeriodMs: 10_000 }, "each must be shorter"],
      [{ leaseDurationMs: 10_500 }, "whole seconds"],
      [{ identity: "" }, "identity is empty"],
    ];
    for (const [more, message] of bad) expect(() => join("a", undefined, more)).to.throw(RangeError, message);
  });
});
