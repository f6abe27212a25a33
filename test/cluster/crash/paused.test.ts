import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { after, before, it } from "mocha";
import { applyIn, serving, waitForCondition } from "../e2e/workspaces.ts";
import { cluster, describeWith, mustKubectl, namespace, waitFor } from "../support/cluster.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";
import { type Call, isClaimCreation } from "./calls.ts";
import { claims } from "./end-state.ts";
import { Gate } from "./gate.ts";
import { type CrashProxy, startProxy } from "./proxy.ts";

// A lease lasts 15 s, so that the other one leads before this is over.
const PAUSE_MS = process.env["FORESAIL_TEST_FULL"] === "1" ? 60_000 : 20_000;
// A renewal is tried every 2 s: whatever a process that wakes up still wants to write is on its way by then.
const AWAKE_MS = 5_000;
const DRAIN_MS = 200;

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "a leader that is paused", () => {
  const gate = new Gate();
  const running: ReconcilerProcess[] = [];
  let webhook: WebhookProcess;
  let proxy: CrashProxy;
  before(async () => {
    webhook = await startWebhook();
    const { url, ca } = cluster();
    proxy = await startProxy({ url, ca }, gate);
  });
  after(async () => {
    // Gracefully, so that the lease is free for the next.
    for (const one of running) await one.stop();
    await proxy.close();
    await webhook.uninstall();
  });

  it("N4: in the middle of a creation writes nothing when it wakes up, and no node is doubled", async () => {
    const lane = gate.lane();
    lane.begin({ mode: "late", at: isClaimCreation });
    const stale = await startReconciler({ server: proxy });
    running.push(stale);
    const other = await startReconciler({ leads: false });
    running.push(other);
    const space = await namespace("paused");
    await applyIn(space, serving("m", "phi-4-mini-instruct", "Standard_NC24ads_A100_v4"));
    await gate.struck();
    signal(stale, "SIGSTOP");
    const pausedMs = performance.now();
    // What is in a socket's buffer was sent before.
    await setTimeout(DRAIN_MS);
    gate.reopen();
    const before = lane.calls().length;
    await waitForCondition(space, "m", "WorkspaceReady");
    expect(other.log().filter((line) => line["msg"] === "create NodeClaim")).to.have.length(1);
    // What the paused one asked for arrives now, after the same was asked by the other.
    await lane.deliverLate();
    await setTimeout(PAUSE_MS - (performance.now() - pausedMs));
    signal(stale, "SIGCONT");
    await setTimeout(AWAKE_MS);
    expect(lane.calls().slice(before).filter(isWrite)).to.deep.equal([]);
    expect(lane.calls().find(isClaimCreation)?.status).to.equal(409);
    expect(await claimsIn(space)).to.have.length(1);
    await mustKubectl(["delete", "workspace", "m", "-n", space, "--wait=false"]);
    await waitFor("the claim to go", async () => (await claimsIn(space)).length === 0);
  }).timeout(300_000);
});

/** Claims for Workspaces of a namespace: other tests may have left theirs. */
async function claimsIn(space: string): Promise<readonly unknown[]> {
  return (await claims()).filter(({ metadata }) => metadata.labels?.["foresail.dev/workspace-namespace"] === space);
}

function signal(reconciler: ReconcilerProcess, name: NodeJS.Signals): void {
  const pid = cluster().processes().get(reconciler.name);
  if (pid === undefined) throw new Error(`${reconciler.name} does not run`);
  process.kill(pid, name);
}

/** The election itself asks for the Lease, which it may. */
function isWrite({ path }: Call): boolean {
  return !path.includes("/leases");
}
