import { expect } from "chai";
import { describe, it } from "mocha";
import { attemptOf } from "../../../src/core/capacity/attempts.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { OUT_OF_ORDER } from "../../../src/core/machine/action.ts";
import { newestOf } from "../../../src/core/machine/drift.ts";
import { planMachine } from "../../../src/core/machine/plan-machine.ts";
import type { MachineWorld } from "../../../src/core/machine/world.ts";
import {
  A100,
  againMs,
  changed,
  claim,
  failure,
  kinds,
  machine,
  merged,
  NOT_READY,
  NOW,
  node,
  only,
  PROVIDER_ID,
  planned,
  pod,
  readyClaim,
  registeredNode,
  requirement,
  told,
  toldBriefly,
  usedWorld,
  withConditions,
} from "./facts.ts";

const MINUTE_MS = 60_000;
const launched = withConditions(claim(), "Launched");
const registered = changed(withConditions(claim(), "Launched", "Registered"), {
  status: { providerID: PROVIDER_ID, nodeName: "aks-node-0" },
});
const running = { kind: "seen", machine: machine() } as const;

describe("a node registers", () => {
  const plan = planned({ claim: launched, sighting: running, nodes: [node()] });

  it("by the pool's label: its exact providerID and name go into the status", () => {
    const { status } = only(plan, "writeStatus");
    expect(status).to.include({ providerID: PROVIDER_ID, nodeName: "aks-node-0" });
    expect(toldBriefly(plan, "Registered")).to.equal("True Registered");
  });

  it("gets finalizer, owner, the claim's labels, annotations and taints, and the label registered", () => {
    const startupTaints = [{ key: "agent", value: "no", effect: "NoSchedule" }];
    const started = planned({
      claim: changed(launched, { spec: { startupTaints } }),
      sighting: running,
      nodes: [node()],
    });
    const after = merged(node(), only(started, "patchNode").patch) as JsonObject;
    const metadata = after["metadata"] as JsonObject;
    expect(metadata["finalizers"]).to.deep.equal(["karpenter.sh/termination"]);
    expect(metadata["ownerReferences"]).to.deep.equal([
      {
        apiVersion: "karpenter.sh/v1",
        kind: "NodeClaim",
        name: "c0123456789a",
        uid: "uid-1",
        blockOwnerDeletion: true,
      },
    ]);
    expect(metadata["labels"]).to.include({
      "karpenter.sh/registered": "true",
      "foresail.dev/workspace": "phi",
      "app.kubernetes.io/managed-by": "foresail",
      "kubernetes.azure.com/agentpool": "c0123456789a",
    });
    expect(metadata["annotations"]).to.include({ "karpenter.sh/do-not-disrupt": "true" });
    expect((after["spec"] as JsonObject)["taints"]).to.deep.equal([
      { key: "sku", value: "gpu", effect: "NoSchedule" },
      { key: "agent", value: "no", effect: "NoSchedule" },
    ]);
  });

  it("gets the labels that requirements ask for, but none over what it has or that others say of it", () => {
    const asking = changed(launched, {
      spec: {
        requirements: [
          requirement("node.kubernetes.io/instance-type", "In", A100),
          requirement("example.com/team", "In", "red"),
          requirement("team.kubernetes.io/x", "In", "y"),
          requirement("karpenter.azure.com/sku-gpu-count", "In", "1"),
          requirement("example.com/there", "In", "wanted"),
          requirement("kubernetes.azure.com/mode", "In", "system"),
          requirement("topology.kubernetes.io/region", "In", "mars"),
        ],
      },
    });
    const there = node({ metadata: { labels: { "example.com/there": "other" } } });
    const { patch } = only(planned({ claim: asking, sighting: running, nodes: [there] }), "patchNode");
    expect((patch["metadata"] as JsonObject)["labels"]).to.deep.equal({
      "karpenter.sh/registered": "true",
      "foresail.dev/workspace": "phi",
      "app.kubernetes.io/managed-by": "foresail",
      "example.com/team": "red",
      "team.kubernetes.io/x": "y",
      "karpenter.azure.com/sku-gpu-count": "1",
    });
  });

  it("writes only what differs, so that AKS's own labels and taints are never touched", () => {
    const { patch } = only(plan, "patchNode");
    expect(patch).to.not.have.property("spec");
    expect((patch["metadata"] as JsonObject)["labels"]).to.not.have.property("kubernetes.azure.com/agentpool");
  });

  it("a startup taint somebody took off does not come back", () => {
    const started = changed(registered, { spec: { startupTaints: [{ key: "agent", effect: "NoSchedule" }] } });
    expect(kinds(planned({ claim: started, sighting: running, nodes: [registeredNode()] }))).to.not.include(
      "patchNode",
    );
  });

  it("takes Karpenter's taint unregistered off where somebody put it", () => {
    const taints = [
      { key: "karpenter.sh/unregistered", effect: "NoExecute" },
      { key: "sku", effect: "NoSchedule" },
    ];
    const { patch } = only(
      planned({ claim: launched, sighting: running, nodes: [node({ spec: { taints } })] }),
      "patchNode",
    );
    expect(patch["spec"]).to.deep.equal({ taints: [{ key: "sku", effect: "NoSchedule" }] });
  });

  it("before the pool is done, too: the machine runs when its node is there", () => {
    const creating = { kind: "seen", machine: machine({ state: "creating" }) } as const;
    const early = planned({ sighting: creating, nodes: [node()] });
    expect(toldBriefly(early, "Launched")).to.equal("True Launched");
    expect(toldBriefly(early, "Registered")).to.equal("True Registered");
  });

  it("no node: NodeNotFound; without providerID none counts; two: MultipleNodesFound, and nothing is written on either", () => {
    expect(told(planned({ claim: launched, sighting: running }), "Registered")).to.include({
      status: "Unknown",
      reason: "NodeNotFound",
      message: "Node not registered with cluster",
    });
    const nameless = changed(node(), { spec: { providerID: null } });
    expect(toldBriefly(planned({ claim: launched, sighting: running, nodes: [nameless] }), "Registered")).to.equal(
      "Unknown NodeNotFound",
    );
    const second = node({ metadata: { name: "aks-node-1", uid: "b" }, spec: { providerID: `${PROVIDER_ID}1` } });
    const two = planned({ claim: launched, sighting: running, nodes: [node(), second] });
    expect(told(two, "Registered")).to.include({
      status: "False",
      reason: "MultipleNodesFound",
      message: "Invariant violated, matched multiple nodes",
    });
    expect(kinds(two)).to.deep.equal(["writeStatus", "patchClaim"]);
  });

  it("knows its node again whatever the case of its providerID, and stores the node's own writing", () => {
    const shouted = changed(registered, { status: { providerID: PROVIDER_ID.toUpperCase() } });
    const other = node({ metadata: { name: "aks-node-1", uid: "b" }, spec: { providerID: `${PROVIDER_ID}1` } });
    const again = planned({ claim: shouted, sighting: running, nodes: [registeredNode(), other] });
    expect(only(again, "writeStatus").status).to.include({ providerID: PROVIDER_ID, nodeName: "aks-node-0" });
  });

  it("a pool whose machine an upgrade replaced registers its new node, which has to come up first", () => {
    const fresh = node({ metadata: { name: "aks-node-1", uid: "b" }, spec: { providerID: `${PROVIDER_ID}1` } });
    const moved = planned({ claim: readyClaim(), sighting: running, nodes: [fresh] });
    expect(kinds(moved)).to.include("patchNode");
    expect(only(moved, "writeStatus").status).to.include({ providerID: `${PROVIDER_ID}1`, nodeName: "aks-node-1" });
    expect(toldBriefly(moved, "Initialized")).to.equal("Unknown NodeNotReady");
    // The same machine, started again, with a Node that is made anew.
    const again = planned({ claim: readyClaim(), sighting: running, nodes: [node()] });
    expect(kinds(again)).to.include("patchNode");
    expect(toldBriefly(again, "Initialized")).to.equal("Unknown NodeNotReady");
  });
});

