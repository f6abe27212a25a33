import { expect } from "chai";
import { describe, it } from "mocha";
import { children } from "../../../src/core/children/children.ts";
import { initialPods, statedPods } from "../../../src/core/children/workload.ts";
import { canonicalJson, type JsonObject } from "../../../src/core/json.ts";
import { filesConfigMapName } from "../../../src/core/names.ts";
import { expansion, workspace } from "./workspaces.ts";

function find(objects: readonly JsonObject[], kind: string, name = "phi"): JsonObject {
  const found = objects.find((o) => o["kind"] === kind && (o["metadata"] as JsonObject)["name"] === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

describe("children", () => {
  it("are a Deployment, two Services and a NetworkPolicy for inference on one node", () => {
    const names = children(workspace()).map((o) => `${o["kind"]}/${(o["metadata"] as JsonObject)["name"]}`);
    expect(names).to.deep.equal(["Service/phi", "Service/phi-headless", "NetworkPolicy/phi", "Deployment/phi"]);
  });

  it("are none without an expansion", () => {
    const { expansion: _, ...without } = workspace();
    expect(children(without)).to.deep.equal([]);
  });

  it("carry the owner and our labels, and nothing of a GitOps tool", () => {
    for (const object of children(workspace())) {
      const metadata = object["metadata"] as JsonObject;
      expect(metadata["labels"]).to.deep.equal({
        "app.kubernetes.io/managed-by": "foresail",
        "kaito.sh/workspace": "phi",
      });
      expect(metadata["annotations"]).to.equal(undefined);
      expect(metadata["ownerReferences"]).to.deep.equal([
        {
          apiVersion: "kaito.sh/v1beta1",
          kind: "Workspace",
          name: "phi",
          uid: "11111111-2222-3333-4444-555555555555",
          controller: true,
          blockOwnerDeletion: true,
        },
      ]);
    }
  });

  it("give the workload the stored pod template verbatim and no replicas", () => {
    const { spec } = find(children(workspace()), "Deployment") as { spec: JsonObject };
    expect(canonicalJson(spec["template"])).to.equal(canonicalJson(expansion.podTemplate));
    expect(spec).not.to.have.property("replicas");
    expect(spec["strategy"]).to.deep.equal({
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
  });

  it("turn the strategy round for recreate", () => {
    const object = find(
      children(workspace({ workload: { ...expansion.workload, rollout: "recreate" } })),
      "Deployment",
    );
    expect((object["spec"] as JsonObject)["strategy"]).to.deep.equal({
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
    });
  });

  it("add the hash of the user's configuration as an annotation of the template and touch nothing else", () => {
    const spec = find(children(workspace(), { configHash: "abc" }), "Deployment")["spec"] as JsonObject;
    expect(spec["template"]).to.deep.equal({
      ...expansion.podTemplate,
      metadata: {
        labels: { "kaito.sh/workspace": "phi" },
        annotations: { "foresail.dev/config-hash": "abc" },
      },
    });
  });

  it("map the Service's ports to the model and keep the type", () => {
    const spec = find(children(workspace()), "Service")["spec"] as JsonObject;
    expect(spec).to.deep.equal({
      type: "ClusterIP",
      selector: { "kaito.sh/workspace": "phi" },
      ports: expansion.service?.ports,
    });
  });

  it("send requests to the first pod where one model takes several nodes", () => {
    const changed = workspace({ nodeCount: 2, workload: { kind: "StatefulSet", name: "phi", replicas: 1 } });
    const objects = children(changed);
    expect((find(objects, "Service")["spec"] as JsonObject)["selector"]).to.deep.equal({
      "kaito.sh/workspace": "phi",
      "apps.kubernetes.io/pod-index": "0",
    });
    const { podManagementPolicy, serviceName, updateStrategy } = find(objects, "StatefulSet")["spec"] as JsonObject;
    expect({ podManagementPolicy, serviceName, updateStrategy }).to.deep.equal({
      podManagementPolicy: "Parallel",
      serviceName: "phi-headless",
      updateStrategy: { type: "OnDelete" },
    });
  });

  it("let callers reach the model port only", () => {
    const spec = find(children(workspace()), "NetworkPolicy")["spec"] as JsonObject;
    const own = { podSelector: { matchLabels: { "kaito.sh/workspace": "phi" } } };
    expect(spec).to.deep.equal({
      ...own,
      policyTypes: ["Ingress"],
      ingress: [{ ports: [{ port: 5000, protocol: "TCP" }] }, { from: [own] }],
    });
  });

  it("for tuning are a Job, its files and a closed NetworkPolicy", () => {
    const { service: _, ...rest } = workspace().expansion ?? expansion;
    const files = { "training_config.yaml": "a: 1\n" };
    const object = { ...workspace(), expansion: { ...rest, files, workload: { kind: "Job" as const, name: "phi" } } };
    const objects = children(object);
    const configMap = filesConfigMapName("phi", files);
    expect(configMap).to.match(/^phi-[0-9a-f]{8}$/);
    expect(objects.map((o) => o["kind"])).to.deep.equal(["ConfigMap", "NetworkPolicy", "Job"]);
    expect(find(objects, "ConfigMap", configMap)).to.include({ immutable: true });
    expect(find(objects, "Job")["spec"]).to.deep.equal({ template: expansion.podTemplate });
    expect((find(objects, "NetworkPolicy")["spec"] as JsonObject)["ingress"]).to.have.length(1);
  });

  it("count pods: replicas times nodes of one model, nothing while something else scales", () => {
    const pods = (nodeCount: number, workload: typeof expansion.workload) => {
      const made = workspace({ nodeCount, workload }).expansion ?? expansion;
      return [statedPods(made), initialPods(made)];
    };
    expect(pods(1, { kind: "Deployment", name: "phi", replicas: 3 })).to.deep.equal([3, 3]);
    expect(pods(2, { kind: "StatefulSet", name: "phi", replicas: 1 })).to.deep.equal([2, 2]);
    expect(pods(2, { kind: "StatefulSet", name: "phi", replicas: 0 })).to.deep.equal([0, 0]);
    expect(pods(1, { kind: "Deployment", name: "phi" })).to.deep.equal([undefined, 1]);
    expect(pods(1, { kind: "Job", name: "phi" })).to.deep.equal([undefined, 1]);
  });
});
