import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { Registry } from "prom-client";
import { aksCloud, aksFlags } from "../../../src/cli/aks-flags.ts";
import type { CloudFactory } from "../../../src/cloud/cloud.ts";
import { connect } from "../../../src/kube/connect.ts";
import { defaultOf } from "../../../src/option.ts";
import { actOnMachine } from "../../../src/reconciler/machines/act.ts";
import { createMachineMemory } from "../../../src/reconciler/machines/memory.ts";
import { machineMetrics } from "../../../src/reconciler/machines/metrics.ts";
import { createSight } from "../../../src/reconciler/machines/sight.ts";
import { armServer } from "../../cloud/aks/support/arm-server.ts";
import { CLUSTER, options, POOLS, pool } from "../../cloud/aks/support/provider.ts";
import { claim, only, planned, world } from "../../core/machine/facts.ts";
import { FakeApiServer } from "../../kube/support/api-server.ts";
import { handClock } from "./hand-clock.ts";

const CLAIM = "/apis/karpenter.sh/v1/nodeclaims/c0123456789a";
const signal = new AbortController().signal;

/** As the command makes it. */
function made(armEndpoint: string): CloudFactory {
  const { subscriptionId, resourceGroup, clusterName, region } = options();
  const defaults = Object.fromEntries(Object.entries(aksFlags).map(([name, option]) => [name, defaultOf(option)]));
  const stated = { subscription: subscriptionId, resourceGroup, clusterName, region, armEndpoint };
  const factory = aksCloud({ ...defaults, ...stated } as Parameters<typeof aksCloud>[0]);
  if (typeof factory === "string") throw new Error(factory);
  return factory;
}

describe("what an agent pool cannot carry", () => {
  it("is told by an event of the claim, once, however often the pool is asked for", async () => {
    const arm = await armServer();
    arm.answer = ({ path }) => (path === POOLS ? { status: 200, body: { value: [] } } : { status: 201, body: pool() });
    const server = await FakeApiServer.start();
    const { clock } = handClock();
    const memory = createMachineMemory(clock);
    const cloud = made(arm.origin)(CLUSTER, (machine, keys) => memory.leavesOut(machine, keys));
    const kube = await connect({ kubeconfig: server.kubeconfig() });
    const hands = {
      kube,
      memory,
      sight: createSight(cloud, clock),
      metrics: machineMetrics(new Registry(), (fact) => memory.count(fact)),
      log: pino({ level: "silent" }),
      mayWrite: () => true,
      caches: undefined as never,
    };
    const live = server.store.put(CLAIM, claim() as never);
    const action = only(planned(), "createMachine");
    for (let i = 0; i < 2; i += 1) await actOnMachine(hands, world(), live, [action], signal);
    cloud.close();
    await kube.close();
    await Promise.all([server.stop(), arm.close()]);
    const events = server.seen.filter(({ method, url }) => method === "POST" && url.pathname.endsWith("/events"));
    expect(events).to.have.length(1);
    const { type, reason, note, regarding } = JSON.parse(events[0]?.body ?? "{}");
    expect({ type, reason, name: regarding.name }).to.deep.equal({
      type: "Normal",
      reason: "LeftOutOfPool",
      name: "c0123456789a",
    });
    expect(note).to.match(/cannot carry app\.kubernetes\.io\/managed-by: /);
  });
});