describe("a node is initialized", () => {
  const judged = (node: JsonObject, spec: JsonObject = {}) =>
    planned({ claim: changed(registered, { spec }), sighting: running, nodes: [node] });
  const bare = changed(registeredNode(), { metadata: { labels: { "karpenter.sh/initialized": null } } });

  it("when it is Ready and has everything: label on the node, then the whole claim is Ready", () => {
    const plan = judged(bare);
    expect(only(plan, "patchNode").patch).to.deep.equal({
      metadata: { labels: { "karpenter.sh/initialized": "true" } },
    });
    expect(told(plan, "Initialized")).to.include({ status: "True", reason: "Initialized", message: "" });
    expect(told(plan, "Ready")).to.include({ status: "True", reason: "Ready", message: "" });
  });

  const taint = (key: string, effect: string) => changed(bare, { spec: { taints: [{ key, effect }] } });
  for (const [title, one, spec, reason] of [
    ["its Node is not Ready", changed(bare, NOT_READY), {}, "NodeNotReady"],
    [
      "a startup taint",
      taint("agent", "NoSchedule"),
      { startupTaints: [{ key: "agent", effect: "NoSchedule" }] },
      "StartupTaintsExist",
    ],
    ["the taint not-ready", taint("node.kubernetes.io/not-ready", "NoSchedule"), {}, "KnownEphemeralTaintsExist"],
    ["the taint unreachable", taint("node.kubernetes.io/unreachable", "NoSchedule"), {}, "KnownEphemeralTaintsExist"],
    [
      "the taint uninitialized",
      taint("node.cloudprovider.kubernetes.io/uninitialized", "NoSchedule"),
      {},
      "KnownEphemeralTaintsExist",
    ],
    ["a taint of readiness.k8s.io", taint("readiness.k8s.io/dra", "NoSchedule"), {}, "KnownEphemeralTaintsExist"],
  ] as const) {
    it(`not while there is: ${title}`, () => {
      expect(toldBriefly(judged(one, spec), "Initialized")).to.equal(`Unknown ${reason}`);
    });
  }

  const without = (allocatable: JsonObject) => changed(bare, { status: { allocatable } });
  it("N18: not before its GPUs are there, told as ResourceNotRegistered", () => {
    for (const gpus of [null, "0"]) {
      const plan = judged(without({ "nvidia.com/gpu": gpus }));
      expect(told(plan, "Initialized")).to.include({
        status: "Unknown",
        reason: "ResourceNotRegistered",
        message: 'Resource "nvidia.com/gpu" was requested but not registered',
      });
      expect(toldBriefly(plan, "Ready")).to.equal("Unknown ReconcilingDependents");
      expect(plan.holds).to.deep.equal(["initializing"]);
    }
  });

  it("…also where a claim of KAITO's sort requests nothing but storage, which no node reports", () => {
    const spec = { resources: { requests: { cpu: null, memory: null, "nvidia.com/gpu": null, storage: "100Gi" } } };
    expect(toldBriefly(judged(without({ "nvidia.com/gpu": null }), spec), "Initialized")).to.equal(
      "Unknown ResourceNotRegistered",
    );
    expect(toldBriefly(judged(bare, spec), "Initialized")).to.equal("True Initialized");
  });

  it("N18: one that never gets its GPUs is replaced after 30 min", () => {
    const facts = { claim: registered, sighting: running, nodes: [without({ "nvidia.com/gpu": null })] };
    expect(kinds(planned({ ...facts, heldMs: { initializing: 30 * MINUTE_MS - 1 } }))).to.not.include("deleteClaim");
    expect(kinds(planned({ ...facts, heldMs: { initializing: 30 * MINUTE_MS } }))).to.include("deleteClaim");
  });

  it("N18: …but not one that got them at the last moment", () => {
    const plan = planned({
      claim: registered,
      sighting: running,
      nodes: [bare],
      heldMs: { initializing: 60 * MINUTE_MS },
    });
    expect(kinds(plan)).to.not.include("deleteClaim");
    expect(toldBriefly(plan, "Initialized")).to.equal("True Initialized");
  });

  it("N19: none is replaced while more than a fifth of the fleet is out of order, those among them that are late", () => {
    const facts = { claim: registered, sighting: running, nodes: [without({ "nvidia.com/gpu": null })] };
    const fleet = { nodes: 5, unhealthy: 2, ending: 0 };
    const plan = planned({ ...facts, heldMs: { initializing: 30 * MINUTE_MS }, fleet });
    expect(kinds(plan)).to.not.include("deleteClaim");
    expect(only(plan, "event").reason).to.equal("NodeRepairBlocked");
    const holds = (ms: number) => planned({ ...facts, heldMs: { initializing: ms } }).holds;
    expect(holds(15 * MINUTE_MS - 1)).to.deep.equal(["initializing"]);
    expect(holds(15 * MINUTE_MS)).to.deep.equal(["initializing", "late"]);
    expect(OUT_OF_ORDER).to.include("late");
  });

  it("stays so: what was usable once is judged by repair", () => {
    const plan = planMachine(usedWorld({ nodes: [registeredNode(NOT_READY)] }));
    expect(kinds(plan)).to.not.include("deleteClaim");
    expect(plan.holds).to.deep.equal(["unhealthy"]);
  });

  it("a node in use is left alone: nothing is written any more", () => {
    const settled = planMachine(usedWorld());
    const after = usedWorld({
      claim: changed(
        changed(readyClaim(), { status: only(settled, "writeStatus").status }),
        only(settled, "patchClaim").patch,
      ),
    });
    expect(planMachine(after)).to.deep.equal({ actions: [], holds: [] });
  });
});

