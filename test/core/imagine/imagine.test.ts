import { expect } from "chai";
import { describe, it } from "mocha";
import type { Cluster } from "../../../src/core/imagine/cluster.ts";
import { imagine } from "../../../src/core/imagine/imagine.ts";
import { worldIn } from "../../../src/core/imagine/world-in.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { keyOf } from "../../../src/core/kinds/workspace-names.ts";
import { plan } from "../../../src/core/plan.ts";
import { applied, catalogue, empty, KARPENTER, order, reportOf, settled, workspace } from "./clusters.ts";

const H100 = "Standard_NC40ads_H100_v5";
const CHILDREN = ["create Service", "create NetworkPolicy", "create Deployment", "scale Deployment"];

function running(...objects: readonly JsonObject[]): Cluster {
  return settled(imagine(applied(empty(), ...objects), catalogue));
}

function ownWorkspace(name: string): JsonObject {
  return workspace(name, { annotations: { "foresail.dev/provision": "false", "foresail.dev/gpu": "1xA100-80GB" } });
}

function gpuNode(gpus: number): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n1", labels: { apps: "m" } },
    status: {
      allocatable: {
        cpu: "96",
        memory: "800Gi",
        "ephemeral-storage": "2Ti",
        pods: "110",
        "nvidia.com/gpu": String(gpus),
      },
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}

