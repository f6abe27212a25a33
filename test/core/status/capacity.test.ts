import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Attempt } from "../../../src/core/kinds/workspace-status.ts";
import { plan } from "../../../src/core/plan.ts";
import type { World } from "../../../src/core/world.ts";
import { A100, claim, H100, NOW, node } from "../capacity/facts.ts";
import { expansion } from "../children/workspaces.ts";
import { admitted, catalogue, ownedPod, running, settled, shown, statusIn } from "../plan/worlds.ts";
import { claimWith, crashed, gpulessNode, plugin, said, waitingWorld, withContainer } from "./situations.ts";

const minutesAgo = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();
const IN_AN_HOUR = "2026-11-22T13:00:00.000Z";

function quotaMessage(limit: number, used: number, asked: number): string {
  return `Operation could not be completed as it results in exceeding approved standardNCADSA100v4Family Cores quota. Additional details - Deployment Model: Resource Manager, Location: eastus, Current Limit: ${limit}, Current Usage: ${used}, Additional Required: ${asked}, (Minimum) New Limit Required: ${used + asked}.`;
}

function attempt(reason: string, message: string, changes: Partial<Attempt> = {}): Attempt {
  return { instanceType: A100, capacityType: "on-demand", reason, message, until: IN_AN_HOUR, ...changes };
}

function refusedWorld(attempts: readonly Attempt[], fallbacks: readonly string[] = []): World {
  const expanded = fallbacks.length === 0 ? {} : { fallbackInstanceTypes: fallbacks };
  return waitingWorld({ workspace: admitted(expanded, { attempts }) });
}

