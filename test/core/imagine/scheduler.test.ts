import { expect } from "chai";
import { describe, it } from "mocha";
import { conditionAt, nameOf, textAt } from "../../../src/core/capacity/fields.ts";
import { nodeOf } from "../../../src/core/capacity/pod.ts";
import type { Cluster } from "../../../src/core/imagine/cluster.ts";
import { imagine } from "../../../src/core/imagine/imagine.ts";
import { afterScheduler } from "../../../src/core/imagine/scheduler.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { claim, node, pod } from "../capacity/facts.ts";
import { applied, catalogue, empty, KARPENTER, reportOf, settled } from "./clusters.ts";

const TWO_GPUS = "Standard_NC48ads_A100_v4";
const ALIKE = { labelSelector: { matchLabels: { app: "x" } } };
const APART = {
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname", ...ALIKE }],
    },
  },
};
const SPREAD = {
  topologySpreadConstraints: [
    { topologyKey: "topology.kubernetes.io/zone", maxSkew: 1, whenUnsatisfiable: "DoNotSchedule", ...ALIKE },
  ],
};
const PORT = { ports: [{ containerPort: 80, hostPort: 80 }] };

/** Two pods, each of which half a node would do for. */
function pair(spec: JsonObject, container: JsonObject = {}, annotations: JsonObject = {}): JsonObject {
  const containers = [
    { name: "c", image: "x.example/y:1", resources: { limits: { "nvidia.com/gpu": 1 } }, ...container },
  ];
  return {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: { name: "x", annotations: { "foresail.dev/replicas": "2", ...annotations } },
    resource: { instanceType: TWO_GPUS, labelSelector: { matchLabels: { apps: "x" } } },
    inference: { template: { metadata: { labels: { app: "x" } }, spec: { ...spec, containers } } },
  };
}

function kinds(cluster: Cluster): readonly string[] {
  const steps = reportOf(cluster).workspaces.flatMap(({ steps }) => steps);
  return steps.flatMap(({ deeds }) => deeds.flatMap(({ does, kind }) => (kind === "NodeClaim" ? [does] : [])));
}

/** How many of the pods each node has in the end. */
function pods(cluster: Cluster): readonly number[] {
  const end = settled(imagine(cluster, catalogue));
  return end.nodes.map((one) => end.pods.filter((each) => nodeOf(each) === nameOf(one)).length);
}

/** The node that a waiting pod of the fixtures gets beside these objects, or what the scheduler says. */
function placed(spec: JsonObject, ...objects: readonly JsonObject[]): string | undefined {
  const waiting = { ...pod("phi-1", { spec: { affinity: {}, ...spec } }), status: { phase: "Pending" } };
  const after = afterScheduler(empty(KARPENTER, [...objects, waiting])).pods.find((one) => nameOf(one) === "phi-1");
  return nodeOf(after ?? {}) ?? textAt(conditionAt(after, "PodScheduled"), "message");
}

describe("imagine: the scheduler", () => {
  it("keeps pods apart that refuse each other, as the planner did", () => {
    const cluster = applied(empty(), pair(APART));
    expect(kinds(cluster)).to.deep.equal(["create", "create"]);
    expect(pods(cluster)).to.deep.equal([1, 1]);
  });

  it("gives a port of a node to one pod", () => {
    const cluster = applied(empty(), pair({}, PORT));
    expect(kinds(cluster)).to.deep.equal(["create", "create"]);
    expect(pods(cluster)).to.deep.equal([1, 1]);
  });

  it("spreads pods over zones as they ask for", () => {
    const cluster = applied(empty(), pair(SPREAD, {}, { "foresail.dev/zones": "eastus-1,eastus-2" }));
    expect(kinds(cluster)).to.deep.equal(["create", "create"]);
    expect(pods(cluster)).to.deep.equal([1, 1]);
  });

  it("puts pods together where nothing speaks against it", () => {
    const cluster = applied(empty(), pair({}));
    expect(kinds(cluster)).to.deep.equal(["create"]);
    expect(pods(cluster)).to.deep.equal([2]);
  });

  it("says of a host port and of rules about other pods that they are what is missing", () => {
    const requests = { resources: { requests: { cpu: "1" } } };
    const other = (spec: JsonObject): JsonObject => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "other", namespace: "models", labels: { app: "x" } },
      spec: { nodeName: "n1", ...spec },
      status: { phase: "Running" },
    });
    const tolerations = [{ operator: "Exists" }];
    const alone = { tolerations, containers: [{ name: "c", ...requests, ...PORT }] };
    expect(placed(alone, node("n1"))).to.equal("n1");
    expect(placed(alone, node("n1"), other({ containers: [{ name: "c", ...PORT }] }))).to.equal(
      "0/1 nodes are available: n1: a host port is taken",
    );
    const lonely = { tolerations, containers: [{ name: "c", ...requests }], ...APART };
    expect(placed(lonely, node("n1"), other({ containers: [] }))).to.equal(
      "0/1 nodes are available: n1: rules about other pods",
    );
  });

  it("gives nobody what a pod has that is there", () => {
    const other = pod("phi-0", { spec: { nodeName: "n1" } });
    expect(placed({}, node("n1"), other)).to.equal("0/1 nodes are available: n1: cpu, memory, nvidia.com/gpu");
  });

  it("counts pods, which a node can have only so many of", () => {
    const full = node("n1") as JsonObject & { readonly status: JsonObject };
    const allocatable = { ...(full.status["allocatable"] as JsonObject), pods: "0" };
    const none = { ...full, status: { ...full.status, allocatable } };
    expect(placed({}, none)).to.equal("0/1 nodes are available: n1: pods");
  });

  it("fills nodes in the order of their claims, as the planner does", () => {
    const claims = [claim("c1", { node: "z" }), claim("c2", { node: "a" })];
    expect(placed({}, node("a"), node("z"), ...claims)).to.equal("z");
  });
});
