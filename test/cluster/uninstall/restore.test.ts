import { expect } from "chai";
import { it } from "mocha";
import { type ControlPlane, startControlPlane } from "../../../src/local/control-plane.ts";
import { prepareTools } from "../../../src/local/tools.ts";
import { start } from "../cli/process.ts";
import { applyIn, mustGetWorkspace, serving } from "../e2e/workspaces.ts";
import { NEXT_RELEASE, nextPackage } from "../gitops/support/next-release.ts";
import { cluster, describeWith, mustKubectl, namespace, provideCluster, read, waitFor } from "../support/cluster.ts";
import { startForesail } from "../support/foresail.ts";
import { startReconciler } from "../support/reconciler.ts";
import { startWebhook } from "../support/webhook.ts";

const A100 = "Standard_NC24ads_A100_v4";
const NAMES = ["plain", "follows", "pinned"];

describeWith(["controllerManager"], "a backup", function () {
  this.timeout(240_000);

  it("restores into a new cluster that runs a later version: the same pods, but for who follows releases", async () => {
    const space = await namespace("backup");
    const here = await startForesail();
    let text = "";
    let before: readonly (string | undefined)[] = [];
    try {
      await applyIn(space, serving("plain", "phi-4", A100));
      await applyIn(space, serving("follows", "phi-4", A100, { annotations: { "foresail.dev/upgrade": "follow" } }));
      const { expansion } = await mustGetWorkspace(space, "plain");
      const release = { "foresail.dev/catalog": expansion?.catalog ?? "" };
      await applyIn(space, serving("pinned", "phi-4", A100, { annotations: release }));
      before = await hashes(space);
      text = await backedUp(space);
      await mustKubectl(["delete", "workspaces", "--all", "-n", space, "--timeout=100s"]);
    } finally {
      await here.stop();
    }
    expect(text).not.to.match(/^expansion:|^status:|resourceVersion|uid:/m);

    await elsewhere(async (workDir) => {
      await mustKubectl(["create", "namespace", space]);
      const next = nextPackage(workDir);
      const webhook = await startWebhook({ package: next });
      const reconciler = await startReconciler({ package: next });
      try {
        await mustKubectl(["create", "-f", "-"], text);
        const after = await hashes(space);
        expect(after[0]).to.equal(before[0]);
        expect(after[1]).not.to.equal(before[1]);
        expect(after[2]).to.equal(before[2]);
        expect((await mustGetWorkspace(space, "follows")).expansion?.catalog).to.equal(NEXT_RELEASE);
      } finally {
        await reconciler.stop();
        await webhook.uninstall();
      }
    });
  });

  /** Template hashes of the Deployments of the three Workspaces. */
  async function hashes(space: string): Promise<readonly (string | undefined)[]> {
    return await Promise.all(
      NAMES.map((name) =>
        waitFor(`the Deployment of ${name}`, async () => {
          const path = `/apis/apps/v1/namespaces/${space}/deployments/${name}`;
          const object = await read<{ metadata: { annotations?: Record<string, string> } }>(path);
          return object?.metadata.annotations?.["foresail.dev/template-hash"];
        }),
      ),
    );
  }

  async function backedUp(space: string): Promise<string> {
    const { kubeconfig, context } = cluster();
    const args = ["render", "--live", "--pinned", "--kubeconfig", kubeconfig, "--context", context, "-n", space];
    const program = start(args);
    expect(await program.ended, program.stderr()).to.equal(0);
    return program.stdout();
  }

  /** With another, empty cluster as the one of this run. */
  async function elsewhere(use: (workDir: string) => Promise<void>): Promise<void> {
    const answer = await prepareTools();
    if (answer.kind === "unavailable") throw new Error(answer.reason);
    const usual = cluster();
    const other: ControlPlane = await startControlPlane({ tools: answer.tools, without: ["kwok", "scheduler"] });
    provideCluster(other);
    try {
      await use(other.workDir);
    } finally {
      provideCluster(usual);
      await other.stop();
    }
  }
});
