import { expect } from "chai";
import { describe, it } from "mocha";
import type { Plan } from "../../../src/core/action.ts";
import { attemptOf } from "../../../src/core/capacity/attempts.ts";
import { objectAt } from "../../../src/core/capacity/fields.ts";
import { inputsHash } from "../../../src/core/inputs.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Attempt } from "../../../src/core/kinds/workspace-status.ts";
import { breaker, counted } from "../../../src/core/plan/breaker.ts";
import { leaving } from "../../../src/core/plan/live.ts";
import { plan } from "../../../src/core/plan.ts";
import type { World } from "../../../src/core/world.ts";
import { A100, claim, H100, NOW, node, release } from "../capacity/facts.ts";
import { expansion } from "../children/workspaces.ts";
import {
  accepted,
  admitted,
  catalogue,
  condition,
  ownedPod,
  running,
  settled,
  shown,
  statusIn,
  told,
  world,
} from "./worlds.ts";

const MINUTE_MS = 60_000;
const PAUSED = admitted({ workload: { ...expansion.workload, replicas: 0 } });

function annotated(object: JsonObject, annotations: JsonObject): JsonObject {
  return { ...object, metadata: { ...(object["metadata"] as JsonObject), annotations } };
}

function deploymentsIn({ actions }: Plan): readonly JsonObject[] {
  return actions.flatMap((action) => (action.kind === "apply" ? [action.object] : []));
}

/** What the Deployments that are applied say of it. */
function unavailableIn(made: Plan): readonly unknown[] {
  return deploymentsIn(made).map((one) => objectAt(one, "spec", "strategy", "rollingUpdate")["maxUnavailable"]);
}

function daemon(annotations: JsonObject): JsonObject {
  const made = annotated(ownedPod("plugin", { nodeName: "n1" }), annotations);
  const ownerReferences = [{ kind: "DaemonSet", name: "plugin", uid: "uid-ds", controller: true }];
  const status = { ...(made["status"] as JsonObject), startTime: "2026-11-22T11:30:00Z" };
  return { ...made, status, metadata: { ...(made["metadata"] as JsonObject), labels: {}, ownerReferences } };
}

/** A claim whose node joined at a time and has no GPUs to this day. */
function withoutGpu(name: string, nodeName: string, registered: string): JsonObject {
  const made = claim(name, { node: nodeName });
  const conditions = ["Launched", "Registered"].map((type) => ({
    type,
    status: "True",
    lastTransitionTime: registered,
  }));
  const initialized = {
    type: "Initialized",
    status: "Unknown",
    reason: "ResourceNotRegistered",
    message: "nvidia.com/gpu",
  };
  const metadata = { ...(made["metadata"] as JsonObject), creationTimestamp: registered };
  return { ...made, metadata, status: { nodeName, conditions: [...conditions, initialized] } };
}

function waitingFor(changes: Partial<World> = {}): World {
  const owner = changes.workspace ?? admitted();
  return world({ workspace: owner, children: settled(owner), pods: [ownedPod("phi-1")], ...changes });
}