describe("why there is no node", () => {
  it("quota: which, and how many cores are short", () => {
    const told = said(refusedWorld([attempt("FamilyQuotaExceeded", quotaMessage(96, 80, 24))]));
    expect(told).to.include({ reason: "QuotaExceeded", ready: "Unknown", stalled: false, inference: "Unschedulable" });
    expect(told.message).to.contain(
      `${A100} (on-demand): 80 of 96 cores of standardNCADSA100v4Family are used, a node needs 24: 8 short; next try ${IN_AN_HOUR}`,
    );
  });

  it("a quota that no node fits in is for a human to mend", () => {
    expect(said(refusedWorld([attempt("FamilyQuotaExceeded", quotaMessage(0, 0, 24))]))).to.include({
      reason: "QuotaExceeded",
      stalled: true,
      ready: "False",
    });
    const unnumbered = said(refusedWorld([attempt("SpotQuotaExceeded", "LowPriorityCores: none left")]));
    expect(unnumbered).to.include({ reason: "QuotaExceeded", stalled: false });
    expect(unnumbered.message).to.contain("SpotQuotaExceeded: LowPriorityCores");
  });

  it("the quota of a whole region, told by another provider in its own words", () => {
    const words = quotaMessage(100, 96, 24).replace("standardNCADSA100v4Family Cores", "Total Regional Cores");
    const told = said(refusedWorld([attempt("LaunchFailed", words)]));
    expect(told.reason).to.equal("QuotaExceeded");
    expect(told.message).to.contain("96 of 100 cores of the region are used, a node needs 24: 20 short");
  });

  it("stock: what was tried, and when the next is", () => {
    const both = [
      attempt("SKUNotAvailable", "none left."),
      attempt("FamilyQuotaExceeded", quotaMessage(0, 0, 40), {
        instanceType: H100,
        zone: "eastus-1",
        until: "2026-11-22T12:10:00.000Z",
      }),
      attempt("SKUNotAvailable", "long ago", { zone: "eastus-2", until: "2026-11-22T11:00:00.000Z" }),
    ];
    const told = said(refusedWorld(both));
    expect(told).to.include({ reason: "OutOfStock", stalled: false, inference: "Unschedulable" });
    expect(told.message).to.contain(
      `tried: ${A100} (on-demand): SKUNotAvailable: none left; ${H100} (on-demand, eastus-1)`,
    );
    expect(told.message)
      .to.contain("next try 2026-11-22T12:10:00.000Z; next: nothing to do")
      .and.not.contain("long ago");
  });

  it("a node that is too small, in units people read", () => {
    const spec = { containers: [{ name: "model", resources: { requests: { memory: "1Ti", cpu: "1500m" } } }] };
    const pods = [ownedPod("phi-1", { spec })];
    const told = said(waitingWorld({ pods, claims: [claim("c1", { node: "n1" })], nodes: [node("n1")] }));
    expect(told).to.include({ reason: "PodDoesNotFitNode", stalled: true });
    expect(told.message).to.match(/memory \(\d+Gi free, 1024Gi requested\)/);
  });

  it("a pod that the scheduler does not put where it would fit: its words, and not a larger size", () => {
    const facts = waitingWorld({ claims: [claim("c1", { node: "n1" })], nodes: [node("n1")] });
    const told = said({ ...facts, roomSinceMs: { "models/phi-1": NOW - 120_000 } });
    expect(told).to.include({ reason: "PodDoesNotFitNode", stalled: true });
    expect(told.message)
      .to.contain("the scheduler says: 0/1 nodes are available")
      .and.contain("mend what the scheduler names")
      .and.not.contain("larger size");
  });

  it("stock: what is not tried because something else was refused", () => {
    const nodes = { ...expansion.nodes, capacityTypes: ["spot", "on-demand"] };
    const attempts = [attempt("AllocationFailed", "none left")];
    const told = said(waitingWorld({ workspace: admitted({ nodes }, { attempts }) }));
    expect(told.message).to.contain(
      `tried: ${A100} (on-demand): AllocationFailed: none left; not tried: ${A100} (spot) because of ${A100} (on-demand); next try ${IN_AN_HOUR}`,
    );
    const both = [...attempts, attempt("AllocationFailed", "no spot", { capacityType: "spot" })];
    expect(said(waitingWorld({ workspace: admitted({ nodes }, { attempts: both }) })).message).not.to.contain(
      "not tried",
    );
  });

  it("a quota that was read and holds no node even when it is free is for a human to mend, one that is used up is not", () => {
    const read = (limitCores: number, usedCores: number) => ({
      ...waitingWorld(),
      quotas: new Map([[A100, { name: "standardNCADSA100v4Family", limitCores, usedCores }]]),
    });
    expect(said(read(0, 0))).to.include({ reason: "QuotaExceeded", stalled: true, ready: "False" });
    expect(said(read(48, 48))).to.include({ reason: "QuotaExceeded", stalled: false, ready: "Unknown" });
  });

  it("stock, and what keeps the fallback from being bought", () => {
    const nodes = { ...expansion.nodes, maxHourlyPriceUsd: 5 };
    const attempts = [attempt("AllocationFailed", "none left")];
    const podTemplate = JSON.parse(
      JSON.stringify(expansion.podTemplate).replaceAll(`["${A100}"]`, `["${A100}","${H100}"]`),
    );
    const workspace = admitted({ fallbackInstanceTypes: [H100], nodes, podTemplate }, { attempts });
    const told = said(waitingWorld({ workspace, pods: [ownedPod("phi-1", { spec: podTemplate.spec })] }));
    expect(told).to.include({ reason: "OutOfStock", stalled: false });
    expect(told.message)
      .to.contain(`${A100} (on-demand): AllocationFailed: none left`)
      .and.contain(`${H100} (on-demand) costs 6.98 USD per hour, and foresail.dev/max-hourly-price is 5 USD`);
  });

  it("a ceiling speaks of roll-outs where one more than is wanted is asked for, not where more are wanted", () => {
    const pods = [ownedPod("phi-1", { nodeName: "n1", ready: true }), ownedPod("phi-2")];
    const there = { pods, claims: [claim("c1", { node: "n1" })], nodes: [node("n1")] };
    const wanting = (replicas: number): World => {
      const nodes = { ...expansion.nodes, maxHourlyPriceUsd: 5 };
      const workspace = admitted({ nodes, workload: { ...expansion.workload, replicas } });
      return waitingWorld({ workspace, children: settled(workspace, replicas), ...there });
    };
    const advice = "foresail.dev/rollout: recreate";
    expect(said(wanting(2))).to.include({ reason: "TooExpensive", stalled: true });
    expect(said(wanting(2)).message).to.not.contain(advice);
    expect(said(wanting(1)).message).to.contain(advice);
  });

  it("stock is asked for again, and no more told of, when the time is over", () => {
    const over = attempt("SKUNotAvailable", "none left", { until: "2026-11-22T11:59:59.000Z" });
    expect(said(refusedWorld([over])).reason).to.equal("WaitingForCapacity");
  });

  const NO_RIGHT =
    "AuthorizationFailed: The client 'c-1' with object id 'o-1' does not have authorization to perform action 'Microsoft.ContainerService/managedClusters/agentPools/write' over scope '/subscriptions/s/resourceGroups/g' or the scope is invalid.";
  const stays = (reason: string, message: string): World => {
    const made = claimWith("c1", {});
    const conditions = [{ type: "Launched", status: "False", reason, message }];
    return waitingWorld({ claims: [{ ...made, status: { conditions } }] });
  };
  const grant = "give c-1 the right Microsoft.ContainerService/managedClusters/agentPools/write on /subscriptions/s";
  const byHand: readonly (readonly [string, World, string, string])[] = [
    ["a right the provider lacks", stays("AuthorizationFailed", NO_RIGHT), "AuthorizationFailed", grant],
    ["told by another provider", stays("LaunchFailed", NO_RIGHT), "AuthorizationFailed", grant],
    [
      "told by EC2",
      stays(
        "LaunchFailed",
        "UnauthorizedOperation: User: arn:aws:iam::1:role/k is not authorized to perform: ec2:RunInstances",
      ),
      "AuthorizationFailed",
      "give arn:aws:iam::1:role/k the right ec2:RunInstances; ",
    ],
    [
      "a right, without its name",
      stays("AuthorizationFailed", "401"),
      "AuthorizationFailed",
      "the right that is named",
    ],
    [
      "a field that is wrong",
      stays("InvalidRequest", "InvalidParameter: The value of parameter agentPoolProfile.vmSize is invalid."),
      "InvalidRequest",
      "mend what sets agentPoolProfile.vmSize of the machine",
    ],
    [
      "a policy of the cloud",
      stays(
        "CreateFailed",
        `Resource 'c1' was disallowed by policy. Policy identifiers: '[{"policyAssignment":{"name":"no-gpus"}}]'`,
      ),
      "InvalidRequest",
      "have the cloud's policy no-gpus let the machine pass",
    ],
    ["a name that is taken", stays("NameTaken", "pool c1 is not ours"), "MachineNameTaken", "remove that machine"],
    ["a claim that went so", refusedWorld([attempt("AuthorizationFailed", NO_RIGHT)]), "AuthorizationFailed", grant],
    [
      "one of several that went so: it closes everything",
      refusedWorld([
        attempt("SKUNotAvailable", "none"),
        attempt("AuthorizationFailed", NO_RIGHT, { instanceType: H100 }),
      ]),
      "AuthorizationFailed",
      grant,
    ],
  ];
  for (const [name, facts, reason, next] of byHand) {
    it(`for a human to mend: ${name}`, () => {
      const told = said(facts);
      expect(told).to.include({ reason, stalled: true, ready: "False", inference: "Unschedulable" });
      expect(told.message.split("; next: ")[1]).to.contain(next);
    });
  }

  it("what passes by itself stalls nothing: a request that is wrong for one of two sizes, a cloud that is busy", () => {
    const wrong = attempt("InvalidRequest", "The value of parameter x is invalid.");
    const both = [wrong, attempt("SKUNotAvailable", "none left", { instanceType: H100 })];
    expect(said(refusedWorld(both, [H100]))).to.include({ reason: "OutOfStock", stalled: false });
    expect(said(stays("Throttled", "429"))).to.include({ reason: "WaitingForCapacity", stalled: false });
    // Whatever a machine that runs still lacks, it was no right to make it.
    const running_ = claimWith("c1", { Launched: minutesAgo(1) });
    expect(said(waitingWorld({ claims: [running_] })).reason).to.equal("WaitingForCapacity");
  });

  it("a provider's own reason stands on NodeClaimReady", () => {
    const reasonOf = (facts: World): string | undefined =>
      statusIn(plan(facts, catalogue))?.conditions?.find(({ type }) => type === "NodeClaimReady")?.reason;
    for (const reason of ["FamilyQuotaExceeded", "AuthorizationFailed", "InsufficientCapacityError"])
      expect(reasonOf(stays(reason, "words"))).to.equal(reason);
    expect(reasonOf(stays("AwaitingReconciliation", "words"))).to.equal("NodeClaimNotReady");
    const joining = claimWith("c1", { Launched: minutesAgo(1) });
    expect(reasonOf(waitingWorld({ claims: [joining] }))).to.equal("NodeClaimNotReady");
  });

  it("one more pod that waits, and several", () => {
    const pods = (count: number) => Array.from({ length: count }, (_, i) => ownedPod(`phi-${i}`));
    const facts = (replicas: number): World => {
      const owner = admitted({ workload: { ...expansion.workload, replicas } });
      return waitingWorld({
        workspace: owner,
        children: settled(owner, replicas),
        limits: { nodes: 0 },
        pods: pods(replicas),
      });
    };
    expect(said(facts(1)).message).to.not.contain("more pod");
    expect(said(facts(2)).message).to.contain("(1 more pod waits)");
    expect(said(facts(3)).message).to.contain("(2 more pods wait)");
  });

  it("machines that never joined are no lack of stock", () => {
    expect(said(refusedWorld([attempt("NodeNotJoining", "the machine ran")])).reason).to.equal("NodeNotJoining");
    const mixed = [attempt("NodeNotJoining", "ran"), attempt("SKUNotAvailable", "none", { instanceType: H100 })];
    expect(said(refusedWorld(mixed)).reason).to.equal("OutOfStock");
  });

  it("claims of devices, for a human to mend", () => {
    const claims = { resourceClaims: [{ name: "gpu", resourceClaimName: "one" }] };
    const told = said(waitingWorld({ pods: [ownedPod("phi-1", { spec: claims })] }));
    expect(told).to.include({ reason: "ResourceClaimsUnsupported", stalled: true, ready: "False" });
    expect(told.message).to.contain("next: ask for GPUs with resources.limits");
  });

  it("rules about other pods, with what to state: no node has to be brought", () => {
    const terms = [{ topologyKey: "topology.kubernetes.io/zone", labelSelector: { matchLabels: { app: "cache" } } }];
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } };
    const facts = waitingWorld({ pods: [ownedPod("phi-1", { spec: { affinity } })] });
    const told = said(facts);
    expect(told).to.include({ reason: "Unschedulable", stalled: false });
    expect(told.message).to.contain("next: name zones in foresail.dev/zones that the rules allow");
    expect(shown(plan(facts, catalogue).actions)).to.include("requeue 60000");
    const byo = { ...facts, settings: { ...facts.settings, provider: "byo" as const } };
    expect(said(byo).message).to.contain("next: bring a node");
  });

  it("the price ceiling, for a human to mend", () => {
    const workspace = admitted({ nodes: { ...expansion.nodes, maxHourlyPriceUsd: 1 } });
    const told = said(waitingWorld({ workspace }));
    expect(told).to.include({ reason: "TooExpensive", stalled: true, ready: "False" });
    expect(told.message)
      .to.contain("costs 3.673 USD per hour")
      .and.contain("next: raise foresail.dev/max-hourly-price");
  });

  it("the installation's limits, which may pass", () => {
    const told = said(waitingWorld({ limits: { nodes: 0 } }));
    expect(told).to.include({ reason: "LimitReached", stalled: false });
  });

  it("as many pools as AKS allows, whatever else was refused before", () => {
    const full = attempt("PoolLimitReached", "the cluster has 100 agent pools");
    const told = said(refusedWorld([attempt("SizeNotAvailable", "none", { instanceType: H100 }), full]));
    expect(told).to.include({ reason: "LimitReached", stalled: false, inference: "Unschedulable" });
    expect(told.message)
      .to.contain("PoolLimitReached: the cluster has 100 agent pools")
      .and.contain("next: give other nodes back or remove agent pools");
  });

  it("a machine that runs and whose node does not join, once that takes too long", () => {
    const facts = (minutes: number): World =>
      waitingWorld({ claims: [claimWith("c1", { Launched: minutesAgo(minutes) })] });
    expect(said(facts(4)).reason).to.equal("WaitingForCapacity");
    const told = said(facts(5));
    expect(told).to.include({ reason: "NodeNotJoining", stalled: false, ready: "Unknown" });
    expect(told.message).to.contain(
      `NodeClaim c1 (${A100}, on-demand) runs since ${minutesAgo(5)}, and its node has not joined`,
    );
    expect(said({ ...facts(5), nodePatienceMs: 600_000 }).reason).to.equal("WaitingForCapacity");
    // Nothing but time makes the difference: it is looked at again then.
    expect(shown(plan(facts(4), catalogue).actions)).to.include("requeue 60000");
    expect(said(waitingWorld({ claims: [claimWith("c1", {})] })).reason).to.equal("WaitingForCapacity");
  });

  it("pods that serve while the new ones wait", () => {
    const bigger = JSON.parse(JSON.stringify(expansion.podTemplate).replaceAll(A100, H100)) as JsonObject;
    const resized = (attempts: readonly Attempt[]): World => ({
      ...running(),
      workspace: admitted({ instanceType: H100, podTemplate: bigger }, { attempts }),
    });
    const told = said(resized([attempt("SKUNotAvailable", "none left", { instanceType: H100 })]));
    expect(told).to.include({
      reason: "RolloutWaitingForCapacity",
      stalled: false,
      inference: "WorkspaceInferenceStatusSuccess",
    });
    expect(told.message)
      .to.contain("the old pods serve; the new ones wait: OutOfStock: tried: ")
      .and.contain("none left");
    // What a human must mend keeps its own name.
    const none = attempt("FamilyQuotaExceeded", quotaMessage(0, 0, 40), { instanceType: H100 });
    expect(said(resized([none]))).to.include({ reason: "QuotaExceeded", stalled: true });
  });

  it("a second replica that waits is no roll-out", () => {
    const owner = admitted({ workload: { ...expansion.workload, replicas: 2 } });
    const children = settled(owner, 2).map((one) =>
      one["kind"] === "Deployment"
        ? { ...one, status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 1 } }
        : one,
    );
    const pods = [ownedPod("phi-1", { nodeName: "n1", ready: true }), ownedPod("phi-2")];
    expect(said({ ...running(owner), children, pods }).reason).to.equal("WaitingForCapacity");
  });

  it("a crash comes before what other pods wait for", () => {
    const facts = withContainer(crashed("boom"));
    expect(said({ ...facts, pods: [...facts.pods, ownedPod("phi-2")] }).reason).to.equal("CrashLooping");
  });
});

