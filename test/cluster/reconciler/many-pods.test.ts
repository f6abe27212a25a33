import { readFileSync } from "node:fs";
import { expect } from "chai";
import { after, before, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { serving } from "../e2e/workspaces.ts";
import { apply, cluster, describeWith, mustKubectl, namespace, readItems, waitFor } from "../support/cluster.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";

const IS_WHOLE = process.env["FORESAIL_TEST_FULL"] === "1";
const OWNERS = IS_WHOLE ? 200 : 20;
const PODS_EACH = 50;
const MOST_LAUNCHING = 100;
const TEN_MINUTES_MS = 600_000;

interface Pod {
  readonly metadata: { readonly labels: { readonly [label: string]: string } };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly lastTransitionTime: string }[] };
}

/** Most memory a process of the control plane has held so far, MiB, as the kernel counted it. */
function peakMiB(name: string): number {
  const pid = cluster().processes().get(name);
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1]) / 1024;
}

function isDecided(workspace: Workspace): boolean {
  const waiting = workspace.status?.conditions?.find(({ type }) => type === "Reconciling");
  // One pod is named, the others are counted: all of them went through the plan.
  return waiting?.message.includes(`(${PODS_EACH - 1} more pods wait)`) === true;
}

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "N8: many pods wait at once", () => {
  let webhook: WebhookProcess;
  let reconciler: ReconcilerProcess;
  before(async () => {
    webhook = await startWebhook();
    // Nodes that never join: what is not decided at once is not decided by room that comes later.
    reconciler = await startReconciler({
      nodeClass: "karpenter.kwok.sh/KWOKNodeClass/registers-never",
      args: [`--limits-launching=${MOST_LAUNCHING}`, "--log-level=info"],
    });
  });
  after(async () => {
    await reconciler.stop();
    await webhook.uninstall();
  });

  it(`${OWNERS * PODS_EACH} pods of ${OWNERS} owners are each answered within 40 s and 300 MiB`, async function () {
    this.timeout(2 * TEN_MINUTES_MS);
    const space = await namespace("many");
    const path = `/apis/kaito.sh/v1beta1/namespaces/${space}/workspaces`;
    const annotations = { "foresail.dev/replicas": String(PODS_EACH) };
    const objects = Array.from({ length: OWNERS }, (_, i) => {
      const object = serving(`m${i}`, "phi-4-mini-instruct", "Standard_NC24ads_A100_v4", { annotations });
      return { ...object, metadata: { ...(object["metadata"] as JsonObject), namespace: space } };
    });
    await apply(...objects);
    const workspaces = await waitFor(
      "every pod to be answered",
      async () => {
        const all = await readItems<Workspace>(path);
        return all.length === OWNERS && all.every(isDecided) ? all : undefined;
      },
      TEN_MINUTES_MS,
    );
    const decidedMs = Date.now();
    const peak = peakMiB(reconciler.name);
    const pods = await readItems<Pod>(`/api/v1/namespaces/${space}/pods`);
    const refusedMs = pods.map(({ status }) =>
      Date.parse(status.conditions.find(({ type }) => type === "PodScheduled")?.lastTransitionTime ?? ""),
    );
    const lastMs = refusedMs.reduce((a, b) => Math.max(a, b));
    const metrics = await reconciler.metrics();
    const looks = metrics.get('foresail_reconciles_total{result="done"}');
    const seconds = (decidedMs - lastMs) / 1000;
    console.log(
      `    ${pods.length} pods: the last decision ${seconds.toFixed(1)} s after the last condition, ` +
        `${peak.toFixed(0)} MiB at most, ${looks} looks`,
    );
    try {
      expect(pods).to.have.length(OWNERS * PODS_EACH);
      expect(seconds).to.be.lessThan(40);
      expect(peak).to.be.lessThan(300);
      const claims = await readItems<Pod>(
        `/apis/karpenter.sh/v1/nodeclaims?labelSelector=${encodeURIComponent(`foresail.dev/workspace-namespace=${space}`)}`,
      );
      const owners = new Map<string, number>();
      for (const { metadata } of claims) {
        const owner = metadata.labels["foresail.dev/workspace"] ?? "";
        owners.set(owner, (owners.get(owner) ?? 0) + 1);
      }
      console.log(`    ${claims.length} nodes are being launched, for ${owners.size} owners`);
      // All of the bound is used, and by several: who comes first does not take it all. It is spent in the first seconds, by
      // owners of whom each gets an equal part of what is known to wait then; two could take all of it.
      expect(claims).to.have.length(MOST_LAUNCHING);
      expect(owners.size).to.be.at.least(MOST_LAUNCHING / PODS_EACH + 1);
      // Pods have events by the thousand; only those of owners are read.
      const told = await readItems<{ reason: string; involvedObject: { name: string } }>(
        `/api/v1/namespaces/${space}/events?fieldSelector=involvedObject.kind%3DWorkspace`,
      );
      const perOwner = workspaces.map(({ metadata }) =>
        told.filter(({ involvedObject }) => involvedObject.name === metadata.name),
      );
      // A reason may change on the way (a node is asked for, then the turn is another's) and come back; pods have no events.
      const reasons = new Set(told.map(({ reason }) => reason));
      for (const own of perOwner) expect(own.length, "events of an owner").to.be.within(1, 2 * reasons.size);
    } finally {
      // What is found or not, the tests after it find an empty cluster.
      await mustKubectl(["delete", "workspaces", "--all", "-n", space, "--wait=false"]);
      await waitFor(
        "everything to be gone",
        async () =>
          (await readItems(path)).length === 0 &&
          (await readItems(`/api/v1/namespaces/${space}/pods?limit=1`)).length === 0,
        TEN_MINUTES_MS,
      );
    }
  });
});
