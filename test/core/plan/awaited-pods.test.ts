import { expect } from "chai";
import { describe, it } from "mocha";
import { objectAt } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { plan } from "../../../src/core/plan.ts";
import type { World } from "../../../src/core/world.ts";
import { A100, claim, H100, node } from "../capacity/facts.ts";
import { expansion } from "../children/workspaces.ts";
import { admitted, catalogue, ownedPod, settled, shown, world } from "./worlds.ts";

const old = admitted();
const bigger = JSON.parse(JSON.stringify(expansion.podTemplate).replaceAll(A100, H100)) as JsonObject;
const changed = admitted({ instanceType: H100, podTemplate: bigger });

const oldPod = (name: string) => ownedPod(name);
const newPod = (name: string) => ownedPod(name, { spec: objectAt(bigger, "spec") });

/** The new template is applied, and the controller has got so far. */
function rolling(changes: Partial<World>, updatedReplicas: number): World {
  const children = settled(changed).map((one) =>
    one["kind"] === "Deployment"
      ? { ...one, status: { observedGeneration: 1, replicas: 2, updatedReplicas, readyReplicas: 0 } }
      : one,
  );
  return world({ workspace: changed, children, ...changes });
}

/** The Deployment of the size before, with one pod of its present template and one of an earlier. */
function settledOld(): JsonObject {
  const deployment = settled(old).at(-1) ?? {};
  return { ...deployment, status: { observedGeneration: 1, replicas: 2, updatedReplicas: 1, readyReplicas: 0 } };
}

/** Sizes of the claims a plan creates. */
function bought(facts: World): readonly string[] {
  return plan(facts, catalogue).actions.flatMap((action) =>
    action.kind === "createClaim" ? [JSON.stringify(action.claim).includes(H100) ? H100 : A100] : [],
  );
}