describe("plan: an empty node", () => {
  const empty = { ...running(PAUSED), children: settled(PAUSED, 0), pods: [], emptySinceMs: { c1: 0 } };
  const isGivenBack = (facts: World) => shown(plan(facts, catalogue).actions).includes("deleteClaim c1");

  it("is given back after the grace period", () => {
    expect(isGivenBack(empty)).to.equal(true);
    expect(isGivenBack({ ...empty, emptySinceMs: { c1: NOW - 299_000 } })).to.equal(false);
  });

  it("N25: is none while its pod ends, also when the clock was set by an hour", () => {
    const pod = { ...ownedPod("phi-1", { nodeName: "n1" }) };
    const dates = { deletionTimestamp: "2026-11-22T11:00:00Z", deletionGracePeriodSeconds: 300 };
    const ends = { ...pod, metadata: { ...(pod["metadata"] as JsonObject), ...dates } };
    const facts = { ...empty, pods: [ends] };
    const [name = ""] = leaving(facts);
    const seen = (minutes: number) => isGivenBack({ ...facts, leavingSinceMs: { [name]: NOW - minutes * MINUTE_MS } });
    expect(isGivenBack({ ...facts, leavingSinceMs: {} })).to.equal(false);
    // Its grace period, and ten minutes.
    expect([14, 15].map(seen)).to.deep.equal([false, true]);
  });

  it("is kept by an annotation of itself or of its claim, and not by the one Karpenter copies to every node", () => {
    const keep = { "foresail.dev/do-not-disrupt": "true" };
    expect(isGivenBack({ ...empty, nodes: [annotated(node("n1"), keep)] })).to.equal(false);
    expect(isGivenBack({ ...empty, claims: [annotated(claim("c1", { node: "n1" }), keep)] })).to.equal(false);
    const copied = annotated(node("n1"), { "karpenter.sh/do-not-disrupt": "true" });
    expect(isGivenBack({ ...empty, nodes: [copied] })).to.equal(true);
  });

  it("is kept by a pod that must not be disrupted, be it a daemon, for as long as the pod says", () => {
    const kept = (value: string) =>
      !isGivenBack({ ...empty, pods: [daemon({ "karpenter.sh/do-not-disrupt": value })] });
    expect(isGivenBack({ ...empty, pods: [daemon({})] })).to.equal(true);
    expect(["true", "false", "1h", "20m"].map(kept)).to.deep.equal([true, false, true, false]);
  });
});

describe("plan: nodes that drift or expire", () => {
  it("are told in the status and left alone", () => {
    const facts = running();
    const drifted = claim("c1", { node: "n1" });
    const status = drifted["status"] as { conditions: JsonObject[] } & JsonObject;
    const condition_ = { type: "Drifted", status: "True", reason: "ImageDrift", message: "v1 → v2" };
    const claims = [
      {
        ...drifted,
        spec: { ...(drifted["spec"] as JsonObject), expireAfter: "720h" },
        status: { ...status, conditions: [...status.conditions, condition_] },
      },
    ];
    const made = plan({ ...facts, claims }, catalogue);
    const said = statusIn(made)?.conditions?.find((one) => one.type === "NodesDrifted");
    expect(said).to.include({ status: "True" });
    expect(said?.message).to.contain("has drifted: ImageDrift: v1 → v2").and.contain("expires at 2026-12-22T11:00:00");
    expect(said?.message).to.match(/; next: .*delete its pod and then the NodeClaim$/);
    expect(shown(made.actions).filter((one) => /deleteClaim|createClaim/.test(one))).to.deep.equal([]);
    expect(condition(made, "Ready")).to.equal("True Running");
    expect(condition(plan(facts, catalogue), "NodesDrifted")).to.equal("absent");
  });
});

describe("plan: launches", () => {
  const launching = { most: 4, claims: 2, own: 0, owners: 2 };
  const three = waitingFor({
    workspace: admitted({ workload: { ...expansion.workload, replicas: 3 } }),
    pods: [1, 2, 3].map((i) => ownedPod(`phi-${i}`)),
  });
  const created = (changes: Partial<typeof launching>) => {
    const made = plan({ ...three, launching: { ...launching, ...changes } }, catalogue);
    return [made.actions.filter(({ kind }) => kind === "createClaim").length, made.awaitsLaunches];
  };

  it("are bounded over the installation, and shared by its owners", () => {
    expect(created({ most: 100 })).to.deep.equal([3, false]);
    expect(created({})).to.deep.equal([2, true]);
    expect(created({ owners: 4 })).to.deep.equal([1, true]);
    expect(created({ owners: 40 })).to.deep.equal([1, true]);
    expect(created({ own: 1 })).to.deep.equal([1, true]);
    expect(created({ own: 2 })).to.deep.equal([0, true]);
    expect(created({ claims: 4 })).to.deep.equal([0, true]);
  });

  it("say whose turn it is not", () => {
    const made = plan({ ...three, launching: { ...launching, claims: 4 } }, catalogue);
    expect(condition(made, "Reconciling")).to.equal("True LimitReached");
    expect(statusIn(made)?.conditions?.[0]?.message).to.contain("4 nodes").and.contain("its limit is 4 at a time");
    expect(statusIn(made)?.conditions?.[0]?.message).to.match(/; next: nothing to do; .*--limits-launching/);
  });
});

