import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { INSTANCE_TYPE_LABEL } from "../../../src/core/capacity/claim.ts";
import { objectsAt, textAt, textsAt } from "../../../src/core/capacity/fields.ts";
import { planCapacity } from "../../../src/core/capacity/plan-capacity.ts";
import type { CapacityQuestion } from "../../../src/core/capacity/question.ts";
import { canonicalJson, type JsonObject } from "../../../src/core/json.ts";
import { expansion } from "../children/workspaces.ts";
import { A100, claim, H100, NOW, node, pod, question } from "./facts.ts";

const fallback = { fallbackInstanceTypes: [H100] };
/** The fixture's pods ask for the A100 only; these take both. */
function eitherSize(name: string): JsonObject {
  const text = JSON.stringify(pod(name)).replace(`["${A100}"]`, `["${A100}","${H100}"]`);
  return JSON.parse(text) as JsonObject;
}

function required(made: JsonObject | undefined, key: string): readonly string[] {
  return objectsAt(made, "spec", "requirements")
    .filter((one) => one["key"] === key)
    .flatMap((one) => textsAt(one, "values"));
}

function names(made: readonly JsonObject[]): readonly (string | undefined)[] {
  return made.map((one) => textAt(one, "metadata", "name"));
}

describe("planCapacity", () => {
  it("asks for one node of the stated size for one pod", () => {
    const plan = planCapacity(question());
    expect(plan.create).to.have.length(1);
    expect(plan.create[0]).to.deep.equal({
      apiVersion: "karpenter.sh/v1",
      kind: "NodeClaim",
      metadata: {
        name: names(plan.create)[0],
        annotations: { "karpenter.sh/do-not-disrupt": "true", "foresail.dev/region": "eastus" },
        labels: {
          apps: "phi",
          "app.kubernetes.io/managed-by": "foresail",
          "foresail.dev/workspace": "phi",
          "foresail.dev/workspace-namespace": "models",
          "foresail.dev/workspace-uid": "11111111-2222-3333-4444-555555555555",
        },
      },
      spec: {
        expireAfter: "Never",
        nodeClassRef: { group: "karpenter.kwok.sh", kind: "KWOKNodeClass", name: "default" },
        requirements: [
          { key: "kubernetes.io/arch", operator: "In", values: ["amd64"] },
          { key: "kubernetes.io/os", operator: "In", values: ["linux"] },
          { key: "node.kubernetes.io/instance-type", operator: "In", values: [A100] },
          { key: "karpenter.sh/capacity-type", operator: "In", values: ["on-demand"] },
        ],
        resources: { requests: { cpu: "16", memory: "154Gi", "nvidia.com/gpu": "1" } },
        taints: [{ effect: "NoSchedule", key: "sku", value: "gpu" }],
      },
    });
    expect(names(plan.create)[0]).to.match(/^c[a-z0-9]{11}$/);
    expect(plan.waiting).to.deep.equal([
      { pod: "models/phi-1", reason: "WaitingForCapacity", message: `asked for ${A100} (on-demand)` },
    ]);
  });

  it("asks gpu-provisioner with its labels and a disk", () => {
    const base = question();
    const settings = { ...base.settings, provider: "gpu-provisioner" as const };
    const made = planCapacity(question({ settings })).create[0];
    expect(textAt(made, "metadata", "labels", "kaito.sh/workspace")).to.equal("phi");
    expect(textAt(made, "metadata", "labels", "kaito.sh/workspacenamespace")).to.equal("models");
    expect(textAt(made, "spec", "resources", "requests", "storage")).to.equal("107Gi");
  });

  it("counts a claim in flight and says what it waits for", () => {
    const plan = planCapacity(question({ claims: [claim("c1")] }));
    expect(plan.create).to.deep.equal([]);
    expect([...plan.promised]).to.deep.equal(["c1"]);
    expect(plan.waiting[0]).to.include({ reason: "WaitingForCapacity" });
    expect(plan.waiting[0]?.message).to.match(/c1 .*Launched is not yet True: AwaitingReconciliation/);
  });

  it("asks for one more beside a claim in flight when two pods wait", () => {
    const claims = [claim("c1")];
    const plan = planCapacity(question({ claims, pods: [pod("phi-1"), pod("phi-2")], desiredPods: 2 }));
    expect(plan.create).to.have.length(1);
  });

  it("takes the next size when the first was refused, and the first again later", () => {
    const attempts = [
      {
        instanceType: A100,
        capacityType: "on-demand",
        reason: "Quota",
        message: "0 left",
        until: "2026-11-22T12:05:00Z",
      },
    ];
    const pods = [eitherSize("phi-1")];
    const now = planCapacity(question({ attempts, pods, expanded: fallback }));
    const later = planCapacity(question({ attempts, pods, expanded: fallback, nowMs: NOW + 6 * 60_000 }));
    expect(required(now.create[0], INSTANCE_TYPE_LABEL)).to.deep.equal([H100]);
    expect(required(later.create[0], INSTANCE_TYPE_LABEL)).to.deep.equal([A100]);
  });

  it("says OutOfStock with the next try when every offering was refused", () => {
    const until = "2026-11-22T12:05:00.000Z";
    const attempts = [{ instanceType: A100, reason: "SKUNotAvailable", message: "none left", until }];
    const plan = planCapacity(question({ attempts }));
    expect(plan.create).to.deep.equal([]);
    expect(plan.waiting[0]).to.include({ reason: "OutOfStock" });
    expect(plan.waiting[0]?.message).to.contain("SKUNotAvailable: none left").and.contain(until);
    expect(plan.nextTryMs).to.equal(Date.parse(until));
  });

  it("keeps the user's order of capacity types and zones, one of each per claim", () => {
    const nodes = { ...expansion.nodes, capacityTypes: ["spot", "on-demand"], zones: ["eastus-2", "eastus-1"] };
    const attempts = [
      {
        instanceType: A100,
        capacityType: "spot",
        zone: "eastus-2",
        reason: "X",
        message: "",
        until: "2026-11-22T13:00:00Z",
      },
    ];
    const first = planCapacity(question({ expanded: { nodes } })).create[0];
    const second = planCapacity(question({ expanded: { nodes }, attempts })).create[0];
    const chosen = (made: JsonObject | undefined) =>
      ["karpenter.sh/capacity-type", "topology.kubernetes.io/zone"].flatMap((key) => required(made, key));
    expect(chosen(first)).to.deep.equal(["spot", "eastus-2"]);
    expect(chosen(second)).to.deep.equal(["spot", "eastus-1"]);
  });

  it("never passes the price ceiling, also not by a fallback", () => {
    const nodes = { ...expansion.nodes, maxHourlyPriceUsd: 5 };
    const attempts = [{ instanceType: A100, reason: "X", message: "none", until: "2026-11-22T13:00:00Z" }];
    const pods = [eitherSize("phi-1")];
    const refused = planCapacity(question({ pods, attempts, expanded: { ...fallback, nodes } }));
    expect(refused.create).to.deep.equal([]);
    const second = planCapacity(
      question({
        pods: [pod("a", { nodeName: "n1" }), pod("b")],
        nodes: [node("n1")],
        claims: [claim("c1", { node: "n1" })],
        desiredPods: 2,
        expanded: { nodes },
      }),
    );
    expect(second.create).to.deep.equal([]);
    expect(second.waiting[0]).to.include({ pod: "models/b", reason: "TooExpensive" });
    expect(second.waiting[0]?.message).to.contain("3.673").and.contain("5 USD");
  });

  it("keeps to the installation's limits, claims of the same plan counted", () => {
    const two = { pods: [pod("a"), pod("b")], desiredPods: 2 };
    const nodes = planCapacity(question({ ...two, limits: { nodes: 1 } }));
    const gpus = planCapacity(question({ limits: { gpus: 8 }, usage: { nodes: 1, gpus: 8, hourlyPriceUsd: 1 } }));
    const price = planCapacity(question({ ...two, limits: { hourlyPriceUsd: 7 } }));
    expect(nodes.create).to.have.length(1);
    expect(nodes.waiting.map((one) => one.reason)).to.deep.equal(["WaitingForCapacity", "LimitReached"]);
    expect(gpus.create).to.deep.equal([]);
    expect(gpus.waiting[0]?.message).to.contain("9 GPUs").and.contain("limit is 8");
    expect(price.create).to.have.length(1);
  });

  it("never orders a second node for a pod whose own ready node is empty and too small", () => {
    const plan = planCapacity(
      question({ nodes: [node("n1", { memory: "100Gi" })], claims: [claim("c1", { node: "n1" })] }),
    );
    expect(plan.create).to.deep.equal([]);
    expect(plan.waiting[0]).to.include({ reason: "PodDoesNotFitNode" });
    expect(plan.waiting[0]?.message).to.contain("memory");
  });

  it("waits for the scheduler first, then repeats what it says", () => {
    const nodes = [node("n1", { since: "2026-11-22T11:00:00Z" })];
    const facts = { claims: [claim("c1", { node: "n1" })], nodes };
    const fresh = planCapacity(question(facts));
    expect(fresh.placeable).to.deep.equal(["models/phi-1"]);
    const old = planCapacity(question({ ...facts, roomSinceMs: { "models/phi-1": NOW - 60_000 } }));
    expect(old.placeable).to.deep.equal(["models/phi-1"]);
    expect(fresh.waiting[0]).to.include({ reason: "WaitingForScheduler" });
    expect(old.waiting[0]).to.include({ reason: "PodDoesNotFitNode" });
    expect(old.waiting[0]?.message).to.contain("0/1 nodes are available");
    expect([...fresh.create, ...old.create]).to.deep.equal([]);
  });

  it("asks for a node for the surge pod while the old pod holds the first, and not for a third", () => {
    const facts = { nodes: [node("n1")], claims: [claim("c1", { node: "n1" })] };
    const old = pod("old", { nodeName: "n1" });
    const surge = planCapacity(question({ ...facts, pods: [old, pod("new")] }));
    expect(surge.create).to.have.length(1);
    const again = planCapacity(question({ ...facts, pods: [old, pod("new"), pod("newer")] }));
    expect(again.create).to.have.length(1);
    expect(again.waiting.map((one) => one.reason)).to.include("LimitReached");
  });

  it("gives a node that stopped being ready ten minutes to return", () => {
    const away = (since: string) =>
      planCapacity(question({ claims: [claim("c1", { node: "n1" })], nodes: [node("n1", { ready: false, since })] }));
    expect(away("2026-11-22T11:55:00Z").create).to.deep.equal([]);
    expect(away("2026-11-22T11:45:00Z").create).to.have.length(1);
  });

  it("names a claim anew while a deleting one holds the name, and meets its own name again after a crash", () => {
    const first = names(planCapacity(question()).create)[0] ?? "";
    expect(names(planCapacity(question()).create)[0]).to.equal(first);
    const deleting = {
      ...claim("x", { deleting: true }),
      metadata: { ...(claim("x", { deleting: true })["metadata"] as JsonObject), name: first },
    };
    const second = names(planCapacity(question({ claims: [deleting] })).create)[0];
    expect(second)
      .to.match(/^c[a-z0-9]{11}$/)
      .and.not.equal(first);
  });

  it("buys nothing where nodes are brought along", () => {
    const plan = planCapacity(question({ expanded: { nodes: { ...expansion.nodes, provision: false } } }));
    expect(plan.create).to.deep.equal([]);
    expect(plan.waiting[0]).to.include({ reason: "Unschedulable" });
    expect(plan.waiting[0]?.message).to.contain("0/1 nodes are available");
  });

  it("ignores pods that are placed, over, deleted, gated or not the owner's", () => {
    const gated = {
      ...pod("gated"),
      status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] },
    };
    const foreign = { ...pod("other"), metadata: { name: "other", namespace: "models", labels: {} } };
    const pods = [gated, foreign, pod("done", { phase: "Succeeded" }), pod("bound", { nodeName: "n9" })];
    expect(planCapacity(question({ pods })).waiting).to.deep.equal([]);
  });

  it("gives the same answer for any order of its input", () => {
    const pods = [pod("a"), pod("b"), pod("c"), pod("old", { nodeName: "n1" })];
    const nodes = [node("n1"), node("n2"), node("n3")];
    const claims = [
      claim("c1", { node: "n1" }),
      claim("c2", { node: "n2" }),
      claim("c3"),
      claim("c4", { deleting: true }),
    ];
    const base: CapacityQuestion = question({ pods, nodes, claims, desiredPods: 5 });
    const expected = answer(base);
    const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });
    fc.assert(
      fc.property(shuffled(pods), shuffled(nodes), shuffled(claims), (p, n, c) => {
        expect(answer({ ...base, pods: p, nodes: n, claims: c })).to.equal(expected);
      }),
    );
  });
});

function answer(asked: CapacityQuestion): string {
  const plan = planCapacity(asked);
  return canonicalJson({ ...plan, promised: [...plan.promised].sort() } as unknown as JsonObject);
}
