import { expect } from "chai";
import { it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import {
  applyIn,
  getWorkspace,
  manifest,
  mustGetWorkspace,
  serving,
  waitForCondition,
  waitForReason,
} from "../e2e/workspaces.ts";
import { apply, describeWith, mustKubectl, namespace, read, waitFor } from "../support/cluster.ts";
import { foresailRuns } from "../support/foresail.ts";

const A100 = "Standard_NC24ads_A100_v4";

// Causes that pass by themselves, many at a time, are in reasons-of-cluster.test.ts.
describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "why a Workspace does not run", () => {
  const foresail = foresailRuns();

  it("a node that never registers", async () => {
    const space = await namespace("unregistered");
    const annotations = { "kaito.sh/node-class-name": "registers-never" };
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100, { annotations }));
    const ready = await waitFor("the claim's own words", async () => {
      const found = (await getWorkspace(space, "m"))?.status?.conditions?.find((one) => one.type === "Ready");
      return found?.message.includes("Registered is not yet True") === true ? found : undefined;
    });
    expect(ready).to.include({ status: "Unknown", reason: "WaitingForCapacity" });
    expect(await waitForReason(space, "m", "NodeClaimReady", "NodeClaimNotReady")).to.include({ status: "False" });
    await mustKubectl(["delete", "workspace", "m", "-n", space, "--timeout=60s"]);
  });

  it("an offering the provider has none of: remembered, not asked for again and again", async () => {
    const space = await namespace("stock");
    // Karpenter answers a missing node class as it does a lack of capacity: it deletes the claim.
    const annotations = { "kaito.sh/node-class-name": "missing" };
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100, { annotations }));
    await waitForReason(space, "m", "Reconciling", "OutOfStock");
    const { status } = await mustGetWorkspace(space, "m");
    expect(status?.attempts).to.have.length(1);
    expect(status?.attempts?.[0]).to.include({ instanceType: A100, capacityType: "on-demand" });
    const asked = foresail.reconciler
      .log()
      .filter((line) => line["object"] === `${space}/m` && line["action"] === "createClaim");
    expect(asked).to.have.length(1);
  });

  it("pods of a StatefulSet and of a Job that a quota refuses", async () => {
    const space = await namespace("quotas");
    await apply({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "no-gpus", namespace: space },
      spec: { hard: { "requests.nvidia.com/gpu": "0" } },
    });
    await applyIn(space, serving("two", "phi-4", "Standard_NV36ads_A10_v5"));
    const resource = { instanceType: A100, labelSelector: { matchLabels: { apps: "job" } } };
    const tuning = {
      preset: { name: "phi-3-mini-4k-instruct" },
      method: "lora",
      input: { urls: ["https://example.test/data.parquet"] },
      output: { image: "registry.example/out:1", imagePushSecret: "push" },
    };
    await applyIn(space, manifest("job", { resource, tuning }));
    for (const name of ["two", "job"]) {
      const refused = await waitForReason(space, name, "Reconciling", "PodRefused");
      expect(refused.message, name).to.contain("exceeded quota: no-gpus");
    }
  });

  it("a Service that the quota refuses: the API server's words, and none of it for ever", async () => {
    const space = await namespace("services");
    const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "none", namespace: space } };
    await apply({ ...quota, spec: { hard: { services: "0" } } });
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
    const failed = await waitForReason(space, "m", "Reconciling", "ApplyFailed");
    expect(failed.message).to.contain("exceeded quota: none");
    await mustKubectl(["delete", "resourcequota", "none", "-n", space]);
    await waitForCondition(space, "m", "Ready");
  });

  it("a ConfigMap that is missing, and one that asks for more than fits; the edit rolls", async () => {
    const space = await namespace("config");
    const object = serving("m", "phi-4", A100);
    await applyIn(space, { ...object, inference: { preset: { name: "phi-4" }, config: "mine" } });
    await waitForReason(space, "m", "Stalled", "ConfigMissing");
    expect(await read(`/apis/apps/v1/namespaces/${space}/deployments/m`)).to.equal(undefined);
    const config = (tokens: number): JsonObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "mine", namespace: space },
      data: { "inference_config.yaml": `vllm:\n  max-model-len: ${tokens}\n` },
    });
    await apply(config(10_000_000));
    expect((await waitForReason(space, "m", "Stalled", "ConfigConflict")).message).to.contain("10000000");
    await apply(config(2048));
    await waitForCondition(space, "m", "Ready");
    const hash = async (): Promise<unknown> => {
      const path = `/apis/apps/v1/namespaces/${space}/deployments/m`;
      const live = await read<{ spec: { template: { metadata: { annotations: JsonObject } } } }>(path);
      return live?.spec.template.metadata.annotations["foresail.dev/config-hash"];
    };
    const first = await hash();
    await apply(config(1024));
    await waitFor("the edit to roll", async () => (await hash()) !== first);
  });

  it("no expansion yet, as admission is away: asked for when it is back", async () => {
    const space = await namespace("unexpanded");
    await foresail.webhook.suspended(async () => {
      await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
      await waitForReason(space, "m", "Reconciling", "ExpansionMissing");
    });
    await waitForCondition(space, "m", "Ready");
  });

  it("an expansion that admission did not write: nothing is created", async () => {
    const space = await namespace("forged");
    await foresail.webhook.suspended(async () => {
      await applyIn(space, {
        ...serving("m", "phi-4", A100),
        expansion: {
          catalog: "2026.11.0",
          inputsHash: `sha256:${"0".repeat(64)}`,
          nodeCount: 1,
          nodes: { provision: true, placement: "dedicated", capacityTypes: ["on-demand"], storageGiB: 1 },
          workload: { kind: "Deployment", name: "m", replicas: 1 },
          podTemplate: { spec: { containers: [{ name: "x", image: "evil" }] } },
        },
      });
      // The reconciler adds its finalizer; without a webhook nothing rewrites the expansion.
      await waitForReason(space, "m", "Stalled", "ExpansionNotOurs");
    });
    expect(await read(`/apis/apps/v1/namespaces/${space}/deployments/m`)).to.equal(undefined);
  });

  it("KAITO's own controller runs: nothing is written at all", async () => {
    const space = await namespace("kaito");
    const labels = { "app.kubernetes.io/name": "workspace" };
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: "kaito", image: "kaito/workspace:0.12.0" }] },
    };
    await apply({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "kaito-workspace", namespace: space, labels },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    });
    await waitFor("the refusal", async () => (await foresail.reconciler.readyz()).status === 503);
    expect((await foresail.reconciler.readyz()).body).to.contain(`${space}/kaito-workspace`);
    const other = await namespace("beside");
    await applyIn(other, serving("m", "phi-4-mini-instruct", A100));
    const untouched = await mustGetWorkspace(other, "m");
    await mustKubectl(["label", "workspace", "m", "-n", other, "look=here"]);
    expect(untouched.metadata.finalizers).to.equal(undefined);
    expect(untouched.status, "the definition's default").to.deep.equal({ observedGeneration: -1 });
    await mustKubectl(["delete", "deployment", "kaito-workspace", "-n", space]);
    await waitForCondition(other, "m", "Ready");
  });
});
