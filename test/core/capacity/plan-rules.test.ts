import { expect } from "chai";
import { describe, it } from "mocha";
import { ZONE_LABEL } from "../../../src/core/capacity/claim.ts";
import { elsewhere } from "../../../src/core/capacity/elsewhere.ts";
import { objectAt, objectsAt, textAt, textsAt } from "../../../src/core/capacity/fields.ts";
import { planCapacity } from "../../../src/core/capacity/plan-capacity.ts";
import type { Labels } from "../../../src/core/capacity/requirements.ts";
import type { Release } from "../../../src/core/catalogue.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { capacityTimesMs } from "../../../src/core/plan/look-again.ts";
import { expansion } from "../children/workspaces.ts";
import { A100, claim, H100, NOW, node, pod, question, release } from "./facts.ts";

const zones = ["eastus-1", "eastus-2", "eastus-3"];
const inZones = { nodes: { ...expansion.nodes, zones } };
const own = { matchLabels: { "kaito.sh/workspace": "phi" } };

function zoneOf(made: JsonObject): string | undefined {
  return objectsAt(made, "spec", "requirements")
    .filter((one) => one["key"] === ZONE_LABEL)
    .flatMap((one) => textsAt(one, "values"))[0];
}

describe("planCapacity, with rules of pods about pods", () => {
  const spread = {
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: ZONE_LABEL, whenUnsatisfiable: "DoNotSchedule", labelSelector: own },
    ],
  };
  const three = ["a", "b", "c"].map((name) => pod(name, { spec: spread }));

  it("buys each node in the zone that a spread wants", () => {
    const plan = planCapacity(question({ pods: three, desiredPods: 3, expanded: inZones }));
    expect(plan.create.map(zoneOf)).to.deep.equal(zones);
  });

  it("does not hold a spread to a zone that is sold out", () => {
    const attempts = [
      {
        instanceType: A100,
        zone: "eastus-3",
        reason: "ZonalAllocationFailed",
        message: "",
        until: "2026-11-22T13:00:00Z",
      },
    ];
    const plan = planCapacity(question({ pods: three, desiredPods: 3, expanded: inZones, attempts }));
    expect(plan.create.map(zoneOf)).to.deep.equal(["eastus-1", "eastus-2", "eastus-1"]);
  });

  it("says so where no node would keep the rules, and what to state", () => {
    const apart = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: ZONE_LABEL, labelSelector: own }] };
    const pods = ["a", "b"].map((name) => pod(name, { spec: { affinity: { podAffinity: apart } } }));
    const one = planCapacity(question({ pods: pods.slice(0, 1), desiredPods: 2 }));
    expect(one.create).to.have.length(1);
    const two = planCapacity(question({ pods, desiredPods: 2 }));
    expect(two.create).to.have.length(1);
    expect(two.waiting[1]).to.include({ reason: "Unschedulable" });
    expect(two.waiting[1]?.message).to.contain("topology spread or pod affinity").and.contain("foresail.dev/zones");
  });

  it("buys no second node for a preference", () => {
    const shy = {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector: own } },
        ],
      },
    };
    const small = { containers: [{ name: "m", resources: { requests: { cpu: "1" } } }], affinity: shy };
    const pods = ["a", "b"].map((name) => pod(name, { spec: small }));
    expect(planCapacity(question({ pods, desiredPods: 2 })).create).to.have.length(1);
  });
});