describe("plan: nodes that never become usable", () => {
  const old = "2026-11-22T11:29:00Z";

  it("tell of which node class they were asked, as refusals do: one that is mended is tried at once", () => {
    const made = withoutGpu("c1", "n1", old);
    const spec = { ...(made["spec"] as JsonObject), nodeClassRef: { kind: "AKSNodeClass", name: "no-driver" } };
    const there = { claims: [{ ...made, spec }], nodes: [node("n1")] };
    const workspace = admitted({ nodes: { ...expansion.nodes, nodeClass: { name: "no-driver" } } });
    const [attempt] = statusIn(plan(waitingFor({ workspace, ...there }), catalogue))?.attempts ?? [];
    expect(attempt).to.include({ reason: "GpuNotReady", nodeClass: "no-driver" });
    expect(statusIn(plan(waitingFor(there), catalogue))?.attempts).to.equal(undefined);
  });

  it("are given back after half an hour, once that is written down, and another offering is tried", () => {
    const owner = admitted({ fallbackInstanceTypes: [H100], podTemplate: eitherSize() });
    const pods = [ownedPod("phi-1", { spec: eitherSize()["spec"] as JsonObject })];
    const facts = waitingFor({ workspace: owner, claims: [withoutGpu("c1", "n1", old)], nodes: [node("n1")], pods });
    const made = plan(facts, catalogue);
    expect(shown(made.actions).filter((one) => /deleteClaim|applyStatus/.test(one))).to.deep.equal([
      "applyStatus",
      "deleteClaim c1",
    ]);
    const [attempt] = statusIn(made)?.attempts ?? [];
    expect(attempt).to.include({ instanceType: A100, reason: "GpuNotReady", failures: 1 });
    expect(attempt?.message).to.contain("node n1 of NodeClaim c1").and.contain("ResourceNotRegistered");
    const gone = { ...told(facts), claims: [claim("c1", { node: "n1", deleting: true })] };
    const next = plan(gone, catalogue).actions.find((one) => one.kind === "createClaim");
    expect(JSON.stringify(next)).to.contain(H100);
  });

  it("are no business of the plan where the claim is served here: the life of its machine decides", () => {
    const made = withoutGpu("c1", "n1", old);
    const nodeClassRef = { group: "foresail.dev", kind: "AgentPoolClass", name: "default" };
    const ours = { ...made, spec: { ...(made["spec"] as JsonObject), nodeClassRef } };
    const result = plan(waitingFor({ claims: [ours], nodes: [node("n1")] }), catalogue);
    expect(shown(result.actions)).to.not.include("deleteClaim c1");
    expect(statusIn(result)?.attempts).to.equal(undefined);
    expect(result.unready).to.deep.equal([]);
    // And what that deletes counts as failed like any other.
    expect(attemptOf(ours, NOW)).to.include({ reason: "GpuNotReady" });
  });

  it("are waited for until then, and looked at again in time", () => {
    const facts = waitingFor({ claims: [withoutGpu("c1", "n1", "2026-11-22T11:40:00Z")], nodes: [node("n1")] });
    expect(shown(plan(facts, catalogue).actions))
      .to.include(`requeue ${10 * MINUTE_MS}`)
      .and.not.include("deleteClaim c1");
  });

  it("N25: are waited for as long when the clock was set by an hour", () => {
    const facts = waitingFor({ claims: [withoutGpu("c1", "n1", old)], nodes: [node("n1")], unreadySinceMs: {} });
    const first = plan(facts, catalogue);
    expect(first.unready).to.deep.equal(["unready/c1"]);
    expect(shown(first.actions))
      .to.include(`requeue ${30 * MINUTE_MS}`)
      .and.not.include("deleteClaim c1");
    const seen = (minutes: number) =>
      shown(plan({ ...facts, unreadySinceMs: { "unready/c1": NOW - minutes * MINUTE_MS } }, catalogue).actions);
    expect(seen(29)).not.to.include("deleteClaim c1");
    expect(seen(30)).to.include("deleteClaim c1");
  });

  it("are not given back while something runs there", () => {
    const pods = [ownedPod("phi-1", { nodeName: "n1" })];
    const facts = waitingFor({ claims: [withoutGpu("c1", "n1", old)], nodes: [node("n1")], pods });
    expect(shown(plan(facts, catalogue).actions)).not.to.include("deleteClaim c1");
  });

  /** A claim that was usable, and its node, which offers no GPU any more. */
  const lost = (changes: Partial<World> = {}, offered: JsonObject = {}): World => {
    const bare = node("n1");
    const { "nvidia.com/gpu": _, ...rest } = (bare["status"] as { allocatable: JsonObject }).allocatable;
    const status = { ...(bare["status"] as JsonObject), allocatable: { ...rest, "nvidia.com/gpu": "0", ...offered } };
    return waitingFor({ claims: [claim("c1", { node: "n1" })], nodes: [{ ...bare, status }], ...changes });
  };
  const lostFor = (minutes: number) => ({ unreadySinceMs: { "no-gpus/c1": NOW - minutes * MINUTE_MS } });
  const removed = (facts: World) => shown(plan(facts, catalogue).actions).includes("deleteClaim c1");

  it("and those that lose their GPUs: no other is bought beside them, and after half an hour they are given back", () => {
    const first = plan(lost({ unreadySinceMs: {} }), catalogue);
    expect(first.unready).to.deep.equal(["no-gpus/c1"]);
    expect(shown(first.actions)).not.to.include("createClaim").and.not.to.include("deleteClaim c1");
    expect(condition(first, "Stalled")).to.equal("absent");
    expect(condition(first, "Reconciling")).to.equal("True GpuNotReady");
    expect(removed(lost(lostFor(29)))).to.equal(false);
    const after = plan(lost(lostFor(30)), catalogue);
    expect(shown(after.actions).filter((one) => /deleteClaim|applyStatus/.test(one))).to.deep.equal([
      "applyStatus",
      "deleteClaim c1",
    ]);
    const [attempt] = statusIn(after)?.attempts ?? [];
    expect(attempt).to.include({ instanceType: A100, reason: "GpuNotReady", failures: 1 });
    expect(attempt?.message).to.contain("node n1 of NodeClaim c1 has offered no nvidia.com/gpu for 30 minutes");
  });

  it("nothing dates the loss: without what was seen, nothing is given back", () => {
    expect(removed(lost())).to.equal(false);
  });

  it("a node that lost its GPUs stays for a pod that runs there, and for who says so; not for daemons", () => {
    const wait = ownedPod("phi-2");
    const used = lost({ ...lostFor(300), pods: [ownedPod("phi-1", { nodeName: "n1" }), wait] });
    expect(removed(used)).to.equal(false);
    const kept = annotated(claim("c1", { node: "n1" }), { "foresail.dev/do-not-disrupt": "true" });
    expect(removed(lost({ ...lostFor(300), claims: [kept] }))).to.equal(false);
    expect(removed(lost({ ...lostFor(300), pods: [daemon({}), wait] }))).to.equal(true);
  });

  it("a node that works but for the name of its GPUs stays, and so does one whose machine's life decides", () => {
    expect(removed(lost(lostFor(300), { "nvidia.com/gpu.shared": "4" }))).to.equal(false);
    expect(removed(lost(lostFor(300), { "nvidia.com/mig-1g.10gb": "7" }))).to.equal(false);
    const made = claim("c1", { node: "n1" });
    const nodeClassRef = { group: "foresail.dev", kind: "AgentPoolClass", name: "default" };
    const served = { ...made, spec: { ...(made["spec"] as JsonObject), nodeClassRef } };
    expect(removed(lost({ ...lostFor(300), claims: [served] }))).to.equal(false);
  });

  it("a node of several GPUs that lost them and still runs pods is not waited for after half an hour", () => {
    const pods = [ownedPod("phi-1", { nodeName: "n1" }), ownedPod("phi-2")];
    const large = catalogue.current.instanceTypes
      .slice(0, 1)
      .map((one) => ({ ...one, gpuCount: 4, vcpus: 96, memoryGiB: 880 }));
    const current = { ...catalogue.current, instanceTypes: large };
    const made = (minutes: number) => {
      const facts = { ...lost({ ...lostFor(minutes), pods }), children: settled(admitted(), 2) };
      return shown(plan(facts, { ...catalogue, current }).actions);
    };
    expect(made(29)).not.to.include("createClaim");
    expect(made(30)).to.include("createClaim");
  });

  it("stop further ones after three in a row, each time for longer, until one works", () => {
    const failure = (atMs: number): Attempt => ({
      instanceType: A100,
      capacityType: "on-demand",
      reason: "NodeNotJoining",
      message: "the machine ran, its node never registered",
      until: new Date(atMs + 10 * MINUTE_MS).toISOString(),
    });
    let attempts: readonly Attempt[] = [];
    const pauses: number[] = [];
    let atMs = NOW;
    for (let i = 0; i < 8; i++) {
      const { added, before } = counted(attempts, [{ attempt: failure(atMs), createdMs: atMs - MINUTE_MS }], []);
      attempts = [...before.filter((one) => one.instanceType !== A100), ...added];
      const untilMs = Date.parse(attempts[0]?.until ?? "");
      pauses.push((untilMs - atMs) / MINUTE_MS);
      expect(breaker(attempts, untilMs - 1) !== undefined, `after ${i + 1}`).to.equal(i >= 2);
      expect(breaker(attempts, untilMs)).to.equal(undefined);
      atMs = untilMs;
    }
    expect(pauses).to.deep.equal([10, 20, 40, 80, 160, 320, 360, 360]);
    const facts = waitingFor({ workspace: admitted({}, { attempts: [...attempts] }), nowMs: atMs - MINUTE_MS });
    const made = plan(facts, catalogue);
    expect(condition(made, "Reconciling")).to.equal("True NodeNotJoining");
    expect(statusIn(made)?.conditions?.[0]?.message).to.contain("8 nodes in a row came to nothing");
    expect(shown(made.actions)).to.include("requeue 60000").and.not.include("createClaim");
    const works = claim("c9", { node: "n9" });
    const later = JSON.parse(JSON.stringify(works).replaceAll("11:00:00Z", "23:59:59Z").replaceAll("11-22", "11-29"));
    expect(counted(attempts, [], [later as JsonObject]).before[0]).not.to.have.property("failures");
    expect(counted(attempts, [], [works]).before[0]).to.include({ failures: 8 });
  });

  it("count on where an offering is refused in between: a refusal is no success", () => {
    const told = (atMs: number, reason: string, closedMs: number) => {
      const until = new Date(atMs + closedMs).toISOString();
      return { attempt: { instanceType: A100, reason, message: "", until }, createdMs: atMs - MINUTE_MS };
    };
    let attempts: readonly Attempt[] = [];
    let atMs = NOW;
    for (const reason of ["NodeNotJoining", "SKUNotAvailable", "NodeNotJoining", "SKUNotAvailable", "NodeNotJoining"]) {
      attempts = counted(attempts, [told(atMs, reason, reason === "NodeNotJoining" ? 10 * MINUTE_MS : 0)], []).added;
      atMs += 30 * MINUTE_MS;
    }
    expect(attempts[0]).to.include({ failures: 3 });
    const failedMs = atMs - 30 * MINUTE_MS;
    expect(breaker(attempts, failedMs + 39 * MINUTE_MS)).to.include({ untilMs: failedMs + 40 * MINUTE_MS });
    // A day without stock after it is not a day of the breaker's.
    const refused = counted(attempts, [told(atMs, "SKUNotAvailable", 23 * 60 * MINUTE_MS)], []).added;
    expect(breaker(refused, failedMs + 39 * MINUTE_MS)).to.include({ untilMs: failedMs + 40 * MINUTE_MS });
    expect(breaker(refused, failedMs + 40 * MINUTE_MS)).to.equal(undefined);
  });

  it("count over all offerings of an owner, and one claim only once however often it is seen", () => {
    const failed = (instanceType: string, atMs: number) => ({
      attempt: {
        instanceType,
        reason: "GpuNotReady",
        message: "",
        until: new Date(atMs + 10 * MINUTE_MS).toISOString(),
      },
      createdMs: atMs - 30 * MINUTE_MS,
    });
    const first = counted([], [failed("a", NOW), failed("a", NOW + 1), failed("b", NOW)], []).added;
    expect(first.map(({ failures }) => failures)).to.deep.equal([1, 1]);
    const again = counted(first, [failed("a", NOW + 5)], []);
    expect(again.added).to.deep.equal([]);
    const third = [...first, ...counted(first, [failed("c", NOW + 40 * MINUTE_MS)], []).added];
    expect(breaker(third, NOW + 41 * MINUTE_MS)).to.include({ claims: 0, reason: "GpuNotReady" });
  });
});

