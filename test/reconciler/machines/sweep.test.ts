import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { pino } from "pino";
import { Registry } from "prom-client";
import { CloudError } from "../../../src/cloud/cloud.ts";
import type { Machine } from "../../../src/core/machine/machine.ts";
import { ORPHAN_AGE_MS } from "../../../src/core/machine/orphans.ts";
import { connect } from "../../../src/kube/connect.ts";
import type { Kube } from "../../../src/kube/kube.ts";
import type { MachineHands } from "../../../src/reconciler/machines/act.ts";
import { createMachineMemory } from "../../../src/reconciler/machines/memory.ts";
import { machineMetrics } from "../../../src/reconciler/machines/metrics.ts";
import { createSight } from "../../../src/reconciler/machines/sight.ts";
import { sweepMachines } from "../../../src/reconciler/machines/sweep.ts";
import { CLUSTER, claim, failure, machine } from "../../core/machine/facts.ts";
import { FakeApiServer, isList } from "../../kube/support/api-server.ts";
import { statusOf } from "../../kube/support/rest.ts";
import { handClock } from "./hand-clock.ts";

const CLAIMS = "/apis/karpenter.sh/v1/nodeclaims";
const signal = new AbortController().signal;
const system: Machine = { name: "system", state: "running", instanceType: "Standard_D2", capacityType: "on-demand" };

// The server of these tests names UIDs itself, and none like this.
const owner = { cluster: CLUSTER, claim: "c0123456789a", claimUid: "gone", createdMs: 0 };
const orphan = machine({ owner });

describe("a sweep", () => {
  let server: FakeApiServer;
  let kube: Kube;
  let hands: MachineHands;
  let machines: readonly Machine[];
  let refusal: CloudError | undefined;
  const { clock, advance } = handClock();
  const removed: string[] = [];
  const registry = new Registry();

  beforeEach(async () => {
    server = await FakeApiServer.start();
    kube = await connect({ kubeconfig: server.kubeconfig() });
    registry.clear();
    removed.length = 0;
    refusal = undefined;
    machines = [system, orphan];
    const memory = createMachineMemory(clock);
    const cloud = {
      list: async () => {
        if (refusal !== undefined) throw refusal;
        return machines;
      },
      get: async () => undefined,
      names: async () => new Set(machines.map(({ name }) => name)),
      create: async () => {},
      remove: async ({ name }: Pick<Machine, "name">) => void removed.push(name),
    };
    const sight = createSight(cloud, clock);
    const metrics = machineMetrics(registry, (fact) => memory.count(fact));
    const log = pino({ level: "silent" });
    hands = { kube, sight, memory, metrics, log, mayWrite: () => true, caches: undefined as never };
    put("other");
  });
  afterEach(async () => {
    await kube.close();
    await server.stop();
  });

  const put = (name: string) => {
    const object = claim({ metadata: { name, uid: `uid-${name}` } });
    return server.store.put(`${CLAIMS}/${name}`, object as Parameters<typeof server.store.put>[1]);
  };
  const sweepAfter = async (ms: number) => {
    advance(ms);
    return await sweepMachines(hands, CLUSTER, signal);
  };
  const metric = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value;

  it("N21: two of them, ten minutes apart, remove a machine without a claim, and count it", async () => {
    await sweepAfter(0);
    expect(await metric("foresail_machine_orphans")).to.equal(1);
    await sweepAfter(ORPHAN_AGE_MS - 1);
    expect(removed).to.deep.equal([]);
    await sweepAfter(1);
    expect(removed).to.deep.equal(["c0123456789a"]);
    expect(await metric("foresail_machine_orphans_removed_total")).to.equal(1);
  });

  it("N7: one that fails in between starts the count again", async () => {
    await sweepAfter(0);
    refusal = new CloudError(failure("Unavailable"));
    const failed = await sweepAfter(ORPHAN_AGE_MS).then(() => "swept", String);
    expect(failed).to.match(/Unavailable/);
    refusal = undefined;
    await sweepAfter(ORPHAN_AGE_MS);
    expect(removed).to.deep.equal([]);
  });

  it("N5: a list of claims that fails removes nothing", async () => {
    await sweepAfter(0);
    server.next(isList, (_, response) => void statusOf(response, 500, "InternalError"));
    const failed = await sweepAfter(ORPHAN_AGE_MS).then(() => "swept", String);
    expect(failed).to.match(/InternalError/);
    expect(removed).to.deep.equal([]);
  });

  it("a claim that a list lacked and that is there when asked for by name keeps its machine", async () => {
    await sweepAfter(0);
    const kept = put("c0123456789a");
    machines = [system, machine({ owner: { ...owner, claimUid: kept.metadata.uid ?? "" } })];
    // The suspicion was of this very claim.
    hands.memory.suspects([`c0123456789a/${kept.metadata.uid}`]);
    server.next(isList, (_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const other = { metadata: { name: "other", uid: "uid-other" } };
      response.end(
        JSON.stringify({ kind: "List", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: [other] }),
      );
    });
    await sweepAfter(ORPHAN_AGE_MS);
    expect(removed).to.deep.equal([]);
  });

  it("wakes claims whose machine the cloud does not list, and tells the newest images", async () => {
    machines = [{ ...system, imageVersion: "AKSUbuntu-2204-202511.1.0" }];
    const conditions = [{ type: "Launched", status: "True", reason: "Launched", message: "" }];
    const path = `${CLAIMS}/lost`;
    server.store.put(
      path,
      claim({ metadata: { name: "lost", uid: "uid-lost" }, status: { conditions } }) as Parameters<
        typeof server.store.put
      >[1],
    );
    const swept = await sweepAfter(0);
    expect(swept.missing).to.deep.equal(["lost"]);
    expect(swept.newest.images).to.deep.equal({ "AKSUbuntu-2204": "202511.1.0" });
  });
});
