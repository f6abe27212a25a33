import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { connect } from "../../src/kube/connect.ts";
import { elect } from "../../src/kube/lease.ts";
import { FakeApiServer } from "./support/api-server.ts";
import { electorate } from "./support/electorate.ts";
import type { Fate } from "./support/lease-server.ts";
import { until } from "./support/until.ts";

describe("leader election, in any weather", () => {
  it("has at most one leader at any time, and one again when the weather clears", async () => {
    const fate: fc.Arbitrary<Fate> = fc.record({
      outcome: fc.constantFrom("ok", "ok", "ok", "lost-request", "lost-answer", "hang"),
      latencyMs: fc.constantFrom(0, 0, 100, 700, 3_000, 8_000),
    });
    const weather = fc.record({
      fates: fc.array(fate, { minLength: 1, maxLength: 30 }),
      pauses: fc.array(fc.nat(2), { maxLength: 4 }),
      leaver: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(weather, async ({ fates, pauses, leaver }) => {
        const { join, pass, leaders } = electorate();
        let storm = true;
        let calls = 0;
        const next = (): Fate => (storm ? fates[calls++ % fates.length]! : { outcome: "ok", latencyMs: 0 });
        const all = ["a", "b", "c"].map((identity) => join(identity, next));
        await pass(5_000);
        for (const paused of pauses) {
          all[paused]?.clock.pause();
          await pass(17_000);
          all[paused]?.clock.resume();
          await pass(3_000);
        }
        all[leaver]?.leave();
        await pass(20_000);
        storm = false;
        await pass(45_000);
        expect(leaders()).to.have.length(1);
      }),
      { numRuns: 40 },
    );
  });

  it("elects over a real connection", async () => {
    const server = await FakeApiServer.start();
    const kube = await connect({ kubeconfig: server.kubeconfig() });
    const controllers = [new AbortController(), new AbortController()];
    const elections = controllers.map(({ signal }, index) =>
      elect(kube, {
        namespace: "kube-system",
        name: "foresail",
        identity: `candidate-${index}`,
        leaseDurationMs: 3_000,
        renewDeadlineMs: 2_000,
        retryPeriodMs: 50,
        signal,
        onStartedLeading: () => {},
      }),
    );
    await until("one leads", () => elections.some((each) => each.isLeader()));
    const first = elections[0]!.isLeader() ? 0 : 1;
    expect(elections[1 - first]!.isLeader()).to.equal(false);
    controllers[first]!.abort(new Error("leaving"));
    await elections[first]!.done;
    await until("the other leads", () => elections[1 - first]!.isLeader());
    controllers[1 - first]!.abort(new Error("leaving"));
    await elections[1 - first]!.done;
    await kube.close();
    await server.stop();
  });
});