describe("planCapacity, what takes room", () => {
  const daemonSet = (cpu: string, tolerations: readonly JsonObject[]): JsonObject => ({
    metadata: { name: "agent", uid: "ds" },
    spec: { template: { spec: { tolerations, containers: [{ name: "a", resources: { requests: { cpu } } }] } } },
  });
  const everywhere = [{ operator: "Exists" }];

  it("are pods of DaemonSets that will come to the node, and no others", () => {
    const daemonSets = [daemonSet("10", everywhere)];
    expect(planCapacity(question({ daemonSets })).waiting[0]?.message).to.contain("has too little cpu");
    expect(planCapacity(question({ daemonSets: [daemonSet("10", [])] })).create).to.have.length(1);
  });

  it("is counted once for a DaemonSet whose pod is there already", () => {
    const daemonSets = [daemonSet("4", everywhere)];
    const there = {
      metadata: { name: "agent-1", namespace: "x", ownerReferences: [{ kind: "DaemonSet", uid: "ds" }] },
      spec: { nodeName: "n1", containers: [{ name: "a", resources: { requests: { cpu: "4" } } }] },
    };
    const facts = { nodes: [node("n1")], claims: [claim("c1", { node: "n1" })], daemonSets };
    expect(planCapacity(question({ ...facts, pods: [pod("p"), there] })).placeable).to.deep.equal(["models/p"]);
  });

  it("is a pod that the scheduler makes room for by preemption", () => {
    const nominated = pod("first");
    const status = { ...objectAt(nominated, "status"), nominatedNodeName: "n1" };
    const facts = { nodes: [node("n1")], claims: [claim("c1", { node: "n1" })], desiredPods: 2 };
    const plan = planCapacity(question({ ...facts, pods: [{ ...nominated, status }, pod("p")] }));
    expect(plan.placeable).to.deep.equal([]);
    expect(plan.create).to.have.length(1);
  });

  it("of a node on its way is what its provider says, where the catalogue does not know the size", () => {
    const strange = claim("c1", { size: "Strange_8" });
    const saying = (gpus: string) => ({
      ...strange,
      status: { ...objectAt(strange, "status"), allocatable: { cpu: "40", memory: "400Gi", "nvidia.com/gpu": gpus } },
    });
    const either = (name: string) =>
      JSON.parse(JSON.stringify(pod(name)).replace(`["${A100}"]`, `["${A100}","Strange_8"]`)) as JsonObject;
    const facts = { pods: [either("a"), either("b")], desiredPods: 2 };
    expect(planCapacity(question({ ...facts, claims: [saying("2")] })).create).to.have.length(0);
    expect(planCapacity(question({ ...facts, claims: [saying("1")] })).create).to.have.length(1);
  });

  it("are not the taints of a node's start", () => {
    const starting = {
      ...node("n1", { ready: false, since: "2026-11-22T11:59:00Z" }),
      spec: { taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }] },
    };
    const registered = claim("c1", { node: "n1" });
    const status = { nodeName: "n1", conditions: [{ type: "Registered", status: "True" }] };
    const plan = planCapacity(question({ claims: [{ ...registered, status }], nodes: [starting] }));
    expect(plan.create).to.deep.equal([]);
    expect([...plan.promised]).to.deep.equal(["c1"]);
  });
});

describe("planCapacity, with pods on nodes that are not the owner's", () => {
  const cache = { matchLabels: { app: "cache" } };
  const near = (kind: string, topologyKey = ZONE_LABEL, more: JsonObject = {}): JsonObject => ({
    affinity: {
      [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: cache, ...more }] },
    },
  });
  const cached = (name: string, on: string, namespace = "models"): JsonObject => ({
    metadata: { name, namespace, labels: { app: "cache" } },
    spec: { nodeName: on, containers: [{ name: "c" }] },
    status: { phase: "Running" },
  });
  const cpuNode = (name: string, zone: string): JsonObject => ({ metadata: { name, labels: { [ZONE_LABEL]: zone } } });
  const nodes = [cpuNode("cpu-1", "eastus-1"), cpuNode("cpu-2", "eastus-2")];
  const seen = (spec: JsonObject, all: readonly JsonObject[], own: ReadonlySet<string> = new Set()) =>
    elsewhere([pod("p", { spec })], own, {
      pods: () => all,
      nodeNamed: (name) => nodes.find((one) => textAt(one, "metadata", "name") === name),
    });
  const made = (spec: JsonObject, all: readonly JsonObject[], namespaces: ReadonlyMap<string, Labels> = new Map()) => {
    const others = seen(spec, all);
    const found = others === undefined ? {} : { elsewhere: others };
    return planCapacity(question({ pods: [pod("p", { spec })], expanded: inZones, namespaces, ...found }));
  };

  it("buys in the zone of those it is to be with, and out of the zone of those it is not to be with", () => {
    expect(made(near("podAffinity"), [cached("c", "cpu-2")]).create.map(zoneOf)).to.deep.equal(["eastus-2"]);
    expect(made(near("podAntiAffinity"), [cached("c", "cpu-1")]).create.map(zoneOf)).to.deep.equal(["eastus-2"]);
    expect(made(near("podAffinity"), []).create).to.deep.equal([]);
    const ended = { ...cached("c", "cpu-2"), status: { phase: "Succeeded" } };
    expect(made(near("podAffinity"), [ended]).create).to.deep.equal([]);
  });

  it("keeps to namespaces: its own, those named, those selected by label", () => {
    const there = [cached("c", "cpu-2", "caches")];
    const zoneIn = (more: JsonObject, labels: Labels = new Map()) =>
      made(near("podAffinity", ZONE_LABEL, more), there, new Map([["caches", labels]])).create.map(zoneOf);
    expect(zoneIn({})).to.deep.equal([]);
    expect(zoneIn({ namespaces: ["caches"] })).to.deep.equal(["eastus-2"]);
    const selector = { namespaceSelector: { matchLabels: { tier: "data" } } };
    expect(zoneIn(selector, new Map([["tier", "data"]]))).to.deep.equal(["eastus-2"]);
    expect(zoneIn(selector)).to.deep.equal([]);
  });

  it("looks again by itself while they are nowhere, and puts nobody on their nodes", () => {
    const plan = made(near("podAffinity"), []);
    expect(plan.waiting[0]).to.include({ reason: "Unschedulable" });
    expect(capacityTimesMs(plan, NOW)).to.deep.equal([60_000]);
    expect(capacityTimesMs(planCapacity(question()), NOW)).to.deep.equal([]);
    const light = { ...near("podAffinity"), containers: [{ name: "c" }] };
    expect(made(light, [cached("c", "cpu-2")]).create.map(zoneOf)).to.deep.equal(["eastus-2"]);
  });

  it("looks through nothing where no rule reaches beyond a node, and leaves out what is known", () => {
    const all = [cached("c", "cpu-2")];
    expect(seen({}, all)).to.equal(undefined);
    expect(seen(near("podAntiAffinity", "kubernetes.io/hostname"), all)).to.equal(undefined);
    expect(seen(near("podAffinity"), all, new Set(["cpu-2"]))?.pods).to.deep.equal([]);
    expect(seen(near("podAffinity"), [...all, pod("q", { nodeName: "cpu-1" })])?.pods).to.deep.equal(all);
  });
});