function eitherSize(): JsonObject {
  return JSON.parse(
    JSON.stringify(expansion.podTemplate).replaceAll(`["${A100}"]`, `["${A100}","${H100}"]`),
  ) as JsonObject;
}

describe("plan: a roll-out whose node cannot be had", () => {
  const resized = (changes: Partial<typeof expansion> = {}) => {
    const text = JSON.stringify(expansion.podTemplate).replaceAll(A100, H100);
    return admitted({ instanceType: H100, podTemplate: JSON.parse(text) as JsonObject, ...changes });
  };
  const ceiling = { nodes: { ...expansion.nodes, maxHourlyPriceUsd: 8 } };
  const recreate = { workload: { ...expansion.workload, rollout: "recreate" as const } };
  const during = (owner: ReturnType<typeof resized>, changes: Partial<World> = {}) => ({
    ...running(),
    workspace: owner,
    ...changes,
  });
  const outOfStock = [
    { instanceType: H100, reason: "SizeNotAvailable", message: "none", until: "2026-11-22T13:00:00Z" },
  ];

  it("for its price: the old pod goes on running, and the status says what would help", () => {
    const made = plan(during(resized(ceiling)), catalogue);
    expect(condition(made, "InferenceReady")).to.match(/^True/);
    // What only a human mends keeps its own name.
    expect(condition(made, "Stalled")).to.equal("True TooExpensive");
    expect(statusIn(made)?.conditions?.[0]?.message).to.contain("costs").and.contain("foresail.dev/rollout: recreate");
    expect(shown(made.actions).filter((one) => /createClaim|deleteClaim|apply Dep/.test(one))).to.deep.equal([]);
  });

  it("for want of stock: likewise, and it waits, also where the old pod might go first", () => {
    for (const changes of [{}, recreate]) {
      const made = plan(during(admitted({ ...resized(changes).expansion }, { attempts: outOfStock })), catalogue);
      expect(condition(made, "Reconciling")).to.equal("True RolloutWaitingForCapacity");
      expect(shown(made.actions)).to.include("requeue 3600000").and.not.include("apply Deployment/phi");
    }
  });

  it("for its price, where the old pod may go first: it does, its node at once, and then comes the new one", () => {
    const owner = resized({ ...ceiling, ...recreate });
    const first = plan(during(owner), catalogue);
    expect(shown(first.actions)).to.include("apply Deployment/phi").and.not.include("createClaim");
    const waiting = ownedPod("phi-2", { spec: owner.expansion?.podTemplate["spec"] as JsonObject });
    const rolled = during(owner, { children: settled(owner), pods: [waiting] });
    const second = plan(rolled, catalogue);
    expect(shown(second.actions)).to.include("deleteClaim c1").and.not.include("createClaim");
    // What goes costs until it is gone; nobody has to mend that.
    const third = plan({ ...rolled, claims: [claim("c1", { node: "n1", deleting: true })] }, catalogue);
    expect(shown(third.actions)).not.to.include("createClaim");
    expect(condition(third, "Reconciling")).to.equal("True TooExpensive");
    expect(condition(third, "Stalled")).to.equal("absent");
    expect(statusIn(third)?.conditions?.[0]?.message)
      .to.contain("NodeClaim c1 is on its way out")
      .and.contain("; next: nothing to do: the node is bought when that one is gone");
    expect(shown(plan({ ...rolled, claims: [] }, catalogue).actions)).to.include("createClaim");
  });

  it("for the price of a node that is lost: that one goes as soon as its pods should have ended, and no later", () => {
    const lost = { nodes: [node("n1", { ready: false, since: "2026-11-22T11:40:00Z" })] };
    const owner = admitted({ nodes: { ...expansion.nodes, maxHourlyPriceUsd: 5 } });
    const made = ownedPod("phi-1", { nodeName: "n1" });
    const endedBy = (deletionTimestamp: string): World => {
      const metadata = { ...(made["metadata"] as JsonObject), deletionTimestamp, deletionGracePeriodSeconds: 30 };
      return during(owner, { ...lost, pods: [{ ...made, metadata }, ownedPod("phi-2")] });
    };
    const early = plan(endedBy("2026-11-22T11:51:00Z"), catalogue);
    expect(condition(early, "Reconciling")).to.equal("True TooExpensive");
    expect(shown(early.actions)).not.to.include("deleteClaim c1");
    const late = plan(endedBy("2026-11-22T11:50:00Z"), catalogue);
    expect(shown(late.actions)).to.include("deleteClaim c1").and.not.include("createClaim");
  });

  it("for a price that is too high by itself or not known: the old pod stays, also where it might go first", () => {
    const dear = { nodes: { ...expansion.nodes, maxHourlyPriceUsd: 5 } };
    const old = plan(during(resized({ ...dear, ...recreate })), catalogue);
    expect(shown(old.actions)).not.to.include("apply Deployment/phi");
    const prices = [{ ...release.prices[0]!, regions: { eastus: { [A100]: 3.673 } } }];
    const limited = during(resized(recreate), { limits: { hourlyPriceUsd: 100 } });
    const unknown = plan(limited, { ...catalogue, current: { ...catalogue.current, prices } });
    expect(shown(unknown.actions)).not.to.include("apply Deployment/phi");
    expect(statusIn(unknown)?.conditions?.[0]?.message).to.contain("has no known price in eastus");
  });

  it("for its price, where more pods are wanted at the same time: those that wait do not keep the old one from going", () => {
    const owner = resized({ ...ceiling, ...recreate, workload: { ...recreate.workload, replicas: 2 } });
    const spec = owner.expansion?.podTemplate["spec"] as JsonObject;
    const children = settled(owner, 2).map((one) =>
      one["kind"] === "Deployment" ? { ...one, status: { replicas: 2, updatedReplicas: 1, readyReplicas: 1 } } : one,
    );
    const pods = [ownedPod("phi-1", { nodeName: "n1", ready: true }), ownedPod("phi-2", { spec })];
    const stuck = plan(during(owner, { children, pods }), catalogue);
    expect(unavailableIn(stuck)).to.deep.equal([2]);
    // Nothing waits for money any more: one after the other again.
    const moved = { children: [...children.slice(0, -1), ...deploymentsIn(stuck)], pods: pods.slice(1), claims: [] };
    expect(unavailableIn(plan(during(owner, moved), catalogue))).to.deep.equal([1]);
  });

  it("but a surge of the same size inside the ceiling gets one node more, and only one", () => {
    const pods = [ownedPod("phi-1", { nodeName: "n1", ready: true }), ownedPod("phi-2")];
    const made = plan({ ...running(), pods }, catalogue);
    expect(shown(made.actions).filter((one) => one === "createClaim")).to.have.length(1);
    const claims = [claim("c1", { node: "n1" }), claim("c2", { node: "n2" })];
    const both = { ...running(), claims, nodes: [node("n1"), node("n2")], emptySinceMs: { c1: 0 } };
    const moved = { ...both, pods: [ownedPod("phi-2", { nodeName: "n2", ready: true })] };
    expect(shown(plan(moved, catalogue).actions))
      .to.include("deleteClaim c1")
      .and.not.include("deleteClaim c2");
  });
});

