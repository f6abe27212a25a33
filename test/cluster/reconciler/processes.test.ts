import { expect } from "chai";
import { after, before, it } from "mocha";
import { applyIn, serving, waitForCondition } from "../e2e/workspaces.ts";
import { cluster, describeWith, mustKubectl, namespace, read, readItems, waitFor } from "../support/cluster.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";

const A100 = "Standard_NC24ads_A100_v4";
const LEASE = "/apis/coordination.k8s.io/v1/namespaces/foresail-system/leases/foresail-reconciler";

interface Claim {
  readonly metadata: { readonly name: string; readonly labels: { readonly [key: string]: string } };
}

async function claimsIn(space: string): Promise<readonly Claim[]> {
  const selector = encodeURIComponent(`foresail.dev/workspace-namespace=${space}`);
  return await readItems<Claim>(`/apis/karpenter.sh/v1/nodeclaims?labelSelector=${selector}`);
}

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "reconciler processes", () => {
  let webhook: WebhookProcess;
  const running: ReconcilerProcess[] = [];
  before(async () => {
    webhook = await startWebhook();
  });
  after(async () => {
    for (const one of running) await one.stop();
    await webhook.uninstall();
  });

  it("of two one leads, and the other takes over at once when that one stops", async () => {
    const first = await startReconciler();
    const second = await startReconciler({ leads: false });
    expect((await second.readyz()).status).to.equal(200);
    expect(second.log().some((line) => line["msg"] === "leads")).to.equal(false);
    const space = await namespace("two");
    await applyIn(space, serving("a", "phi-4-mini-instruct", A100));
    await waitForCondition(space, "a", "Ready");
    await first.stop();
    // Given back, not waited out: a lease lasts 15 s.
    const stoppedMs = Date.now();
    await second.said("leads");
    expect(Date.now() - stoppedMs).to.be.lessThan(10_000);
    await applyIn(space, serving("b", "phi-4-mini-instruct", A100));
    await waitForCondition(space, "b", "Ready");
    expect(second.log().filter((line) => line["msg"] === "create NodeClaim")).to.have.length(1);
    expect(first.log().filter((line) => line["msg"] === "create NodeClaim")).to.have.length(1);
    await second.stop();
    const lease = await read<{ spec: { holderIdentity?: string } }>(LEASE);
    expect(lease?.spec.holderIdentity ?? "").to.equal("");
  });

  it("N4: one that was paused for longer than its lease writes nothing more when it goes on", async function () {
    this.timeout(240_000);
    const first = await startReconciler();
    const second = await startReconciler({ leads: false });
    const pid = cluster().processes().get(first.name) ?? 0;
    const space = await namespace("paused");
    await applyIn(space, serving("a", "phi-4-mini-instruct", A100));
    await waitForCondition(space, "a", "Ready");
    process.kill(pid, "SIGSTOP");
    await second.said("leads");
    // What the first has not seen: it wakes up with a plan for it, and an old world.
    await applyIn(space, serving("b", "phi-4-mini-instruct", A100));
    await waitForCondition(space, "b", "Ready");
    const before = first.log().length;
    process.kill(pid, "SIGCONT");
    await first.said("does not lead any more");
    await applyIn(space, serving("c", "phi-4-mini-instruct", A100));
    await waitForCondition(space, "c", "Ready");
    const wrote = first.log().slice(before);
    expect(wrote.filter((line) => line["action"] !== undefined)).to.deep.equal([]);
    expect(
      (await claimsIn(space)).map((claim) => claim.metadata.labels["foresail.dev/workspace"]).sort(),
    ).to.deep.equal(["a", "b", "c"]);
    await first.stop();
    await second.stop();
  });

  it("killed in the middle and started again, every Workspace has exactly one node", async () => {
    const reconciler = await startReconciler();
    running.push(reconciler);
    const space = await namespace("killed");
    const names = ["a", "b", "c", "d"];
    for (const name of names) await applyIn(space, serving(name, "phi-4-mini-instruct", A100));
    await waitFor("the first claim", async () => (await claimsIn(space)).length > 0);
    await reconciler.stop("SIGKILL");
    // A killed leader cannot give its lease back: the next one waits it out.
    await reconciler.start();
    for (const name of names) await waitForCondition(space, name, "Ready");
    const owners = (await claimsIn(space)).map((claim) => claim.metadata.labels["foresail.dev/workspace"]).sort();
    expect(owners).to.deep.equal(names);
    await mustKubectl(["delete", "workspaces", "--all", "-n", space, "--wait=false"]);
    await waitFor("the first claim to go", async () => (await claimsIn(space)).length < names.length);
    await reconciler.stop("SIGKILL");
    await reconciler.start();
    await waitFor("everything to be gone", async () => {
      const left = await readItems(`/apis/kaito.sh/v1beta1/namespaces/${space}/workspaces`);
      return left.length === 0 && (await claimsIn(space)).length === 0;
    });
    expect(await readItems(`/api/v1/namespaces/${space}/pods`)).to.deep.equal([]);
  });
});
