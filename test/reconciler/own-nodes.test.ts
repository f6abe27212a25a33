import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../src/core/json.ts";
import type { Workspace } from "../../src/core/kinds/workspace.ts";
import { createCache } from "../../src/kube/cache.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { createOwnNodes, isOtherHardware, selectionsOf, selectionsOfNode } from "../../src/reconciler/own-nodes.ts";
import { expansion } from "../core/children/workspaces.ts";
import { admitted } from "../core/plan/worlds.ts";

type Expression = { readonly key: string; readonly operator: string; readonly values?: readonly string[] };

function selecting(...terms: readonly (readonly Expression[])[]): Workspace {
  const nodeSelectorTerms = terms.map((matchExpressions) => ({ matchExpressions }));
  const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } };
  const spec = { ...(expansion.podTemplate["spec"] as JsonObject), affinity: { nodeAffinity: required } };
  const podTemplate = { ...expansion.podTemplate, spec } as unknown as JsonObject;
  return admitted({ nodes: { ...expansion.nodes, provision: false }, podTemplate });
}
const isIn = (key: string, ...values: string[]): Expression => ({ key, operator: "In", values });
const SIZE = "node.kubernetes.io/instance-type";

let version = 0;
function node(name: string, labels: { readonly [key: string]: string }, gpus = "4", beat = ""): KubeObject {
  version += 1;
  const status = { allocatable: { "nvidia.com/gpu": gpus }, conditions: [{ type: "Ready", lastHeartbeatTime: beat }] };
  const metadata = { name, uid: name, resourceVersion: String(version), labels };
  return { apiVersion: "v1", kind: "Node", metadata, status } as KubeObject;
}

/** The nodes of a cluster, and how often all of them were looked at. */
function cluster(...nodes: KubeObject[]) {
  let looks = 0;
  const ownNodes = createOwnNodes(() => {
    looks += 1;
    return cache.list();
  });
  const cache = createCache({ onChange: ownNodes.changed });
  for (const one of nodes) cache.wrote(one);
  const names = (workspace: Workspace): readonly unknown[] | undefined =>
    ownNodes.of(workspace)?.map((one) => (one["metadata"] as JsonObject)["name"]);
  return { cache, ownNodes, names, looks: () => looks };
}

describe("nodes by what Workspaces select them by", () => {
  it("are those with the label; whatever else is asked is the planner's to compare", () => {
    const { names } = cluster(node("a", { pool: "x" }), node("b", { pool: "y" }), node("c", {}));
    expect(names(selecting([isIn("pool", "x"), isIn("zone", "1")]))).to.deep.equal(["a"]);
    expect(names(selecting([isIn("pool", "x", "y")]))).to.deep.equal(["a", "b"]);
    expect(names(selecting([isIn("pool", "x")], [isIn("pool", "y")]))).to.deep.equal(["a", "b"]);
    expect(names(selecting([isIn("pool", "z")]))).to.deep.equal([]);
    expect(names(selecting([{ key: "pool", operator: "Exists" }]))).to.deep.equal(["a", "b", "c"]);
    expect(names(selecting([isIn(SIZE, "s")])), "a node of another size is a difference to tell").to.have.length(3);
    expect(names(admitted())).to.equal(undefined);
  });

  it("follow their labels, come and go", () => {
    const { cache, names } = cluster(node("a", { pool: "x" }));
    const [x, y] = [selecting([isIn("pool", "x")]), selecting([isIn("pool", "y")])];
    const all = selecting([{ key: "pool", operator: "Exists" }]);
    expect([names(x), names(y), names(all)]).to.deep.equal([["a"], [], ["a"]]);
    cache.wrote(node("a", { pool: "y" }));
    cache.wrote(node("b", { pool: "x" }));
    expect([names(x), names(y), names(all)]).to.deep.equal([["b"], ["a"], ["a", "b"]]);
    cache.forget(cache.get(undefined, "b") as KubeObject);
    expect([names(x), names(y), names(all)]).to.deep.equal([[], ["a"], ["a"]]);
  });

  it("are the same list until something changes that is compared", () => {
    const { cache, ownNodes } = cluster(node("a", { pool: "x" }), node("b", { pool: "y" }));
    const x = selecting([isIn("pool", "x")]);
    const first = ownNodes.of(x);
    cache.wrote(node("a", { pool: "x" }, "4", "a heartbeat"));
    cache.wrote(node("b", { pool: "y" }, "2"));
    expect(ownNodes.of(selecting([isIn("pool", "x")]))).to.equal(first);
    cache.wrote(node("a", { pool: "x" }, "2"));
    expect(ownNodes.of(x)).to.not.equal(first);
  });

  it("cost one look at all nodes for each key, however many Workspaces and changes", () => {
    const nodes = Array.from({ length: 1000 }, (_, i) => node(`n${i}`, { team: `t${i % 200}`, pool: "x" }));
    const { cache, ownNodes, looks } = cluster(...nodes);
    for (let i = 0; i < 200; i++) {
      expect(ownNodes.of(selecting([isIn("team", `t${i}`)]))).to.have.length(5);
      cache.wrote(node(`n${i}`, { team: `t${i % 200}`, pool: "x" }, "8"));
    }
    const pools = new Set(Array.from({ length: 200 }, () => ownNodes.of(selecting([isIn("pool", "x")]))));
    expect(pools.size).to.equal(1);
    expect(looks()).to.equal(2);
  });

  it("wake those who select them, when something changes that is compared", () => {
    const a = node("a", { pool: "x", zone: "1" });
    const meets = (workspace: Workspace): boolean =>
      selectionsOf(workspace as unknown as KubeObject).some((one) => selectionsOfNode(a).includes(one));
    expect(meets(selecting([isIn("pool", "w", "x")]))).to.equal(true);
    expect(meets(selecting([{ key: "gpu", operator: "DoesNotExist" }]))).to.equal(true);
    expect(meets(selecting([isIn("pool", "y")]))).to.equal(false);
    expect(meets(admitted())).to.equal(false);
    expect(isOtherHardware(a, node("a", { pool: "x", zone: "1" }, "4", "beat"))).to.equal(false);
    expect(isOtherHardware(a, node("a", { pool: "x", zone: "2" }))).to.equal(true);
    expect([isOtherHardware(undefined, a), isOtherHardware(a, undefined)]).to.deep.equal([true, true]);
  });
});
