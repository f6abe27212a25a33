import { type Arguments, command } from "./arguments.ts";
import { ExitCode } from "./exit-code.ts";
import { readConfigurations, removeConfigurations } from "./up/configurations.ts";
import { ownerOf } from "./up/owner.ts";
import { type Cluster, openCluster } from "./up/target.ts";
import { uninstall } from "./up/uninstall.ts";

const options = {
  kubeconfig: { kind: "text", help: "kubeconfig file (required)" },
  context: { kind: "text", help: "context of that file (required)" },
  everything: {
    kind: "switch",
    default: false,
    help: "also remove definitions, roles and namespace; needs no Workspace left",
  },
  clusterIsDisposable: {
    kind: "switch",
    default: false,
    help: "with --everything: use a cluster that is not on this machine",
  },
} as const;

/** `foresail down`: 0 when nothing is left, 2 when something is in the way. */
export const run = command(
  {
    name: "down",
    usage: "--kubeconfig FILE --context NAME [OPTIONS]",
    about: [
      "Removes the webhook configurations that foresail up made, for example after it was killed: while they call nobody,",
      "Workspaces cannot be created or changed. With --everything it removes all that up installed.",
      "",
      "Exit codes: 0 nothing is left; 2 arguments, or something is in the way; 3 internal error.",
    ],
    options,
    examples: [
      "foresail down --kubeconfig kind.kubeconfig --context kind-dev",
      "foresail down --kubeconfig kind.kubeconfig --context kind-dev --everything",
    ],
  },
  down,
);

async function down({ values }: Arguments<typeof options>): Promise<number> {
  const { kubeconfig, context, everything } = values;
  // Removing configurations that call nobody helps any cluster; removing definitions can only be meant for a disposable one.
  const disposable = values.clusterIsDisposable || !everything;
  const cluster = await openCluster({ kubeconfig, context, disposable });
  try {
    await removeLeftConfigurations(cluster);
    if (everything) for (const line of await uninstall(cluster.kube)) console.error(line);
    return ExitCode.clean;
  } finally {
    await cluster.kube.close();
  }
}

async function removeLeftConfigurations({ kube }: Cluster): Promise<void> {
  const [configuration] = await readConfigurations(kube);
  if (configuration === undefined) {
    console.error("no webhook configuration of foresail up is there");
    return;
  }
  const owner = ownerOf(configuration);
  if (owner.kind === "installed") {
    console.error("the webhook configurations belong to a Foresail inside the cluster and stay");
    return;
  }
  if (owner.kind === "alive") console.error(`process ${owner.pid} still runs foresail up; it no longer gets calls`);
  await removeConfigurations(kube);
  console.error("removed the webhook configurations");
}
