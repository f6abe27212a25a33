import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { conditionAt, textAt } from "../../../src/core/capacity/fields.ts";
import type { FakeArmOptions } from "../../support/arm/fake-arm.ts";
import { VirtualAks } from "./virtual-aks.ts";

const MINUTE_MS = 60_000;
const NAME = "c0000000001a";
/** Names of claims, the first of them `NAME`. */
const many = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `c${String(i + 1).padStart(10, "0")}a`);

describe("claims over the fake ARM, with the limits that ship, on virtual time", () => {
  let aks: VirtualAks | undefined;
  const start = async (options: FakeArmOptions = {}): Promise<VirtualAks> => {
    aks = await VirtualAks.start(options);
    return aks;
  };
  afterEach(async () => {
    await aks?.stop();
  });

  const says = ({ claims }: VirtualAks, name: string, type: string): string => {
    const one = conditionAt(claims.get(name), type);
    return one === undefined ? "absent" : `${textAt(one, "status")} ${textAt(one, "reason")}`;
  };
  const ready = async (world: VirtualAks, ...names: readonly string[]): Promise<void> => {
    for (const name of names) world.create(name);
    await world.until("Ready", () => names.every((name) => says(world, name, "Ready") === "True Ready"));
  };
  const nothingLeft = async (world: VirtualAks): Promise<void> => {
    await world.until("nothing left", () => world.claims.names.length === 0 && world.pools().length === 0);
    expect(world.nodes.ofPool(NAME)).to.deep.equal([]);
  };

  it("N2: killed between the request and the end of the operation: no second pool", async () => {
    const world = await start();
    world.create(NAME);
    await world.until("the request", () => world.made(NAME) === 1);
    world.restart();
    await world.until("Ready", () => says(world, NAME, "Ready") === "True Ready");
    expect(world.made(NAME)).to.equal(1);
    world.delete(NAME);
    await nothingLeft(world);
  });

  it("N7: lists that are empty, cut short or fail delete nothing, however long", async () => {
    const world = await start();
    await ready(world, NAME, "c0000000002a");
    for (const effect of [
      { kind: "partial", keep: 0 },
      { kind: "partial", keep: 1 },
      { kind: "answer", status: 500 },
    ] as const) {
      world.arm.clearFaults();
      world.arm.script({ match: { call: "list" }, effect });
      await world.pass(30 * MINUTE_MS);
    }
    expect(world.arm.calls().filter(({ method }) => method === "DELETE")).to.deep.equal([]);
    expect(world.endings).to.deep.equal([]);
    expect(world.made(NAME)).to.equal(1);
  });

  it("N7: no claim that ends lets go of its pool because lists are empty, cut short or fail", async () => {
    for (const effect of [
      { kind: "partial", keep: 0 },
      { kind: "partial", keep: 1 },
      { kind: "partial", keep: 2 },
      { kind: "answer", status: 500 },
    ] as const) {
      const world = await start({ deleteMs: 5 * MINUTE_MS });
      const names = [NAME, "c0000000002a"];
      await ready(world, ...names);
      world.arm.script({ match: { call: "list" }, times: 40, effect });
      for (const name of names) world.delete(name);
      await world.until("nothing left", () => {
        expect(names.filter((name) => world.claims.has(name))).to.include.members([...world.pools()]);
        return world.claims.names.length === 0;
      });
      await world.stop();
    }
    aks = undefined;
  });

  it("fifty that come and go at once cost a request each way for each, and a few for all", async () => {
    const world = await start({ throttle: { on: true, burst: 1, refill: 1 } });
    const names = Array.from({ length: 50 }, (_, i) => `c00000000${String(i).padStart(2, "0")}a`);
    await ready(world, ...names);
    const calls = (from: number): { readonly [call: string]: number } => {
      const counts = new Map<string, number>();
      for (const { call = "" } of world.arm.calls(from)) counts.set(call, (counts.get(call) ?? 0) + 1);
      return Object.fromEntries(counts);
    };
    expect(calls(0)).to.deep.include({ put: 50 }).and.not.have.property("get");
    const before = world.arm.calls().length;
    for (const name of names) world.delete(name);
    await nothingLeft(world);
    const made = calls(before);
    expect(made).to.deep.include({ delete: 50 }).and.not.have.property("get");
    expect(Number(made["list"]) + Number(made["cluster"])).to.be.below(40);
    expect(world.arm.calls().filter(({ status }) => status === 429)).to.deep.equal([]);
  });

  it("N11: a storm of a thousand 429 with Retry-After 30: never asked before its time, and no claim is lost", async () => {
    const world = await start();
    const names = ["c0000000001a", "c0000000002a", "c0000000003a"];
    world.arm.script({ match: {}, times: 1000, effect: { kind: "throttle", retryAfterSeconds: 30 } });
    for (const name of names) world.create(name);
    const refused = (): number => world.arm.calls().filter(({ status }) => status === 429).length;
    await world.until("the storm to be over", () => refused() === 1000, 24 * 60 * MINUTE_MS);
    await world.until("Ready", () => names.every((name) => says(world, name, "Ready") === "True Ready"));
    const calls = world.arm.calls();
    const pausesMs = calls.flatMap(({ status, atMs }, i) => (status === 429 ? [(calls[i + 1]?.atMs ?? 0) - atMs] : []));
    expect(Math.min(...pausesMs)).to.be.at.least(30_000);
    expect(world.endings).to.deep.equal([]);
    for (const name of names) expect(world.made(name)).to.equal(1);
  });

  it("N15: a pool that fails after it was accepted goes, with its claim, and the reason is told first", async () => {
    const world = await start();
    world.arm.script({
      match: { call: "put" },
      times: 1,
      effect: { kind: "refuse", code: "AllocationFailed", later: true },
    });
    world.create(NAME);
    await nothingLeft(world);
    expect(world.endings.map(({ reason }) => reason)).to.deep.equal(["AllocationFailed"]);
    await ready(world, NAME);
    expect(world.pools()).to.deep.equal([NAME]);
  });

  it("a policy that forbids the pool is told, asked for every five minutes and after a restart, and over when it is", async () => {
    const world = await start();
    const error = { code: "RequestDisallowedByPolicy", message: `Resource '${NAME}' was disallowed by policy.` };
    world.arm.script({ match: { call: "put" }, effect: { kind: "answer", status: 403, error } });
    world.create(NAME);
    const puts = () => world.arm.calls().filter(({ call }) => call === "put").length;
    await world.pass(59 * MINUTE_MS);
    expect(says(world, NAME, "Launched")).to.equal("False InvalidRequest");
    expect(puts()).to.equal(12);
    world.restart();
    await world.pass(MINUTE_MS);
    expect([puts(), says(world, NAME, "Launched")]).to.deep.equal([13, "False InvalidRequest"]);
    world.arm.clearFaults();
    await world.until("Ready", () => says(world, NAME, "Ready") === "True Ready", 10 * MINUTE_MS);
    expect([world.made(NAME), world.endings]).to.deep.equal([1, []]);
  });

  it("N15: a pool that turns out wrong after it was accepted goes, its claim stays, and five minutes later it is made again", async () => {
    const world = await start();
    const error = {
      code: "InvalidParameter",
      message: "The value of parameter agentPoolProfile.vnetSubnetID is invalid.",
    };
    world.arm.script({ match: { call: "put" }, times: 3, effect: { kind: "fail", error, afterMs: 30_000 } });
    world.create(NAME);
    await world.until("its failure", () => says(world, NAME, "Launched") === "False InvalidRequest", 2 * MINUTE_MS);
    await world.until("the end of its pool", () => world.pools().length === 0, 5 * MINUTE_MS);
    expect(says(world, NAME, "Launched")).to.equal("False InvalidRequest");
    await world.until("Ready", () => says(world, NAME, "Ready") === "True Ready");
    const puts = world.arm.calls().filter(({ call }) => call === "put");
    const pausesMs = puts.slice(1).map(({ atMs }, i) => atMs - (puts[i]?.atMs ?? 0));
    expect(puts.length).to.equal(4);
    expect(Math.min(...pausesMs)).to.be.at.least(5 * MINUTE_MS);
    expect(world.endings).to.deep.equal([]);
  });

  it("N16: an operation that never ends: given up after 20 min, and the pool goes", async () => {
    const world = await start();
    world.arm.script({ match: { call: "put" }, times: 1, effect: { kind: "lasts", ms: "for-ever" } });
    world.create(NAME);
    await nothingLeft(world);
    expect(world.endings.map(({ reason }) => reason)).to.deep.equal(["LaunchTimeout"]);
    expect(world.endings[0]?.afterMs).to.be.within(20 * MINUTE_MS, 21 * MINUTE_MS);
  });

  it("N17: a node that never registers: given up 15 min after its machine ran; then another is made", async () => {
    const world = await start();
    world.nodes.comesUp = { registers: false, offersGpus: true };
    world.create(NAME);
    await nothingLeft(world);
    expect(world.endings.map(({ reason }) => reason)).to.deep.equal(["RegistrationTimeout"]);
    expect(world.endings[0]?.afterMs).to.be.within(18 * MINUTE_MS, 20 * MINUTE_MS);
    world.nodes.comesUp = { registers: true, offersGpus: true };
    await ready(world, NAME);
    expect(world.pools()).to.deep.equal([NAME]);
  });

  it("N18: a node whose GPUs never come is never initialized, and replaced after 30 min", async () => {
    const world = await start();
    world.nodes.comesUp = { registers: true, offersGpus: false };
    world.create(NAME);
    await world.until("Registered", () => says(world, NAME, "Registered") === "True Registered");
    await world.pass(29 * MINUTE_MS);
    expect(says(world, NAME, "Initialized")).to.equal("Unknown ResourceNotRegistered");
    expect(world.endings).to.deep.equal([]);
    await nothingLeft(world);
    expect(world.endings.map(({ reason }) => reason)).to.deep.equal(["NodeRepair"]);
  });

  it("N18: of six nodes one loses its GPUs while nothing runs there: it alone is replaced, after 30 min", async () => {
    const world = await start();
    const names = many(6);
    await ready(world, ...names);
    world.nodes.offerGpus(NAME, false);
    await world.pass(29 * MINUTE_MS);
    expect(world.endings).to.deep.equal([]);
    await world.until("its claim to go", () => !world.claims.has(NAME), 10 * MINUTE_MS);
    expect(world.endings.map(({ claim, reason }) => `${claim} ${reason}`)).to.deep.equal([`${NAME} NodeRepair`]);
    await ready(world, NAME);
    expect(world.pools().toSorted()).to.deep.equal(names.toSorted());
  });

  it("N19: a device plugin that is broken everywhere, on nodes that come over ten minutes: none is replaced, and all are used once it is mended", async () => {
    const world = await start();
    world.nodes.comesUp = { registers: true, offersGpus: false };
    const names = many(12);
    for (const name of names) {
      world.create(name);
      await world.pass(50_000);
    }
    await world.pass(120 * MINUTE_MS);
    expect(world.endings).to.deep.equal([]);
    expect(world.events().join("\n")).to.match(/^NodeRepairBlocked .* because 12 of 12 nodes are out of order$/m);
    for (const name of names) world.nodes.offerGpus(name, true);
    await world.until("Ready", () => names.every((name) => says(world, name, "Ready") === "True Ready"), MINUTE_MS);
    for (const name of names) world.nodes.offerGpus(name, false);
    await world.pass(120 * MINUTE_MS);
    expect(world.endings).to.deep.equal([]);
    for (const name of names) expect(world.made(name)).to.equal(1);
  });

  it("N20: a pool deleted in the portal takes claim and Node along, and nobody else's", async () => {
    const world = await start();
    await ready(world, NAME, "c0000000002a");
    world.arm.portalDelete(NAME);
    await world.until("its claim to go", () => !world.claims.has(NAME));
    expect(world.endings.map(({ claim, reason }) => `${claim} ${reason}`)).to.deep.equal([`${NAME} MachineGone`]);
    expect(world.pools()).to.deep.equal(["c0000000002a"]);
  });

  it("N21: a pool of ours without a claim goes when it is ten minutes old; those of others never, whatever their names", async () => {
    const world = await start();
    await ready(world, "c0000000002a");
    const tags = (cluster: string) => ({
      "foresail-cluster": cluster,
      "foresail-claim": NAME,
      "foresail-claim-uid": "gone",
      "foresail-created-at": "2026-11-28T12:00:00Z",
    });
    const body = { vmSize: "Standard_NC24ads_A100_v4", count: 1 };
    const own = JSON.stringify(world.arm.state().pools.find(({ name }) => name === "c0000000002a")?.body);
    const cluster = /"foresail-cluster":"([^"]+)"/.exec(own)?.[1] ?? "";
    world.arm.portalPut(NAME, { properties: { ...body, tags: tags(cluster) } });
    world.arm.portalPut("c0000000003a", { properties: { ...body, tags: tags("another cluster") } });
    world.arm.portalPut("c0000000004a", { properties: body });
    await world.pass(9 * MINUTE_MS);
    expect(world.pools()).to.include(NAME);
    await world.until("the orphan to go", () => !world.pools().includes(NAME), 10 * MINUTE_MS);
    await world.pass(120 * MINUTE_MS);
    expect(world.pools().toSorted()).to.deep.equal(["c0000000002a", "c0000000003a", "c0000000004a"]);
  });

  it("N22: a name that no pool can have is told, and nothing is asked for", async () => {
    const world = await start();
    world.create("workspace-phi-4");
    await world.pass(30 * MINUTE_MS);
    expect(says(world, "workspace-phi-4", "Launched")).to.equal("False InvalidRequest");
    expect(world.arm.calls().filter(({ method }) => method === "PUT")).to.deep.equal([]);
    world.delete("workspace-phi-4");
    await nothingLeft(world);
  });

  for (const deleteWhileCreating of ["cancels", "conflict"] as const) {
    it(`N23: deleted while its pool is being made, where AKS answers with ${deleteWhileCreating}: no pool after two sweeps`, async () => {
      const world = await start({ deleteWhileCreating });
      world.create(NAME);
      await world.until("the request", () => world.made(NAME) === 1);
      world.delete(NAME);
      await nothingLeft(world);
      await world.pass(5 * MINUTE_MS);
      expect(world.pools()).to.deep.equal([]);
    });
  }

  it("N24: a spot machine that is taken away: its claim goes after 5 min, and the pool with it; the next of the name is another", async () => {
    const world = await start();
    await ready(world, NAME, "c0000000002a");
    world.arm.evict(NAME);
    await world.until("the claim to go", () => !world.claims.has(NAME));
    expect(world.endings.map(({ claim, reason }) => `${claim} ${reason}`)).to.deep.equal([`${NAME} NodeRepair`]);
    expect(world.pools()).to.deep.equal(["c0000000002a"]);
    await ready(world, NAME);
    expect(world.made(NAME)).to.equal(2);
  });

  it("N24: a claim of the name of one that is gone without its pool does not take that pool over", async () => {
    const world = await start();
    await ready(world, NAME, "c0000000002a");
    // As if somebody had taken its finalizer off.
    world.claims.purge(NAME);
    world.create(NAME);
    await world.pass(2 * MINUTE_MS);
    expect(says(world, NAME, "Launched")).to.equal("Unknown NameTaken");
    await world.until("Ready", () => says(world, NAME, "Ready") === "True Ready");
    expect(world.made(NAME)).to.equal(2);
  });
});
