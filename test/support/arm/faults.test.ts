import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import {
  type ArmUnderTest,
  armUnderTest,
  codeOf,
  errorOf,
  failureOf,
  LONG_MS,
  namesOf,
  pollOf,
  SIZE,
  stateOf,
  stopArms,
} from "./arm.ts";
import type { Effect, Fault, TroubleCode } from "./faults.ts";

const put = (effect: Effect, more: Partial<Fault["match"]> = {}): Fault => ({
  match: { call: "put", ...more },
  times: 1,
  effect,
});
const names = (arm: ArmUnderTest) => arm.state().pools.map(({ name }) => name);

describe("fake ARM: scripted faults", () => {
  afterEach(stopArms);

  it("429 with Retry-After and without, where the text tells the seconds", async () => {
    const arm = await armUnderTest();
    arm.script(put({ kind: "throttle", retryAfterSeconds: 30 }), put({ kind: "throttle" }, { nth: 2 }));
    const first = await arm.put("c1");
    expect([first.status, codeOf(first), first.headers.get("retry-after")]).to.deep.equal([429, "Throttled", "30"]);
    const second = await arm.put("c1");
    expect([second.status, second.headers.get("retry-after")]).to.deep.equal([429, null]);
    expect(errorOf(second).message).to.match(
      /PutAgentPoolHandler request limit has been exceeded.*retry again in 30 seconds/,
    );
    expect((await arm.put("c1")).status).to.equal(201);
  });

  it("500 once, then it works; any answer with any body and header", async () => {
    const arm = await armUnderTest();
    arm.script(
      put({ kind: "answer", status: 500, error: { code: "InternalServerError", message: "retry" }, shape: "flat" }),
    );
    const failed = await arm.put("c1");
    expect([failed.status, failed.body.code, names(arm)]).to.deep.equal([500, "InternalServerError", ["system"]]);
    arm.script(put({ kind: "answer", status: 503, headers: { "retry-after": "7" } }));
    const empty = await arm.put("c1");
    expect([empty.status, empty.text, empty.headers.get("retry-after")]).to.deep.equal([503, "", "7"]);
    arm.script(put({ kind: "answer", status: 502, applied: true }));
    expect((await arm.put("c1")).status).to.equal(502);
    expect(names(arm), "applied all the same").to.deep.equal(["system", "c1"]);
  });

  it("a connection reset before the write, and after it", async () => {
    const arm = await armUnderTest();
    arm.script(put({ kind: "reset" }), put({ kind: "reset", applied: true }, { pool: "c2" }));
    expect(await arm.put("c1").catch(() => "reset")).to.equal("reset");
    expect(names(arm)).to.deep.equal(["system"]);
    expect(await arm.put("c2").catch(() => "reset")).to.equal("reset");
    expect(names(arm)).to.deep.equal(["system", "c2"]);
    expect(arm.calls().map(({ status, pool, effects }) => [status, pool, effects])).to.deep.equal([
      ["reset", "c1", [0]],
      ["reset", "c2", [1]],
    ]);
  });

  it("a hang, and a delay that lasts as long as the fake's time says", async () => {
    const arm = await armUnderTest();
    arm.script(put({ kind: "hang", applied: true }), { match: { call: "get" }, effect: { kind: "delay", ms: 60_000 } });
    let answered = 0;
    const hanging = arm.put("c1").then(
      () => answered++,
      () => {},
    );
    while (arm.calls()[0]?.status !== "hang") await arm.call("GET", "/fake/state");
    expect([answered, names(arm)]).to.deep.equal([0, ["system", "c1"]]);
    const late = arm.get("c1").then((seen) => {
      answered++;
      return seen;
    });
    while (arm.calls().length < 2) await arm.call("GET", "/fake/state");
    arm.clock.advance(59_999);
    await arm.call("GET", "/fake/state");
    expect(answered).to.equal(0);
    arm.clock.advance(1);
    expect((await late).status).to.equal(200);
    await arm.close();
    await hanging;
    expect(answered).to.equal(1);
  });

  it("a hang that ends when a client's patience would, in the fake's time", async () => {
    const arm = await armUnderTest({ patienceMs: 60_000 });
    arm.script(put({ kind: "hang" }));
    let answered = "";
    const hanging = arm.put("c1").then(
      () => (answered = "answer"),
      () => (answered = "reset"),
    );
    while (arm.calls()[0]?.status !== "hang") await arm.call("GET", "/fake/state");
    arm.clock.advance(59_999);
    await arm.call("GET", "/fake/state");
    expect(answered).to.equal("");
    arm.clock.advance(1);
    await hanging;
    expect(answered).to.equal("reset");
  });

  it("404 on a poll although the operation goes on", async () => {
    const arm = await armUnderTest();
    const poll = pollOf(await arm.put("c1"));
    arm.script({
      match: { call: "operation", pool: "c1", nth: 2 },
      effect: { kind: "answer", status: 404, error: { code: "NotFound", message: "gone" } },
    });
    const seen: number[] = [];
    for (let i = 0; i < 3; i++) seen.push((await arm.call("GET", poll)).status);
    expect(seen).to.deep.equal([200, 404, 200]);
    arm.clock.advance(LONG_MS);
    expect(stateOf(await arm.get("c1"))).to.equal("Succeeded");
  });

  it("a list that is empty, in part, or 500", async () => {
    const arm = await armUnderTest({ pageSize: 2 });
    for (const name of ["c1", "c2", "c3"]) arm.portalPut(name, { properties: { vmSize: SIZE } });
    const onList = (nth: number, effect: Effect): Fault => ({ match: { call: "list", nth }, effect });
    arm.script(
      onList(1, { kind: "partial", keep: 0 }),
      onList(2, { kind: "partial", keep: 3 }),
      onList(3, { kind: "answer", status: 500, error: { code: "InternalServerError", message: "retry" } }),
    );
    const empty = await arm.list();
    expect([empty.status, namesOf(empty)]).to.deep.equal([200, []]);
    const part = await arm.list();
    expect([namesOf(part), part.body.nextLink]).to.deep.equal([["system", "c1", "c2"], undefined]);
    expect((await arm.list()).status).to.equal(500);
    expect(namesOf(await arm.list())).to.deep.equal(["system", "c1"]);
  });

  it("an operation that fails, is cancelled, is overridden, or never ends", async () => {
    const arm = await armUnderTest();
    const error = {
      code: "VMExtensionProvisioningError",
      message: "vmssCSE",
      details: [{ code: "Inner", message: "exit 50" }],
    };
    arm.script(
      put({ kind: "fail", error, afterMs: 1_000 }, { pool: "failed" }),
      put({ kind: "fail", error, status: "Canceled" }, { pool: "cancelled" }),
      put({ kind: "refuse", code: "Overridden", later: true }, { pool: "overridden" }),
      put({ kind: "lasts", ms: "for-ever" }, { pool: "endless" }),
      { match: { call: "delete", pool: "failed" }, times: 1, effect: { kind: "fail", error } },
    );
    const poll = pollOf(await arm.put("failed"));
    arm.clock.advance(1_000);
    expect((await arm.call("GET", poll)).body).to.deep.include({ status: "Failed", error });
    expect(failureOf(await arm.get("failed"))).to.deep.equal(error);
    const cancelled = pollOf(await arm.put("cancelled"));
    await arm.put("overridden");
    await arm.put("endless");
    await arm.delete("failed");
    arm.clock.advance(LONG_MS * 1000);
    expect((await arm.call("GET", cancelled)).body.status).to.equal("Canceled");
    expect(stateOf(await arm.get("cancelled"))).to.equal("Canceled");
    expect(failureOf(await arm.get("overridden")).code).to.equal("ReconcileVMSSAgentPoolFailed");
    expect(stateOf(await arm.get("endless"))).to.equal("Creating");
    expect(stateOf(await arm.get("failed")), "a delete that failed leaves it").to.equal("Failed");
    await arm.delete("failed");
    arm.clock.advance(LONG_MS);
    expect((await arm.get("failed")).status).to.equal(404);
  });

  it("every refusal it has words for, at once and later", async () => {
    const codes: Readonly<Record<TroubleCode, readonly [string, string]>> = {
      FamilyQuota: ["OperationNotAllowed", "QuotaExceeded"],
      SpotQuota: ["OperationNotAllowed", "QuotaExceeded"],
      RegionQuota: ["OperationNotAllowed", "QuotaExceeded"],
      ZonalAllocationFailed: ["ZonalAllocationFailed", "ZonalAllocationFailed"],
      OverconstrainedZonalAllocationRequest: [
        "OverconstrainedZonalAllocationRequest",
        "OverconstrainedZonalAllocationRequest",
      ],
      AllocationFailed: ["AllocationFailed", "AllocationFailed"],
      OverconstrainedAllocationRequest: ["OverconstrainedAllocationRequest", "OverconstrainedAllocationRequest"],
      SkuNotAvailable: ["SkuNotAvailable", "SkuNotAvailable"],
      VMSizeNotSupported: ["VMSizeNotSupported", "VMSizeNotSupported"],
      BadRequest: ["BadRequest", "BadRequest"],
      Quota: ["OperationNotAllowed", "QuotaExceeded"],
      Allocation: ["AllocationFailed", "AllocationFailed"],
      Busy: ["OperationNotAllowed", "OperationNotAllowed"],
      Overridden: ["ReconcileVMSSAgentPoolFailed", "ReconcileVMSSAgentPoolFailed"],
    };
    const arm = await armUnderTest();
    for (const [code, [now, later]] of Object.entries(codes)) {
      arm.clearFaults();
      const refuse = { kind: "refuse", code: code as TroubleCode, shape: "flat" } as const;
      arm.script(put(refuse), put({ ...refuse, later: true }, { nth: 2 }));
      const refused = await arm.put("c1");
      expect([refused.status, refused.body.code], code).to.deep.equal([code === "Busy" ? 409 : 400, now]);
      expect((await arm.put("c1")).status, code).to.be.oneOf([200, 201]);
      arm.clock.advance(LONG_MS);
      expect(failureOf(await arm.get("c1")).code, code).to.equal(later);
    }
  });

  it("quota and allocation may be of whatever the pool asks for", async () => {
    const arm = await armUnderTest();
    const all = (code: TroubleCode): Fault => ({ match: { call: "put" }, effect: { kind: "refuse", code } });
    arm.script(all("Quota"));
    expect(errorOf(await arm.put("c1")).message).to.contain("standardNCADSA100v4Family Cores");
    expect(errorOf(await arm.put("c1", { scaleSetPriority: "Spot" })).message).to.contain("LowPriorityCores");
    arm.clearFaults();
    arm.script(all("Allocation"));
    expect(codeOf(await arm.put("c1", { availabilityZones: ["1"] }))).to.equal("ZonalAllocationFailed");
  });

  it("rules match by call, pool, count and probability", async () => {
    const arm = await armUnderTest({ seed: 7 });
    const teapot = { kind: "answer", status: 418 } as const;
    const gets = async (pool: string, times: number) => {
      const seen: number[] = [];
      for (let i = 0; i < times; i++) seen.push((await arm.get(pool)).status);
      return seen;
    };
    arm.script({ match: { call: ["get", "put"], pool: "c*", from: 2, to: 3 }, effect: teapot });
    expect(await gets("x1", 2)).to.deep.equal([404, 404]);
    expect(await gets("c1", 4)).to.deep.equal([404, 418, 418, 404]);
    arm.clearFaults();
    arm.script({ match: { probability: 0.5 }, effect: teapot });
    const mixed = await gets("c1", 20);
    expect(new Set(mixed)).to.deep.equal(new Set([404, 418]));
    arm.clearFaults();
    arm.script({ match: { probability: 1 }, times: 2, effect: teapot });
    expect(await gets("c1", 3)).to.deep.equal([418, 418, 404]);
  });

  it("draws by probability do not depend on what happens to other pools in between", async () => {
    const statuses = async (others: number) => {
      const arm = await armUnderTest({ seed: 3 });
      arm.script({ match: { call: "get", probability: 0.4 }, effect: { kind: "answer", status: 418 } });
      const seen: number[] = [];
      for (let i = 0; i < 12; i++) {
        for (let j = 0; j < others; j++) await arm.get(`other${j}`);
        seen.push((await arm.get("c1")).status);
      }
      return seen;
    };
    expect(await statuses(2)).to.deep.equal(await statuses(0));
  });
});
