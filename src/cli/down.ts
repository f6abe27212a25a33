import { streamReport } from "../local/report.ts";
import { UsageError } from "../option.ts";
import { type Arguments, command } from "./arguments.ts";
import { isUncalled } from "./down/uncalled.ts";
import { uninstall } from "./down/uninstall.ts";
import { ExitCode } from "./exit-code.ts";
import { readConfigurations, removeConfigurations } from "./up/configurations.ts";
import { ownerOf } from "./up/owner.ts";
import { type Cluster, openCluster } from "./up/target.ts";

const options = {
  kubeconfig: { kind: "text", help: "kubeconfig file (required)" },
  context: { kind: "text", help: "context of that file (required)" },
  everything: {
    kind: "switch",
    default: false,
    help: "take Foresail out of the cluster, whoever installed it; models keep serving, their nodes stay",
  },
  deleteModels: {
    kind: "switch",
    default: false,
    help: "with --everything: first delete all Workspaces and wait until their nodes are gone",
  },
  timeoutMinutes: {
    kind: "number",
    default: 20,
    help: "with --delete-models: how long Workspaces may take to go; the namespace gets a minute of it",
  },
  clusterIsDisposable: {
    kind: "switch",
    default: false,
    help: "with --everything: use a cluster that is not on this machine",
  },
} as const;

/** `foresail down`: 0 when nothing is left to do, 2 when something is in the way. */
export const run = command(
  {
    name: "down",
    usage: "--kubeconfig FILE --context NAME [OPTIONS]",
    about: [
      "Removes the webhook configurations that foresail up made, for example after it was killed, or whose Service is gone:",
      "while they call nobody, Workspaces cannot be created or changed.",
      "",
      "With --everything it takes Foresail out of the cluster: configurations, processes, finalizers, rights, namespace, and",
      "the definition where no Workspace is left. What stays is listed, with how to end it (docs/uninstall.md).",
      "",
      "Exit codes: 0 done; 2 arguments, or something is in the way; 3 internal error.",
    ],
    options,
    examples: [
      "foresail down --kubeconfig kind.kubeconfig --context kind-dev",
      "foresail down --kubeconfig kind.kubeconfig --context kind-dev --everything",
      "foresail down --kubeconfig kind.kubeconfig --context kind-dev --everything --delete-models",
    ],
  },
  down,
);

async function down({ values }: Arguments<typeof options>): Promise<number> {
  const { kubeconfig, context, everything } = values;
  if (values.deleteModels && !everything) {
    throw new UsageError("--delete-models belongs to --everything: add it, or delete single Workspaces with kubectl");
  }
  // Removing configurations that call nobody helps any cluster; all else can only be meant for one that was named for it.
  const disposable = values.clusterIsDisposable || !everything;
  const cluster = await openCluster({ kubeconfig, context, disposable });
  try {
    if (everything) await takeOut(cluster, values);
    else await removeLeftConfigurations(cluster);
    return ExitCode.clean;
  } finally {
    await cluster.kube.close();
  }
}

async function takeOut({ kube }: Cluster, values: Arguments<typeof options>["values"]): Promise<void> {
  const { kubeconfig = "", context = "", deleteModels, timeoutMinutes } = values;
  const left = await uninstall(
    kube,
    { kubeconfig, context, deleteModels, timeoutMs: timeoutMinutes * 60_000 },
    streamReport(),
  );
  for (const line of left) console.error(line);
  if (left.length === 0) console.error("nothing of Foresail is left");
}

async function removeLeftConfigurations({ kube }: Cluster): Promise<void> {
  const [configuration] = await readConfigurations(kube);
  if (configuration === undefined) {
    console.error("no webhook configuration of Foresail is there");
    return;
  }
  const owner = ownerOf(configuration);
  if (owner.kind === "installed" && !(await isUncalled(kube, configuration))) {
    console.error("the webhook configurations belong to a Foresail inside the cluster and stay");
    return;
  }
  if (owner.kind === "alive") console.error(`process ${owner.pid} still runs foresail up; it no longer gets calls`);
  await removeConfigurations(kube);
  console.error("removed the webhook configurations");
}
