import { join } from "node:path";
import { expect } from "chai";
import { after, before, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { applyIn, getWorkspace, mustGetWorkspace, serving, workspacePath } from "../e2e/workspaces.ts";
import { cluster, describeWith, mustKubectl, namespace, waitFor } from "../support/cluster.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";

const POLICY = join(packageRoot(), "policies/gpus-per-workspace.yaml");
const LIMIT = "foresail.dev/max-gpus";
const EIGHT_GPUS = "Standard_ND96amsr_A100_v4";
const ONE_GPU = "Standard_NC24ads_A100_v4";
const TOO_MANY = /8 GPUs \(1 replicas of 8\) are more than the 1 that the label foresail\.dev\/max-gpus/;

interface Answer {
  readonly status: number;
  readonly reason: string | undefined;
  readonly message: string;
}

describeWith([], "a policy that is tightened under live Workspaces", () => {
  let webhook: WebhookProcess;
  let space: string;
  before(async () => {
    webhook = await startWebhook();
    space = await namespace("tightened");
    await limit("8");
    await mustKubectl(["apply", "-f", POLICY]);
    // Nothing is proven by what is let in before the policy is in force.
    await limit("none");
    await waitFor("the policy to be in force", async () => (await create("probe")).status === 403);
    await limit("8");
    await waitFor("the limit of 8", async () => (await create("probe")).status === 201);
    for (const name of ["live", "held", "gone"]) await applyIn(space, stated(name));
    await limit("1");
    await waitFor("the limit of 1", async () => (await create("probe")).status === 403);
  });
  after(async () => {
    await mustKubectl(["delete", "-f", POLICY, "--ignore-not-found"]);
    await webhook.uninstall();
  });

  const stated = (name: string): JsonObject =>
    serving(name, "phi-4", EIGHT_GPUS, name === "held" ? { finalizers: ["example.com/held"] } : {});
  const limit = (value: string) => mustKubectl(["label", "namespace", space, `${LIMIT}=${value}`, "--overwrite"]);
  const create = (name: string): Promise<Answer> => {
    const path = `/apis/kaito.sh/v1beta1/namespaces/${space}/workspaces?dryRun=All`;
    return call("POST", path, stated(name));
  };
  const patch = (name: string, body: JsonObject, subresource = ""): Promise<Answer> =>
    call("PATCH", `${workspacePath(space, name)}${subresource}`, body);
  const expansionOf = async (name: string) => (await mustGetWorkspace(space, name)).expansion;

  it("lets unchanged applies and replaces of them pass", async () => {
    const before = await mustGetWorkspace(space, "live");
    expect(before.expansion?.gpu?.perNode, "the webhook sized it").to.equal(8);
    expect(await applyIn(space, stated("live"))).to.include("unchanged");
    await applyIn(space, stated("live"), "--server-side", "--force-conflicts", "--field-manager=flux");
    await mustKubectl(["replace", "-n", space, "-f", "-"], JSON.stringify(stated("live")));
    const now = await mustGetWorkspace(space, "live");
    expect(now.metadata.uid).to.equal(before.metadata.uid);
    expect(now.expansion).to.deep.equal(before.expansion);
  });

  it("lets their labels, annotations and finalizers be written, and their status", async () => {
    const finalizers = ["foresail.dev/cleanup"];
    const metadata = { labels: { team: "a" }, annotations: { "example.com/note": "b" }, finalizers };
    expect(await patch("live", { metadata })).to.include({ status: 200 });
    expect(await patch("live", { metadata: { finalizers: null } })).to.include({ status: 200 });
    expect(await patch("live", { status: { observedGeneration: 1 } }, "/status")).to.include({ status: 200 });
    const { metadata: stored, status } = await mustGetWorkspace(space, "live");
    expect([stored.labels, stored.finalizers, status?.observedGeneration]).to.deep.equal([{ team: "a" }, undefined, 1]);
  });

  it("denies a change that does not comply, with 403, Forbidden and its own message", async () => {
    const before = await expansionOf("live");
    const answer = await patch("live", { metadata: { annotations: { "foresail.dev/replicas": "2" } } });
    expect(answer).to.include({ status: 403, reason: "Forbidden" });
    expect(answer.message).to.match(/16 GPUs \(2 replicas of 8\) are more than the 1/);
    expect(await expansionOf("live")).to.deep.equal(before);
  });

  it("lets a change pass that complies", async () => {
    expect(await patch("live", { resource: { instanceType: ONE_GPU } })).to.include({ status: 200 });
    expect((await expansionOf("live"))?.gpu?.perNode).to.equal(1);
  });

  it("lets them be deleted, and what holds them let go", async () => {
    await mustKubectl(["delete", "workspace", "held", "-n", space, "--wait=false"]);
    expect((await mustGetWorkspace(space, "held")).metadata.deletionTimestamp).to.be.a("string");
    expect(await patch("held", { metadata: { finalizers: null } })).to.include({ status: 200 });
    expect(await getWorkspace(space, "held")).to.equal(undefined);
    await mustKubectl(["delete", "workspace", "gone", "-n", space]);
    expect(await getWorkspace(space, "gone")).to.equal(undefined);
  });

  it("denies one that is applied again after its deletion, until it is loosened", async () => {
    await mustKubectl(["delete", "workspace", "gone", "-n", space, "--ignore-not-found"]);
    const path = `/apis/kaito.sh/v1beta1/namespaces/${space}/workspaces`;
    const refused = await call("POST", path, stated("gone"));
    expect(refused).to.include({ status: 403, reason: "Forbidden" });
    expect(refused.message).to.match(TOO_MANY);
    expect(await getWorkspace(space, "gone")).to.equal(undefined);
    await limit("8");
    await waitFor("the limit of 8", async () => (await create("probe")).status === 201);
    await applyIn(space, stated("gone"));
    expect((await expansionOf("gone"))?.gpu?.perNode).to.equal(8);
  });
});

async function call(method: "POST" | "PATCH", path: string, body: JsonObject): Promise<Answer> {
  const answer = await cluster().api.call({ method, path, body });
  const { reason, message } = answer.body as { readonly reason?: string; readonly message?: string };
  return { status: answer.status, reason, message: message ?? "" };
}
