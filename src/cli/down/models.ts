import { join } from "node:path";
import { conditionAt, textAt } from "../../core/capacity/fields.ts";
import type { JsonObject } from "../../core/json.ts";
import { keyOf } from "../../core/uninstall/plan-uninstall.ts";
import type { Kube, KubeObject } from "../../kube/kube.ts";
import { remove } from "../../kube/verbs.ts";
import { scrubbedEnvironment } from "../../local/environment.ts";
import type { Report } from "../../local/report.ts";
import { Hopeless, until } from "../../local/until.ts";
import { packageRoot } from "../../package-root.ts";
import { ownHost, type ProcessHost } from "../up/host.ts";
import { listAllWorkspaces, workspaceRef } from "../workspaces.ts";

export interface ModelsToDelete {
  readonly workspaces: readonly KubeObject[];
  /** Whether a Workspace has to go: those of a KAITO beside stay. */
  readonly isToGo: (workspace: JsonObject) => boolean;
  /** Start a reconciler for it, with the rights of the user: none works. */
  readonly startReconciler: boolean;
  readonly kubeconfig: string;
  readonly context: string;
  readonly timeoutMs: number;
}

/**
 * Deletes Workspaces and waits until they are gone: workload, pods, nodes, finalizer.
 * Throws TimedOut naming what is left and what it waits for.
 */
export async function deleteModels(kube: Kube, models: ModelsToDelete, report: Report): Promise<void> {
  for (const workspace of models.workspaces) await remove(kube, workspaceRef(workspace));
  const host = models.startReconciler ? await startReconciler(models, report) : undefined;
  try {
    await gone(kube, models, host, report);
  } finally {
    await host?.close();
  }
}

async function gone(
  kube: Kube,
  { timeoutMs, isToGo }: ModelsToDelete,
  host: ProcessHost | undefined,
  report: Report,
): Promise<void> {
  let left: readonly JsonObject[] = [];
  try {
    await until("the Workspaces to be gone", timeoutMs, async () => {
      if (host?.hasEnded("reconciler") === true) {
        throw new Hopeless(`the reconciler has ended; the end of its log:\n${host.logTail("reconciler", 5)}`);
      }
      left = (await listAllWorkspaces(kube)).filter(isToGo);
      if (left.length > 0) report.progress(`${left.length} Workspaces are going; ${waitsFor(left[0])}`);
      return left.length === 0;
    });
  } catch (error) {
    if (error instanceof Hopeless) throw error;
    throw new Error(`these did not go in ${timeoutMs / 60_000} minutes:\n${left.map(waitsFor).join("\n")}`);
  }
}

/** What a Workspace says of its deletion. */
function waitsFor(workspace: JsonObject | undefined): string {
  if (workspace === undefined) return "";
  const message = textAt(conditionAt(workspace, "Ready"), "message");
  return `${keyOf(workspace)}: ${message ?? "says nothing"}`;
}

// Makes no node: every Workspace is on its way out, and claims are deleted whoever serves them.
async function startReconciler({ kubeconfig, context }: ModelsToDelete, report: Report): Promise<ProcessHost> {
  report.line("no reconciler works in this cluster: one runs here until the Workspaces are gone");
  const host = await ownHost();
  const program = join(packageRoot(), "bin", "foresail.js");
  const args = ["reconciler", "--provider=byo", "--leader-elect=false", "--health-port=0", "--metrics-port=0"];
  await host.start({
    name: "reconciler",
    command: [process.execPath, program, ...args, `--kubeconfig=${kubeconfig}`, `--context=${context}`],
    env: scrubbedEnvironment(host.workDir),
  });
  return host;
}
