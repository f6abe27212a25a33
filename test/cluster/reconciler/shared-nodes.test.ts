import { expect } from "chai";
import { after, before, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { applyIn, manifest, waitForCondition } from "../e2e/workspaces.ts";
import { describeWith, mustKubectl, namespace, readItems, waitFor } from "../support/cluster.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";

const TWO_GPUS = "Standard_NC48ads_A100_v4";

interface Placed {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName?: string };
}

async function claimsOf(share: string): Promise<readonly Placed[]> {
  const selector = encodeURIComponent(`foresail.dev/share=${share}`);
  return await readItems<Placed>(`/apis/karpenter.sh/v1/nodeclaims?labelSelector=${selector}`);
}

function sharing(name: string): JsonObject {
  const resource = { instanceType: TWO_GPUS, labelSelector: { matchLabels: { pool: "shared" } } };
  const annotations = { "foresail.dev/placement": "shared" };
  return manifest(name, { resource, inference: { preset: { name: "phi-4-mini-instruct" } } }, { annotations });
}

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "presets that share nodes", () => {
  let webhook: WebhookProcess;
  let reconciler: ReconcilerProcess;
  before(async () => {
    webhook = await startWebhook();
    reconciler = await startReconciler({ args: ["--empty-node-grace=2"] });
  });
  after(async () => {
    await reconciler.stop();
    await webhook.uninstall();
  });

  it("two run on one node of two GPUs, by one claim, which goes with the last of them", async () => {
    const space = await namespace("shared");
    await applyIn(space, sharing("one"));
    const { expansion } = await waitForCondition(space, "one", "Ready");
    await applyIn(space, sharing("two"));
    await waitForCondition(space, "two", "Ready");
    const share = expansion?.nodes.share ?? "";
    expect(share).to.match(/^[0-9a-f]{10}$/);
    expect(await claimsOf(share)).to.have.length(1);
    const pods = await readItems<Placed>(`/api/v1/namespaces/${space}/pods`);
    expect(pods).to.have.length(2);
    expect(new Set(pods.map(({ spec }) => spec.nodeName)).size).to.equal(1);
    await mustKubectl(["delete", "workspace", "one", "-n", space]);
    expect(await claimsOf(share)).to.have.length(1);
    await mustKubectl(["delete", "workspace", "two", "-n", space]);
    await waitFor("the claim to go", async () => (await claimsOf(share)).length === 0);
  });
});