describe("plan: a node that no pod to come can use", () => {
  it("goes, while one that is merely too small stays: another of its kind would be no better", () => {
    const owner = admitted();
    const facts = {
      ...waitingFor({ workspace: owner }),
      claims: [claim("c1", { node: "n1" })],
      emptySinceMs: { c1: 0 },
    };
    const small = plan({ ...facts, nodes: [node("n1", { memory: "1Gi" })] }, catalogue);
    expect(condition(small, "Stalled")).to.equal("True PodDoesNotFitNode");
    expect(shown(small.actions).filter((one) => /Claim/.test(one))).to.deep.equal([]);
    const other = JSON.parse(JSON.stringify({ claims: facts.claims, nodes: [node("n1")] }).replaceAll(A100, "Other"));
    expect(shown(plan({ ...facts, ...(other as object) }, catalogue).actions)).to.include("deleteClaim c1");
  });
});

describe("plan: foresail.dev/ttl", () => {
  const finished = (how: "Complete" | "Failed", ttlSeconds?: number): World => {
    const { inference: _, ...made } = admitted({
      workload: { kind: "Job", name: "phi", ...(ttlSeconds === undefined ? {} : { ttlSeconds }) },
    });
    const hashed = { ...(made.expansion ?? expansion), inputsHash: inputsHash(made) };
    const owner = accepted({ ...made, expansion: hashed });
    const children = settled(owner).map((one) =>
      one["kind"] === "Job" ? { ...one, status: { conditions: [{ type: how, status: "True" }] } } : one,
    );
    return told(world({ workspace: owner, children }));
  };
  const laterBy = (facts: World, ms: number) => shown(plan({ ...facts, nowMs: NOW + ms }, catalogue).actions);

  it("deletes a Workspace that long after its training was complete", () => {
    const facts = finished("Complete", 3600);
    expect(laterBy(facts, 59 * MINUTE_MS)).to.deep.equal([`requeue ${MINUTE_MS}`]);
    expect(laterBy(facts, 60 * MINUTE_MS)).to.deep.equal(["delete Workspace/phi Background"]);
  });

  it("leaves alone what failed, and what has none", () => {
    expect(laterBy(finished("Failed", 1), 60 * MINUTE_MS)).to.deep.equal([]);
    expect(laterBy(finished("Complete"), 1e9)).to.deep.equal([]);
  });
});