describe("plan: a new template while no pod has a node", () => {
  it("is applied at once, and no node is bought for the old one", () => {
    const made = plan(world({ workspace: changed, children: settled(old), pods: [oldPod("phi-1")] }), catalogue);
    expect(shown(made.actions)).to.include("apply Deployment/phi").and.not.include("createClaim");
  });

  it("gets the only node, whether its pod is there already or not", () => {
    expect(bought(rolling({ pods: [oldPod("phi-1")] }, 0))).to.deep.equal([]);
    expect(bought(rolling({ pods: [oldPod("phi-1"), newPod("phi-2")] }, 1))).to.deep.equal([H100]);
    // The scheduler has not looked at it yet.
    const unseen = { ...newPod("phi-2"), status: { phase: "Pending" } };
    expect(bought(rolling({ pods: [oldPod("phi-1"), unseen] }, 1))).to.deep.equal([]);
  });

  it("gets it also where both templates ask for the same", () => {
    const children = [...settled(old).slice(0, -1), settledOld()];
    const facts = world({ workspace: old, children, pods: [oldPod("phi-1"), oldPod("phi-2")] });
    expect(bought(facts)).to.deep.equal([A100]);
  });

  it("gets it also where a webhook changes what every pod asks for", () => {
    const injected = (name: string, creationTimestamp: string) => {
      const made = ownedPod(name, { spec: { nodeSelector: { zone: "a" } } });
      return { ...made, metadata: { ...objectAt(made, "metadata"), creationTimestamp } };
    };
    const pods = [injected("phi-1", "2026-11-22T11:00:00Z"), injected("phi-2", "2026-11-22T11:30:00Z")];
    const told = plan(rolling({ pods }, 1), catalogue).reasons.map(({ message }) => message);
    expect(told.join("; ")).to.contain("zone");
  });

  it("waits for its node while a pod of the old one has one", () => {
    const pods = [ownedPod("phi-1", { nodeName: "n1" }), oldPod("phi-2")];
    const facts = { pods, nodes: [node("n1")], claims: [claim("c1", { node: "n1" })] };
    const two = { workload: { ...expansion.workload, replicas: 2 } };
    const workspace = admitted({ ...two, instanceType: H100, podTemplate: bigger });
    const made = plan(world({ workspace, children: settled(admitted(two), 2), ...facts }), catalogue);
    expect(shown(made.actions)).to.include("createClaim").and.not.include("apply Deployment/phi");
  });

  it("is the only one to get a node beside as many pods as are stated, when another roll-out has left one behind", () => {
    // phi-1 is of the template before the last, phi-2 of the last and on a node of its size; the next has the first one's.
    const spec = { ...objectAt(expansion.podTemplate, "spec"), terminationGracePeriodSeconds: 77 };
    const alike = { ...expansion.podTemplate, spec };
    const back = { workspace: admitted({ podTemplate: alike }), children: settled(changed) };
    const onLarge = { nodes: [node("n1", { size: H100 })], claims: [claim("c1", { node: "n1", size: H100 })] };
    const newOnNode = ownedPod("phi-2", { nodeName: "n1", spec: objectAt(bigger, "spec") });
    expect(bought(world({ ...back, ...onLarge, pods: [oldPod("phi-1"), newOnNode] }))).to.deep.equal([A100]);
    // One more is stated than has a node: what waits serves, too, if the next template asks for the same.
    const pods = [oldPod("phi-1"), ownedPod("phi-2", { nodeName: "n1" })];
    const facts = { pods, nodes: [node("n1")], claims: [claim("c1", { node: "n1" })] };
    const two = { workload: { ...expansion.workload, replicas: 2 } };
    const bothTo = (next: Workspace) =>
      bought(world({ workspace: next, children: settled(admitted(two), 2), ...facts }));
    expect(bothTo(admitted({ ...two, podTemplate: alike }))).to.deep.equal([A100]);
    expect(bothTo(admitted({ ...two, instanceType: H100, podTemplate: bigger }))).to.deep.equal([H100]);
  });

  it("takes the ranks of a model over several nodes along, of which one has lost its node", () => {
    const group = { nodeCount: 2, workload: { ...expansion.workload, kind: "StatefulSet" as const } };
    const workspace = admitted({ ...group, instanceType: H100, podTemplate: bigger });
    const pods = [ownedPod("phi-0", { nodeName: "n1", ready: true }), oldPod("phi-1")];
    const facts = { pods, nodes: [node("n1")], claims: [claim("c1", { node: "n1" })] };
    const made = plan(world({ workspace, children: settled(admitted(group), 2), ...facts }), catalogue);
    expect(shown(made.actions)).to.include("apply StatefulSet/phi").and.not.include("createClaim");
  });

  it("gets no node for pods of a workload of another kind, which goes first", () => {
    const group = { nodeCount: 2, workload: { ...expansion.workload, kind: "StatefulSet" as const } };
    const pods = [ownedPod("phi-0", { nodeName: "n1", ready: true }), oldPod("phi-1")];
    const facts = { pods, nodes: [node("n1")], claims: [claim("c1", { node: "n1" })] };
    const made = plan(world({ workspace: old, children: settled(admitted(group), 2), ...facts }), catalogue);
    expect(shown(made.actions)).to.include("delete StatefulSet/phi Foreground").and.not.include("createClaim");
  });

  it("has its pods ahead kept apart by its own rules about pods", () => {
    const apart = {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { "kaito.sh/workspace": "phi" } } },
      ],
    };
    const spec = objectAt(bigger, "spec");
    const resources = { requests: { cpu: "1" } };
    const template = {
      metadata: { labels: { "kaito.sh/workspace": "phi" } },
      spec: {
        ...spec,
        containers: [{ name: "m", resources }],
        affinity: { ...objectAt(spec, "affinity"), podAntiAffinity: apart },
      },
    };
    const group = { nodeCount: 2, workload: { ...expansion.workload, kind: "StatefulSet" as const } };
    const workspace = admitted({ ...group, instanceType: H100, podTemplate: template });
    const pods = ["phi-0", "phi-1"].map((name, i) => ownedPod(name, { nodeName: `n${i}`, ready: true }));
    const facts = {
      pods,
      nodes: [node("n0"), node("n1")],
      claims: [claim("c0", { node: "n0" }), claim("c1", { node: "n1" })],
    };
    expect(bought(world({ workspace, children: settled(admitted(group), 2), ...facts }))).to.deep.equal([H100, H100]);
  });
});