describe("planCapacity, what a size does not have", () => {
  const asking = (requests: JsonObject, more: JsonObject = {}): JsonObject =>
    pod("p", { spec: { containers: [{ name: "c", resources: { requests } }], ...more } });
  const toldOf = (one: JsonObject, changes: Parameters<typeof question>[0] = {}) => {
    const plan = planCapacity(question({ pods: [one], ...changes }));
    return { bought: plan.create.length, reason: plan.waiting[0]?.reason, message: plan.waiting[0]?.message };
  };

  it("are GPUs of another vendor, and slices of its own", () => {
    for (const name of ["amd.com/gpu", "nvidia.com/mig-1g.10gb", "amd.com/cpx_nps4"]) {
      const told = toldOf(asking({ [name]: "1" }));
      expect(told).to.include({ bought: 0, reason: "PodDoesNotFitNode" });
      expect(told.message).to.equal(`${A100} (on-demand) has too little ${name}`);
      // On its way, with the catalogue's word for what it will have, or its provider's.
      expect(toldOf(asking({ [name]: "1" }), { claims: [claim("c1")] })).to.include({
        bought: 0,
        reason: "PodDoesNotFitNode",
      });
      const unknown = { ...claim("c1"), status: { allocatable: { cpu: "8", "nvidia.com/gpu": "1" } } };
      const none = { release: { ...release, instanceTypes: [] }, claims: [unknown] };
      expect(toldOf(asking({ [name]: "1" }), none)).to.include({ bought: 0, reason: "PodDoesNotFitNode" });
    }
  });

  it("are its vendor's, whatever the owner's pods ask for elsewhere", () => {
    const amd = release.instanceTypes.map((one) => ({ ...one, gpuVendor: "amd" as const }));
    const changes = { release: { ...release, instanceTypes: amd } };
    expect(toldOf(asking({ "nvidia.com/gpu": "1" }), changes)).to.include({ bought: 0 });
    expect(toldOf(asking({ "amd.com/gpu": "1" }), changes)).to.include({ bought: 1 });
  });

  it("are not what only the node can tell of: network cards, GPUs that are shared by time", () => {
    for (const name of ["nvidia.com/hostdev", "nvidia.com/gpu.shared", "rdma/ib"])
      expect(toldOf(asking({ [name]: "1" }))).to.include({ bought: 1 });
  });

  it("are 200 cores, also where the pod states them as a whole", () => {
    const told = toldOf(asking({ "nvidia.com/gpu": "1" }, { resources: { requests: { cpu: "200" } } }));
    expect(told).to.include({
      bought: 0,
      reason: "PodDoesNotFitNode",
      message: `${A100} (on-demand) has too little cpu`,
    });
  });

  it("no taint keeps a pod away that tolerates all, as empty texts say too", () => {
    const all = (more: JsonObject) => asking({ "nvidia.com/gpu": "1" }, { affinity: {}, tolerations: [more] });
    expect(toldOf(all({ key: "", operator: "Exists", effect: "", value: "" }))).to.include({ bought: 1 });
    expect(toldOf(all({ key: "sku", operator: "", effect: "", value: "gpu" }))).to.include({ bought: 1 });
    expect(toldOf(all({ key: "sku", operator: "Exists", effect: "NoExecute" }))).to.include({ bought: 0 });
    expect(toldOf(all({ key: "sku", operator: "Gt", value: "gpu" }))).to.include({ bought: 0 });
  });

  it("are devices by claims: no node is bought, and none that is there is waited for; the others get theirs", () => {
    const claims = { resourceClaims: [{ name: "gpu", resourceClaimName: "one" }] };
    const told = toldOf(asking({ cpu: "1" }, claims));
    expect(told).to.include({ bought: 0, reason: "ResourceClaimsUnsupported" });
    expect(told.message).to.contain("spec.resourceClaims (gpu): no node is bought");
    const there = { claims: [claim("c1", { node: "n1" })], nodes: [node("n1")] };
    expect(toldOf(asking({ cpu: "1" }, claims), there)).to.include({ reason: "ResourceClaimsUnsupported" });
    const both = planCapacity(question({ pods: [asking({ cpu: "1" }, claims), pod("q")], desiredPods: 2 }));
    expect(both.create).to.have.length(1);
    expect(both.waiting.map(({ reason }) => reason).sort()).to.deep.equal([
      "ResourceClaimsUnsupported",
      "WaitingForCapacity",
    ]);
    const byo = { settings: { ...question().settings, provider: "byo" as const } };
    expect(toldOf(asking({ cpu: "1" }, claims), byo)).to.include({ reason: "Unschedulable" });
  });

  it("an empty node selector term is told as what it is", () => {
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{}] } },
    };
    const told = toldOf(asking({ "nvidia.com/gpu": "1" }, { affinity }));
    expect(told.message).to.equal(`${A100} (on-demand) cannot take the pod because of an empty node selector term`);
  });
});

