import { expect } from "chai";
import { describe, it } from "mocha";
import { objectAt } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { plan } from "../../../src/core/plan.ts";
import type { World } from "../../../src/core/world.ts";
import { A100, claim, node } from "../capacity/facts.ts";
import { expansion } from "../children/workspaces.ts";
import { admitted, catalogue, condition, ownedPod, settled, shown, world } from "./worlds.ts";

const owner = admitted();

function waiting(changes: Partial<World> = {}): World {
  return world({ workspace: owner, children: settled(owner), pods: [ownedPod("phi-1")], ...changes });
}

function claims(facts: World): number {
  return shown(plan(facts, catalogue).actions).filter((one) => one === "createClaim").length;
}

describe("what a plan for nodes knows of the cluster", () => {
  it("pods of DaemonSets take their part of a new node", () => {
    const daemons = (cpu: string): JsonObject => ({
      kind: "DaemonSet",
      metadata: { name: "logs", namespace: "kube-system", uid: "uid-logs" },
      spec: {
        template: {
          spec: {
            tolerations: [{ operator: "Exists" }],
            containers: [{ name: "c", resources: { requests: { cpu } } }],
          },
        },
      },
    });
    expect(claims(waiting({ daemonSets: [daemons("100m")] }))).to.equal(1);
    const made = plan(waiting({ daemonSets: [daemons("20")] }), catalogue);
    expect(shown(made.actions)).not.to.include("createClaim");
    expect(condition(made, "Ready")).to.contain("PodDoesNotFitNode");
  });

  it("a quota that was read is not asked for more than it has", () => {
    const quota = (usedCores: number) => new Map([[A100, { name: "family", limitCores: 48, usedCores }]]);
    expect(claims(waiting({ quotas: quota(24) }))).to.equal(1);
    const made = plan(waiting({ quotas: quota(25) }), catalogue);
    expect(shown(made.actions)).not.to.include("createClaim");
    expect(condition(made, "Ready")).to.contain("QuotaExceeded");
  });

  it("labels of namespaces tell whose pods a pod keeps away from", () => {
    const podAntiAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          topologyKey: "kubernetes.io/hostname",
          labelSelector: {},
          namespaceSelector: { matchLabels: { team: "batch" } },
        },
      ],
    };
    const { affinity } = objectAt(expansion.podTemplate, "spec");
    const resources = { requests: { cpu: "1" } };
    const spec = {
      ...objectAt(expansion.podTemplate, "spec"),
      affinity: { ...(affinity as JsonObject), podAntiAffinity },
      containers: [{ name: "m", resources }],
    };
    const stranger = ownedPod("other", { nodeName: "n1" });
    const metadata = { ...objectAt(stranger, "metadata"), namespace: "jobs", labels: { a: "b" }, ownerReferences: [] };
    const facts = waiting({
      pods: [ownedPod("phi-1", { spec }), { ...stranger, metadata }],
      nodes: [node("n1")],
      claims: [claim("c1", { node: "n1" })],
    });
    const labels = (team: string) => new Map([["jobs", new Map([["team", team]])]]);
    expect(condition(plan({ ...facts, namespaces: labels("web") }, catalogue), "Ready")).to.contain(
      "WaitingForScheduler",
    );
    expect(condition(plan({ ...facts, namespaces: labels("batch") }, catalogue), "Ready")).not.to.contain(
      "WaitingForScheduler",
    );
  });
});