describe("imagine", () => {
  it("from nothing: children first, then nodes for the pods that wait", () => {
    const report = reportOf(applied(empty(), workspace("phi")));
    expect(order(report, "phi")).to.deep.equal([
      "1 change Workspace",
      ...CHILDREN.map((deed) => `1 ${deed}`),
      "2 create NodeClaim",
    ]);
    const [phi] = report.workspaces;
    expect(phi?.runs).to.equal(true);
    expect(phi?.end[0]?.reason).to.equal("Running");
    expect(phi?.steps[1]).to.deep.include({ step: 2, after: 1 });
    expect(phi?.steps[1]?.because[0]?.message).to.match(/^default\/phi-\S+: 0\/0 nodes are available$/);
    expect(report.totals.now.nodes).to.equal(0);
    expect(report.totals.end).to.deep.equal({
      nodes: 1,
      gpus: 1,
      hourlyPriceUsd: 3.673,
      monthlyPriceUsd: 2681.29,
      unpriced: 0,
    });
  });

  it("does first what plan() says of the same world", () => {
    const cluster = settled(imagine(applied(empty(), workspace("phi")), catalogue));
    const changed = applied(cluster, workspace("phi", { instanceType: H100 }));
    const [phi] = changed.workspaces;
    if (phi === undefined) throw new Error("no Workspace");
    const first = plan(worldIn(changed, phi, catalogue), catalogue).actions;
    const claims = first.filter(({ kind }) => kind === "createClaim");
    expect(claims).to.have.length(1);
    expect(imagine(changed, catalogue).steps[0]?.actions).to.deep.equal(claims);
  });

  it("keeps two of one name in both groups apart, and tells each of the other", () => {
    const ours: JsonObject = { ...workspace("phi"), apiVersion: "foresail.dev/v1beta1" };
    const cluster = applied(empty(), workspace("phi"), ours, workspace("other"));
    const seen = cluster.workspaces.map((one) => [
      keyOf(one),
      worldIn(cluster, one, catalogue).namesake?.apiVersion ?? "alone",
    ]);
    expect(seen).to.have.deep.members([
      ["default/phi", "foresail.dev/v1beta1"],
      ["Workspace.foresail.dev default/phi", "kaito.sh/v1beta1"],
      ["default/other", "alone"],
    ]);
    expect(new Set(cluster.workspaces.map(({ metadata }) => metadata.uid)).size).to.equal(3);
    const again = applied(cluster, { ...ours, metadata: { ...(ours["metadata"] as JsonObject), labels: { a: "b" } } });
    expect(again.workspaces, "an update of one of them").to.have.length(3);
  });

  it("has nothing to do where everything is as it should be", () => {
    const report = reportOf(
      running(workspace("phi"), workspace("other", { annotations: { "foresail.dev/replicas": "3" } })),
    );
    expect(report.workspaces.map(({ steps }) => steps)).to.deep.equal([[], []]);
    expect(report.totals.now).to.deep.equal(report.totals.end);
  });

  it("a new size gets its node before its template, and the old node goes after the grace period", () => {
    const report = reportOf(applied(running(workspace("phi")), workspace("phi", { instanceType: H100 })));
    expect(order(report, "phi")).to.deep.equal(["1 create NodeClaim", "2 change Deployment", "3 delete NodeClaim"]);
    const [phi] = report.workspaces;
    expect(phi?.steps[0]?.because[0]?.reason).to.equal("NodesFirst");
    expect(phi?.steps[2]).to.deep.include({ after: 2, afterSeconds: 300 });
    expect(report.totals.most.nodes).to.equal(2);
    expect(report.totals.end).to.deep.include({ nodes: 1, hourlyPriceUsd: 6.98 });
  });

  it("rolls replicas one after the other, in the place that the surge node made", () => {
    const three = { "foresail.dev/replicas": "3" };
    const before = running(workspace("phi", { annotations: three }));
    const report = reportOf(applied(before, workspace("phi", { annotations: three, instanceType: H100 })));
    expect(report.workspaces[0]?.runs).to.equal(true);
    expect(report.totals.now.nodes).to.equal(3);
    expect(report.totals.end).to.deep.include({ nodes: 3, hourlyPriceUsd: 20.94 });
    expect(order(report, "phi")[0]).to.equal("1 create NodeClaim");
    expect(order(report, "phi").slice(-1)[0]).to.match(/ delete NodeClaim$/);
  });

  it("a model on several nodes gets all of them, and its group is replaced together", () => {
    const big = workspace("big", { preset: "phi-4", instanceType: "Standard_NV36ads_A10_v5" });
    const before = running(big);
    expect(before.nodes).to.have.length(2);
    const report = reportOf(
      applied(before, { ...big, resource: { ...(big["resource"] as JsonObject), instanceType: H100 } }),
    );
    expect(report.workspaces[0]?.runs).to.equal(true);
    expect(report.totals.end).to.deep.include({ nodes: 1, gpus: 1 });
  });

  it("pausing deletes the pods and gives the node back", () => {
    const paused = workspace("phi", { annotations: { "foresail.dev/replicas": "0" } });
    const report = reportOf(applied(running(workspace("phi")), paused));
    expect(order(report, "phi")).to.include("1 scale Deployment");
    expect(order(report, "phi").at(-1)).to.match(/ delete NodeClaim$/);
    expect(report.totals.end.nodes).to.equal(0);
    expect(report.workspaces[0]?.runs).to.equal(true);
  });

  it("a deleted Workspace takes workload, nodes and finalizer along, in this order", () => {
    const before = running(workspace("phi"));
    const [phi] = before.workspaces;
    if (phi === undefined) throw new Error("no Workspace");
    const deleted = { ...phi, metadata: { ...phi.metadata, deletionTimestamp: "2026-11-22T12:00:00Z" } };
    const imagined = imagine({ ...before, workspaces: [deleted] }, catalogue);
    expect(imagined.steps.flatMap(({ actions }) => actions.map(({ kind }) => kind))).to.deep.equal([
      "delete",
      "deleteClaim",
      "removeFinalizer",
    ]);
    const end = settled(imagined);
    expect([end.workspaces, end.children, end.pods, end.claims, end.nodes]).to.deep.equal([[], [], [], [], []]);
  });

  it("a training gets its node and runs", () => {
    const tuning = {
      preset: { name: "phi-3-mini-4k-instruct" },
      method: "lora",
      input: { urls: ["https://example.test/data.parquet"] },
      output: { image: "registry.example/out:1", imagePushSecret: "push" },
    };
    const [train] = reportOf(applied(empty(), workspace("train", { tuning }))).workspaces;
    expect(train?.runs).to.equal(true);
    expect(train?.end[0]?.reason).to.equal("Training");
  });

  it("Workspaces that share a node fill it before there is another", () => {
    // Two pods of 18 cores and one GPU each fit a node of four GPUs, if each asks for a slice of it only.
    const template = (name: string): JsonObject => {
      const container = { name: "m", image: "registry.example/m:1", resources: { limits: { "nvidia.com/gpu": 1 } } };
      const { inference: _, ...rest } = workspace(name, {
        instanceType: "Standard_NC96ads_A100_v4",
        annotations: { "foresail.dev/placement": "shared" },
      });
      return { ...rest, inference: { template: { spec: { containers: [container] } } } };
    };
    const report = reportOf(applied(empty(), template("one"), template("two")));
    expect(report.workspaces.map(({ runs }) => runs)).to.deep.equal([true, true]);
    const claims = report.workspaces.map(({ steps }) =>
      steps.flatMap(({ deeds }) => deeds).filter(({ claim }) => claim),
    );
    expect(claims.map((all) => all.length)).to.deep.equal([1, 0]);
    // Made from the share key alone, so it is known before the Workspace has a UID.
    expect(claims[0]?.[0]?.name).to.match(/^c[0-9a-z]{11}$/);
    expect(report.totals.end.nodes).to.equal(1);
  });

  it("stops at a limit, says so, and places the others", () => {
    const limited = { ...KARPENTER, limits: { nodes: 1 } };
    const report = reportOf(applied(empty(limited), workspace("a"), workspace("b")));
    expect(report.workspaces.map(({ runs }) => runs)).to.deep.equal([true, false]);
    expect(report.workspaces[1]?.end[0]?.reason).to.equal("LimitReached");
    expect(report.totals.end.nodes).to.equal(1);
  });

  it("prices nodes where they are, for limits as for totals", () => {
    const limited = { ...KARPENTER, limits: { hourlyPriceUsd: 11.1 } };
    const far = { "foresail.dev/region": "brazilsouth", "foresail.dev/replicas": "2" };
    const report = reportOf(applied(empty(limited), workspace("a", { annotations: far })));
    expect(report.workspaces[0]?.end.map(({ reason }) => reason)).to.include("LimitReached");
    expect(report.totals.end).to.include({ nodes: 1, hourlyPriceUsd: 7.346 });
  });

  it("a node that goes is in the way of a ceiling until it is gone, and then no more", () => {
    const before = running(workspace("phi", { annotations: { "foresail.dev/max-hourly-price": "5" } }));
    const claims = before.claims.map((one) => ({
      ...one,
      metadata: { ...(one["metadata"] as JsonObject), deletionTimestamp: "2026-11-22T12:00:00Z" },
    }));
    const pods = before.pods.map((one) => ({
      ...one,
      metadata: { ...(one["metadata"] as JsonObject), name: "other" },
    }));
    const [phi] = reportOf({ ...before, claims, pods }).workspaces;
    expect(order(reportOf({ ...before, claims, pods }), "phi")).to.deep.equal(["1 create NodeClaim"]);
    expect([phi?.runs, phi?.end[0]?.reason]).to.deep.equal([true, "Running"]);
  });

  it("tells which offering the user would rather have had", () => {
    const fallback = { "foresail.dev/fallback-instance-types": H100 };
    const cluster = applied(empty(), workspace("phi", { annotations: fallback }));
    const attempt = {
      instanceType: "Standard_NC24ads_A100_v4",
      capacityType: "on-demand",
      reason: "ZonalAllocationFailure",
      message: "no stock",
      until: "2026-11-22T13:00:00.000Z",
    };
    const refused = cluster.workspaces.map((one) => ({ ...one, status: { attempts: [attempt] } }));
    const [phi] = reportOf({ ...cluster, workspaces: refused }).workspaces;
    expect(phi?.steps[1]?.deeds[0]?.claim?.instanceType).to.equal(H100);
    expect(phi?.steps[1]?.because[1]).to.deep.equal({
      reason: "ZonalAllocationFailure",
      message: "not Standard_NC24ads_A100_v4 (on-demand) until 2026-11-22T13:00:00.000Z: no stock",
    });
  });

  it("own nodes are used, never bought, and what fits none says of which it lacks what", () => {
    const own = ownWorkspace("own");
    const with8 = reportOf(applied(empty(KARPENTER, [gpuNode(8)]), own));
    expect(with8.workspaces[0]?.runs).to.equal(true);
    expect(with8.totals.end.nodes).to.equal(0);
    const with0 = reportOf(applied(empty(KARPENTER, [gpuNode(0)]), own));
    expect(with0.workspaces[0]?.runs).to.equal(false);
    expect(JSON.stringify(with0.workspaces[0]?.end)).to.include("0/1 nodes are available: n1: nvidia.com/gpu");
  });

  it("writes nothing beside KAITO's controller, and says so", () => {
    const report = reportOf({ ...applied(empty(), workspace("phi")), kaito: "kube-system/kaito" });
    expect(report.workspaces[0]).to.deep.include({ steps: [], runs: false });
    expect(report.workspaces[0]?.end[0]?.reason).to.equal("KaitoRuns");
  });

  it("gives the same answer for any order of the input", () => {
    const names = ["a", "b", "c", "d"];
    const start = applied(
      running(...names.slice(0, 2).map((name) => workspace(name))),
      ...names.map((name) => workspace(name, { instanceType: H100 })),
    );
    const reversed: Cluster = {
      ...start,
      workspaces: [...start.workspaces].reverse(),
      children: [...start.children].reverse(),
      pods: [...start.pods].reverse(),
      nodes: [...start.nodes].reverse(),
      claims: [...start.claims].reverse(),
    };
    expect(reportOf(reversed)).to.deep.equal(reportOf(start));
  });

  it("gives the last GPU to the same pod for any order of the input", () => {
    const waiting = settled(imagine(applied(empty(), ownWorkspace("a"), ownWorkspace("b")), catalogue));
    const start = { ...waiting, nodes: [gpuNode(1)] };
    const runs = (cluster: Cluster) => reportOf(cluster).workspaces.map((one) => one.runs);
    expect(runs(start)).to.deep.equal([true, false]);
    expect(runs({ ...start, pods: [...start.pods].reverse() })).to.deep.equal([true, false]);
  });

  it("ends in the same cluster, in the same order, however the lists were read", () => {
    const start = applied(running(workspace("a"), workspace("b")), workspace("c"), ownWorkspace("own"));
    const two = { ...start, nodes: [...start.nodes, gpuNode(1)] };
    const reversed: Cluster = {
      ...two,
      children: [...two.children].reverse(),
      pods: [...two.pods].reverse(),
      nodes: [...two.nodes].reverse(),
      claims: [...two.claims].reverse(),
    };
    expect(imagine(reversed, catalogue).states).to.deep.equal(imagine(two, catalogue).states);
  });

  it("buys in the zone of a pod on somebody else's node where an affinity asks for that", () => {
    const zone = "topology.kubernetes.io/zone";
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "cpu-1", labels: { [zone]: "eastus-2" } } };
    const cache = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "cache", namespace: "default", labels: { app: "cache" } },
      spec: { nodeName: "cpu-1" },
    };
    const terms = [{ topologyKey: zone, labelSelector: { matchLabels: { app: "cache" } } }];
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } };
    const near = {
      ...workspace("near", { annotations: { "foresail.dev/zones": "eastus-1,eastus-2" } }),
      inference: { preset: { name: "phi-4-mini-instruct" }, template: { spec: { affinity } } },
    };
    const end = settled(imagine(applied(empty(KARPENTER, [node, cache]), near), catalogue));
    expect(JSON.stringify(end.claims)).to.contain("eastus-2").and.not.contain("eastus-1");
    const nowhere = reportOf(applied(empty(KARPENTER, [node]), near)).workspaces[0];
    expect([nowhere?.runs, nowhere?.end[0]?.reason]).to.deep.equal([false, "Unschedulable"]);
  });

  it("a node that lost its GPUs is waited for, and no other is bought", () => {
    const up = running(workspace("phi"));
    const bare = up.nodes.map((node) => {
      const status = node["status"] as { readonly allocatable: JsonObject };
      return { ...node, status: { ...status, allocatable: { ...status.allocatable, "nvidia.com/gpu": "0" } } };
    });
    const report = reportOf({ ...up, nodes: bare, pods: [] });
    const [phi] = report.workspaces;
    expect([phi?.runs, phi?.end[0]?.reason]).to.deep.equal([false, "GpuNotReady"]);
    expect(order(report, "phi")).to.deep.equal([]);
  });

  it("leaves the cluster it is given as it was", () => {
    const start = applied(running(workspace("phi")), workspace("phi", { instanceType: H100 }));
    const before = structuredClone(start);
    imagine(start, catalogue);
    expect(start).to.deep.equal(before);
  });

  it("comes to an end for forty Workspaces", () => {
    const many = Array.from({ length: 40 }, (_, i) => workspace(`w${i}`));
    const report = reportOf(applied(empty(), ...many));
    expect(report.settled).to.equal(true);
    expect(report.totals.end.nodes).to.equal(40);
    expect(report.workspaces.every(({ runs }) => runs)).to.equal(true);
  });
});