describe("a Ready node without GPUs", () => {
  const registered = { Launched: minutesAgo(9), Registered: minutesAgo(7) };
  const facts = (minutes: number, daemonSets: readonly JsonObject[], taints: JsonObject[] = []): World =>
    waitingWorld({
      claims: [claimWith("c1", registered, "n1")],
      nodes: [gpulessNode("n1", minutesAgo(minutes), taints)],
      daemonSets,
    });
  const tolerating = { tolerations: [{ key: "sku", operator: "Exists" }] };

  it("names the DaemonSet that leaves it out, the taint it has no toleration for, and the minutes", () => {
    const told = said(facts(3, [plugin("nvidia")]));
    expect(told).to.include({ reason: "GpuNotReady", stalled: false, ready: "Unknown" });
    expect(told.message).to.contain(
      "node n1 is Ready for 3 minutes and offers no nvidia.com/gpu: DaemonSet kube-system/nvidia leaves it out: it has no toleration for the taint sku=gpu:NoSchedule; next: add a toleration for sku=gpu:NoSchedule to DaemonSet kube-system/nvidia",
    );
    expect(said(facts(1, [plugin("nvidia")])).message).to.contain("for 1 minute and");
    expect(said(facts(47, [plugin("nvidia")])).message).to.contain("for 40 minutes and");
  });

  it("stalls when it is over the time and no DaemonSet would come", () => {
    expect(said(facts(5, [plugin("nvidia")]))).to.include({ reason: "GpuNotReady", stalled: true, ready: "False" });
    expect(said(facts(5, []))).to.include({ reason: "GpuNotReady", stalled: true });
    expect(said(facts(50, [plugin("nvidia", tolerating)]))).to.include({ reason: "GpuNotReady", stalled: false });
  });

  it("says that there is none", () => {
    const told = said(facts(2, []));
    expect(told.message).to.contain("no DaemonSet of a device plugin for nvidia.com/gpu is in the cluster");
    const others = [
      plugin("rdma", tolerating, "mellanox/rdma-shared-dp"),
      plugin("nvidia-dcgm", { ...tolerating, volumes: [] }),
    ];
    expect(said(facts(2, others)).message).to.contain("no DaemonSet of a device plugin");
  });

  it("names the one that runs there and has not registered them", () => {
    const told = said(facts(2, [plugin("a-nvidia"), plugin("b-nvidia", tolerating)]));
    expect(told.message).to.contain("DaemonSet kube-system/b-nvidia runs its device plugin there");
  });

  it("names the label by which a DaemonSet selects other nodes", () => {
    const told = said(facts(2, [plugin("nvidia", { ...tolerating, nodeSelector: { accelerator: "nvidia" } })]));
    expect(told.message).to.contain(
      "it selects nodes by accelerator, which this node does not meet; next: state accelerator",
    );
  });

  it("does not blame taints that every DaemonSet tolerates", () => {
    const pressure = { key: "node.kubernetes.io/disk-pressure", effect: "NoSchedule" };
    const told = said(facts(2, [plugin("nvidia", tolerating)], [pressure]));
    expect(told.message).to.contain("runs its device plugin there");
  });

  it("is over when the GPUs are there, and is no matter of a node that is not Ready", () => {
    const there = { ...facts(2, []), nodes: [node("n1")] };
    expect(said(there).reason).to.not.equal("GpuNotReady");
    const away = { ...facts(2, []), nodes: [node("n1", { ready: false })] };
    expect(said(away).reason).to.equal("WaitingForCapacity");
  });

  it("that had them is told by what it lost and since when, however long it is Ready", () => {
    const lost = (unreadySinceMs: World["unreadySinceMs"], daemonSets: readonly JsonObject[]): World =>
      waitingWorld({
        claims: [claim("c1", { node: "n1" })],
        nodes: [gpulessNode("n1", minutesAgo(9_000))],
        daemonSets,
        ...(unreadySinceMs === undefined ? {} : { unreadySinceMs }),
      });
    const since = (minutes: number) => ({ "no-gpus/c1": NOW - minutes * 60_000 });
    const told = said(lost(since(3), [plugin("nvidia", tolerating)]));
    expect(told).to.include({ reason: "GpuNotReady", stalled: false, ready: "Unknown" });
    expect(told.message).to.contain(
      "node n1 is Ready and has offered no nvidia.com/gpu any more for 3 minutes: DaemonSet kube-system/nvidia runs its device plugin there",
    );
    expect(said(lost(since(6), []))).to.include({ reason: "GpuNotReady", stalled: true, ready: "False" });
    expect(said(lost({}, []))).to.include({ reason: "GpuNotReady", stalled: false });
    expect(said(lost(undefined, []))).to.include({ reason: "GpuNotReady", stalled: false });
  });

  it("is no matter of a pod that waits for another node", () => {
    const owner = admitted({ workload: { ...expansion.workload, replicas: 2 } });
    const other = said(
      waitingWorld({
        workspace: owner,
        children: settled(owner, 2),
        pods: [ownedPod("phi-1", { nodeName: "n1", ready: true }), ownedPod("phi-2")],
        claims: [claim("c1", { node: "n1" }), claim("c2")],
        nodes: [gpulessNode("n1", minutesAgo(60))],
      }),
    );
    expect(other.reason).to.equal("WaitingForCapacity");
  });

  it("is told anew each minute", () => {
    expect(shown(plan(facts(2, []), catalogue).actions)).to.include("requeue 60000");
    expect(shown(plan(waitingWorld({ claims: [claim("c1")] }), catalogue).actions).join()).not.to.contain("requeue");
  });
});