describe("a node breaks", () => {
  it("N19: one that never was Ready is a failed node to the planner, so that no row of them is bought", () => {
    const plan = planned({
      claim: registered,
      sighting: running,
      nodes: [registeredNode(NOT_READY)],
      heldMs: { unhealthy: 10 * MINUTE_MS },
    });
    expect(kinds(plan)).to.include("deleteClaim");
    const vanished = changed(registered, { status: only(plan, "writeStatus").status });
    expect(attemptOf(vanished, NOW + 10 * MINUTE_MS)?.reason).to.equal("NodeNotJoining");
  });

  const broken = (patch: Partial<MachineWorld>) => usedWorld({ nodes: [registeredNode(NOT_READY)], ...patch });

  it("N19: not Ready for 10 min: replaced without waiting for its pods", () => {
    expect(kinds(planMachine(broken({ heldMs: { unhealthy: 10 * MINUTE_MS - 1 } })))).to.not.include("deleteClaim");
    const plan = planMachine(broken({ heldMs: { unhealthy: 10 * MINUTE_MS } }));
    expect(kinds(plan)).to.include("deleteClaim");
    const annotations = plan.actions.filter((one) => one.kind === "patchClaim").map(({ patch }) => patch);
    expect(annotations).to.deep.include({
      metadata: { annotations: { "karpenter.sh/nodeclaim-termination-timestamp": "2026-11-28T12:00:00Z" } },
    });
  });

  for (const [nodes, unhealthy, replaced] of [
    [1, 1, true],
    [5, 1, true],
    [5, 2, false],
    [10, 2, true],
    [10, 3, false],
    [6, 2, true],
    [40, 9, false],
  ] as const) {
    it(`N19: ${unhealthy} of ${nodes} broken: ${replaced ? "replaced" : "none is replaced, an event says so"}`, () => {
      const plan = planMachine(
        broken({ heldMs: { unhealthy: 30 * MINUTE_MS }, fleet: { nodes, unhealthy, ending: 0 } }),
      );
      expect(kinds(plan).includes("deleteClaim")).to.equal(replaced);
      if (!replaced) expect(only(plan, "event")).to.include({ type: "Warning", reason: "NodeRepairBlocked" });
    });
  }

  it("a Node object that vanished counts as broken, for 5 min: a pool may bring another", () => {
    const vanished = (ms: number) => planMachine(usedWorld({ nodes: [], heldMs: { unhealthy: ms } }));
    expect(vanished(0).holds).to.include("unhealthy");
    // Until then the cloud is asked whether the machine is there at all.
    expect(againMs(vanished(0))).to.equal(15_000);
    expect(kinds(vanished(5 * MINUTE_MS - 1))).to.not.include("deleteClaim");
    expect(kinds(vanished(5 * MINUTE_MS))).to.include("deleteClaim");
  });

  const bare = (patch: Partial<MachineWorld> = {}) =>
    usedWorld({
      nodes: [registeredNode({ status: { allocatable: { "nvidia.com/gpu": "0" } } })],
      heldMs: { bare: 30 * MINUTE_MS },
      ...patch,
    });
  it("N18: one that had GPUs and offers none for 30 min, with nothing on it, is replaced", () => {
    const before = planMachine(bare({ heldMs: { bare: 30 * MINUTE_MS - 1 } }));
    expect([kinds(before).includes("deleteClaim"), before.holds]).to.deep.equal([false, ["bare"]]);
    const plan = planMachine(bare());
    expect(only(plan, "deleteClaim").why).to.contain("no GPU for 30 min");
    const daemon = { metadata: { ownerReferences: [{ kind: "DaemonSet" }] } };
    const idle = [pod("plugin", daemon), pod("rejected", { status: { phase: "Failed" } })];
    expect(kinds(planMachine(bare({ pods: idle })))).to.include("deleteClaim");
  });

  it("…not while a pod runs there, while the GPUs have another name, or where nobody waits for any", () => {
    const shared = { status: { allocatable: { "nvidia.com/gpu": null, "nvidia.com/gpu.shared": "4" } } };
    const spared = [
      bare({ pods: [pod("model")] }),
      bare({ nodes: [registeredNode(shared)] }),
      bare({
        claim: readyClaim({ spec: { resources: { requests: { "nvidia.com/gpu": null } } } }),
        sizes: { [A100]: { gpuVendor: "nvidia", gpuCount: 0, vcpus: 24, memoryGiB: 220 } },
      }),
    ];
    for (const one of spared)
      expect([kinds(planMachine(one)).includes("deleteClaim"), planMachine(one).holds]).to.deep.equal([false, []]);
  });

  it("N19: …nor while many are so", () => {
    const plan = planMachine(bare({ fleet: { nodes: 10, unhealthy: 3, ending: 0 } }));
    expect(kinds(plan)).to.not.include("deleteClaim");
    expect(only(plan, "event").reason).to.equal("NodeRepairBlocked");
    expect(OUT_OF_ORDER).to.include("bare");
  });

  it("while its pool is being changed it has three times as long, and while the cloud cannot tell, for ever", () => {
    const busy = { kind: "seen", machine: machine({ state: "creating" }) } as const;
    expect(kinds(planMachine(broken({ sighting: busy, heldMs: { unhealthy: 29 * MINUTE_MS } })))).to.not.include(
      "deleteClaim",
    );
    expect(kinds(planMachine(broken({ sighting: busy, heldMs: { unhealthy: 30 * MINUTE_MS } })))).to.include(
      "deleteClaim",
    );
    const unknown = { kind: "unknown", failure: failure("Unavailable") } as const;
    expect(kinds(planMachine(broken({ sighting: unknown, heldMs: { unhealthy: 600 * MINUTE_MS } })))).to.not.include(
      "deleteClaim",
    );
  });
});

