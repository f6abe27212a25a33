import { expect } from "chai";
import { describe, it } from "mocha";
import { conditionAt, textAt } from "../../../src/core/capacity/fields.ts";
import { nodeOf } from "../../../src/core/capacity/pod.ts";
import type { Cluster } from "../../../src/core/imagine/cluster.ts";
import { afterScheduler } from "../../../src/core/imagine/scheduler.ts";
import { worldIn } from "../../../src/core/imagine/world-in.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { node, pod } from "../capacity/facts.ts";
import { AZURE_ZONE, mounting, volume, volumeClaim, ZONE } from "../capacity/volume-objects.ts";
import { applied, catalogue, empty, KARPENTER, reportOf, workspace } from "./clusters.ts";

const bound = [volumeClaim("w", { volumeName: "pv" }, "default"), volume("pv", [ZONE, "eastus-2"])];

function mountsWeights(more: { readonly [key: string]: string } = {}): JsonObject {
  return workspace("phi", { annotations: { "foresail.dev/weights-claim": "w", ...more } });
}

function daemonSet(cpu: string): JsonObject {
  const containers = [{ name: "c", resources: { requests: { cpu } } }];
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "logs", namespace: "kube-system", uid: "uid-logs" },
    spec: { template: { spec: { tolerations: [{ operator: "Exists" }], containers } } },
  };
}

/** Where the imagined scheduler puts a pod of the fixtures on a cluster with one node in eastus-1, or what it says. */
function placed(objects: readonly JsonObject[], spec: JsonObject = {}): string | undefined {
  const waiting = pod("phi-1", { spec: { affinity: {}, ...spec } });
  const { pods } = afterScheduler(
    empty(KARPENTER, [...objects, node("n1"), { ...waiting, status: { phase: "Pending" } }]),
  );
  return nodeOf(pods[0] ?? {}) ?? textAt(conditionAt(pods[0], "PodScheduled"), "message");
}

describe("imagine: what narrows a plan", () => {
  it("a volume brings its node into its zone", () => {
    const report = reportOf(applied(empty(KARPENTER, bound), mountsWeights()));
    const [phi] = report.workspaces;
    const claims = phi?.steps.flatMap(({ deeds }) => deeds.flatMap(({ claim }) => claim ?? [])) ?? [];
    expect(claims.map(({ zone }) => zone)).to.deep.equal(["eastus-2"]);
    expect(phi?.runs).to.equal(true);
  });

  it("a volume where no node may be bought stops its Workspace, and says so", () => {
    const report = reportOf(applied(empty(KARPENTER, bound), mountsWeights({ "foresail.dev/zones": "eastus-1" })));
    const [phi] = report.workspaces;
    expect(phi?.runs).to.equal(false);
    expect(phi?.end[0]?.reason).to.equal("VolumeNodeAffinityConflict");
    expect(phi?.end[0]?.message).to.contain("zones allows eastus-1; next: add eastus-2 to foresail.dev/zones");
  });

  it("a zone that a volume needs is among those that were refused", () => {
    const attempt = {
      time: "2026-11-22T11:59:00Z",
      instanceType: "Standard_NC24ads_A100_v4",
      capacityType: "on-demand",
      zone: "eastus-2",
      reason: "ZonalAllocationFailed",
      message: "sold out",
      until: "2026-11-22T12:59:00Z",
    };
    const cluster = applied(
      empty(KARPENTER, bound),
      mountsWeights({ "foresail.dev/fallback-instance-types": "Standard_NC40ads_H100_v5" }),
    );
    const refused = cluster.workspaces.map((one) => ({ ...one, status: { attempts: [attempt] } }));
    const [phi] = reportOf({ ...cluster, workspaces: refused }).workspaces;
    const told = phi?.steps.flatMap(({ because }) => because.map(({ message }) => message)) ?? [];
    expect(told.join("; ")).to.contain("not Standard_NC24ads_A100_v4 (on-demand, eastus-2) until");
  });

  it("the scheduler puts a pod only where its volume can be used", () => {
    const claims = volumeClaim("w", { volumeName: "pv" });
    expect(placed([claims, volume("pv", [ZONE, "eastus-1"])], mounting("w"))).to.equal("n1");
    expect(placed([claims, volume("pv", [AZURE_ZONE, "eastus-1"])], mounting("w"))).to.equal("n1");
    expect(placed([claims, volume("pv", [ZONE, "eastus-2"])], mounting("w"))).to.contain(
      "volume node affinity conflict",
    );
    expect(placed([], mounting("w"))).to.equal("n1");
  });

  it("pods of DaemonSets take their part of nodes that are there, and of those to come", () => {
    expect(placed([daemonSet("4")])).to.equal("n1");
    expect(placed([daemonSet("8")])).to.contain("n1: cpu");
    const runs = (cpu: string) => reportOf(applied(empty(KARPENTER, [daemonSet(cpu)]), workspace("phi"))).workspaces[0];
    expect(runs("100m")?.runs).to.equal(true);
    expect(runs("20")?.end[0]?.reason).to.equal("PodDoesNotFitNode");
  });

  it("namespaces are known by their labels, and where nobody told of one by its name", () => {
    const space = { apiVersion: "v1", kind: "Namespace", metadata: { name: "default", labels: { team: "web" } } };
    const labels = (cluster: Cluster) => {
      const [phi] = cluster.workspaces;
      if (phi === undefined) throw new Error("no Workspace");
      return [...(worldIn(cluster, phi, catalogue).namespaces?.get("default") ?? [])];
    };
    expect(labels(applied(empty(KARPENTER, [space]), workspace("phi")))).to.deep.equal([["team", "web"]]);
    const named = [["kubernetes.io/metadata.name", "default"]];
    expect(labels(applied(empty(), workspace("phi")))).to.deep.equal(named);
  });
});