describe("N24: what was another's", () => {
  it("a node of a former Workspace of the name is used where it fits, and left alone where it does not", () => {
    const former = (size: string) => {
      const made = claim("c1", { node: "n1", size });
      const labels = { ...objectAt(made, "metadata", "labels"), "foresail.dev/workspace-uid": "former" };
      return { ...made, metadata: { ...objectAt(made, "metadata"), labels } };
    };
    const fits = planCapacity(question({ claims: [former(A100)], nodes: [node("n1")] }));
    expect([fits.create.length, [...fits.promised]]).to.deep.equal([0, ["c1"]]);
    const other = { ...node("n1"), metadata: { name: "n1", labels: { "node.kubernetes.io/instance-type": H100 } } };
    const not = planCapacity(question({ claims: [former(H100)], nodes: [other] }));
    expect([not.create.length, [...not.promised]]).to.deep.equal([1, []]);
  });

  it("an evicted spot node that goes away is replaced once", () => {
    const evicted = { ...node("n1"), metadata: { name: "n1", labels: {}, deletionTimestamp: "2026-11-22T11:59:59Z" } };
    const claims = [claim("c1", { node: "n1" })];
    expect(planCapacity(question({ claims, nodes: [evicted] })).create).to.have.length(1);
    expect(planCapacity(question({ claims: [...claims, claim("c2")], nodes: [evicted] })).create).to.deep.equal([]);
  });
});

describe("N27: prices and sizes that are missing", () => {
  const priceless: Release = { ...release, prices: [] };

  it("without a price the order is the user's, and a ceiling buys nothing", () => {
    expect(planCapacity(question({ release: priceless })).create).to.have.length(1);
    const nodes = { ...expansion.nodes, maxHourlyPriceUsd: 100 };
    const plan = planCapacity(question({ release: priceless, expanded: { nodes } }));
    expect(plan.create).to.deep.equal([]);
    expect(plan.waiting[0]).to.include({ reason: "TooExpensive" });
    expect(plan.waiting[0]?.message).to.contain("has no known price");
  });

  it("without any size known one pod gets one node, and none shares it", () => {
    const pods = [pod("a"), pod("b")];
    const plan = planCapacity(question({ pods, desiredPods: 2, release: { ...release, instanceTypes: [] } }));
    expect(plan.create).to.have.length(2);
  });

  it("without a stated size nothing is bought", () => {
    const { instanceType: _none, ...unsized } = question().owner.expansion;
    const base = question();
    const plan = planCapacity({ ...base, owner: { ...base.owner, expansion: unsized } });
    expect(plan.create).to.deep.equal([]);
    expect(plan.waiting[0]?.message).to.contain("set resource.instanceType");
  });
});

describe("N29: a limit of 8 GPUs", () => {
  it("is never passed by planners that know of each other's claims", () => {
    let gpus = 0;
    for (let planner = 0; planner < 3; planner++) {
      const pods = Array.from({ length: 5 }, (_, i) => pod(`p${i}`));
      const usage = { nodes: gpus, gpus, hourlyPriceUsd: 0 };
      const plan = planCapacity(question({ pods, desiredPods: 5, limits: { gpus: 8 }, usage, nowMs: NOW }));
      gpus += plan.create.length;
      const refused = plan.waiting.filter(({ reason }) => reason === "LimitReached");
      expect(plan.create.length + refused.length).to.equal(5);
    }
    expect(gpus).to.equal(8);
  });
});
