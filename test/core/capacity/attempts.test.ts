import { expect } from "chai";
import { describe, it } from "mocha";
import { attemptOf, remembered } from "../../../src/core/capacity/attempts.ts";
import { timeAt } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { A100, claim, NOW } from "./facts.ts";

function withConditions(conditions: readonly JsonObject[]): JsonObject {
  return { ...claim("c1"), status: { conditions } };
}
const unlaunched = (reason: string) =>
  withConditions([{ type: "Launched", status: "Unknown", reason, message: "no quota for NCADS_A100_v4" }]);

describe("a vanished claim", () => {
  it("that was refused closes its offering with the reason it had", () => {
    expect(attemptOf(unlaunched("SubscriptionQuotaReached"), NOW)).to.deep.equal({
      instanceType: A100,
      capacityType: "on-demand",
      reason: "SubscriptionQuotaReached",
      message: "no quota for NCADS_A100_v4",
      until: "2026-11-22T12:10:00.000Z",
    });
  });

  it("tells of which node class it was asked", () => {
    const made = unlaunched("NodeClassNotReady");
    const spec = { ...(made["spec"] as JsonObject), nodeClassRef: { kind: "AKSNodeClass", name: "missing" } };
    expect(attemptOf({ ...made, spec }, NOW)).to.include({ nodeClass: "missing" });
  });

  it("closes longer for sizes the region does not sell", () => {
    expect(attemptOf(unlaunched("SKUNotAvailable"), NOW)?.until).to.equal("2026-11-23T11:00:00.000Z");
  });

  it("without a reason says so", () => {
    expect(attemptOf(claim("c1"), NOW)?.reason).to.equal("InsufficientCapacity");
  });

  it("that we deleted ourselves was not refused, whoever leads by now", () => {
    const made = claim("c1");
    const annotations = { "foresail.dev/deleted-because": "no pod has used its node for the configured time" };
    const ours = { ...made, metadata: { ...(made["metadata"] as JsonObject), annotations } };
    expect(attemptOf(ours, NOW)).to.equal(undefined);
  });

  it("whose node registered was not refused", () => {
    expect(attemptOf(claim("c1", { node: "n1" }), NOW)).to.equal(undefined);
  });

  it("whose node joined and was never usable closes it, too, unless somebody took it away at once", () => {
    const joined = (reason: string) =>
      withConditions([
        { type: "Launched", status: "True", reason: "Launched", message: "" },
        { type: "Registered", status: "True", lastTransitionTime: "2026-11-22T11:50:00Z" },
        { type: "Initialized", status: "Unknown", reason, message: "" },
      ]);
    expect(attemptOf(joined("NodeNotReady"), NOW)?.reason).to.equal("NodeNotJoining");
    expect(attemptOf(joined("ResourceNotRegistered"), NOW)?.reason).to.equal("GpuNotReady");
    expect(attemptOf(joined("NodeNotReady"), NOW - 6 * 60_000)).to.equal(undefined);
  });

  it("whose node never registered closes the offering only after the provider's own limit", () => {
    const launched = withConditions([{ type: "Launched", status: "True", reason: "Launched", message: "" }]);
    const created = Date.parse("2026-11-22T11:00:00Z");
    expect(attemptOf(launched, created + 60_000)).to.equal(undefined);
    expect(attemptOf(launched, created + 15 * 60_000)?.reason).to.equal("NodeNotJoining");
  });

  it("closes it, too, where the clock was set back meanwhile: how long it lasted is not known", () => {
    const conditions = [{ type: "Launched", status: "True" }];
    const made = claim("c1");
    const launched = { ...made, status: { conditions } };
    const createdMs = timeAt(made, "metadata", "creationTimestamp") ?? Number.NaN;
    expect(attemptOf(launched, createdMs + 60_000)).to.equal(undefined);
    expect(attemptOf(launched, createdMs - 45 * 60_000)?.reason).to.equal("NodeNotJoining");
  });
});

describe("remembered attempts", () => {
  it("are one for each offering, the newest 20", () => {
    const attempts = Array.from({ length: 30 }, (_, i) => ({
      instanceType: `size-${i % 25}`,
      reason: "X",
      message: String(i),
      until: new Date(NOW + i * 1000).toISOString(),
    }));
    const kept = remembered([], attempts);
    expect(kept).to.have.length(20);
    expect(kept[0]?.message).to.equal("29");
    expect(new Set(kept.map((one) => one.instanceType)).size).to.equal(20);
  });
});