describe("the age of a claim", () => {
  const aged = (patch: Partial<MachineWorld> = {}) =>
    usedWorld({ claim: readyClaim({ spec: { expireAfter: "1h" } }), nowMs: NOW + 60 * MINUTE_MS, ...patch });

  it("expireAfter is honoured, to the minute", () => {
    expect(kinds(planMachine(aged()))).to.include("deleteClaim");
    expect(kinds(planMachine(aged({ nowMs: NOW + 58 * MINUTE_MS })))).to.not.include("deleteClaim");
    expect(kinds(planMachine(usedWorld({ nowMs: NOW + 10_000 * 3_600_000 })))).to.not.include("deleteClaim");
  });

  it("N25: while the clock is in doubt nothing expires", () => {
    expect(kinds(planMachine(aged({ clockSteady: false })))).to.not.include("deleteClaim");
  });

  it("N25: and never all at once: a fifth of the nodes, one at least", () => {
    const ending = (nodes: number, going: number) =>
      kinds(planMachine(aged({ fleet: { nodes, unhealthy: 0, ending: going } }))).includes("deleteClaim");
    expect([ending(1, 0), ending(1, 1), ending(10, 1), ending(10, 2)]).to.deep.equal([true, false, true, false]);
  });
});

describe("drift", () => {
  const imageVersion = "AKSUbuntu-2204gen2containerd-202510.01.0";
  const old = { kind: "seen", machine: machine({ kubernetesVersion: "1.33.4", imageVersion }) } as const;

  it("is told with both versions, and nothing is done about it", () => {
    const plan = planMachine(usedWorld({ sighting: old, newest: { kubernetesVersion: "v1.33.5", images: {} } }));
    expect(told(plan, "Drifted")).to.include({ status: "True", reason: "K8sVersionDrift" });
    expect(told(plan, "Drifted")?.message).to.match(/1\.33\.4.*1\.33\.5/);
    expect(kinds(plan)).to.not.include("deleteClaim");
    const images = { "AKSUbuntu-2204gen2containerd": "202511.12.0" };
    expect(toldBriefly(planMachine(usedWorld({ sighting: old, newest: { images } })), "Drifted")).to.equal(
      "True ImageDrift",
    );
  });

  it("compares images of one series, and numbers as numbers", () => {
    const images = [imageVersion, "AKSUbuntu-2204gen2containerd-202510.9.0", "AKSAzureLinux-V3-202609.1.0"];
    const newest = newestOf(
      images.map((image) => machine({ imageVersion: image })),
      undefined,
    );
    expect(newest.images).to.deep.equal({
      "AKSUbuntu-2204gen2containerd": "202510.9.0",
      "AKSAzureLinux-V3": "202609.1.0",
    });
  });

  it("goes away when the versions are the same again", () => {
    const drifted = changed(readyClaim(), {
      status: {
        conditions: [{ type: "Drifted", status: "True", reason: "ImageDrift", message: "", lastTransitionTime: "" }],
      },
    });
    expect(toldBriefly(planMachine(usedWorld({ claim: drifted, sighting: old })), "Drifted")).to.equal("absent");
  });
});
