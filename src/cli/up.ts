import { resolve } from "node:path";
import { UsageError } from "../option.ts";
import { aksArguments, aksCloud, aksFlags, azureEnvironment } from "./aks-flags.ts";
import { type Arguments, command } from "./arguments.ts";
import { catalogueWith } from "./catalogue.ts";
import { ExitCode } from "./exit-code.ts";
import { aborted, interruption } from "./interrupt.ts";
import { type Foresail, startForesail } from "./up/foresail.ts";
import { ownHost } from "./up/host.ts";
import { preflight } from "./up/preflight.ts";
import { type Cluster, openCluster } from "./up/target.ts";

const options = {
  kubeconfig: { kind: "text", help: "kubeconfig file (required)" },
  context: { kind: "text", help: "context of that file (required)" },
  clusterIsDisposable: {
    kind: "switch",
    default: false,
    help: "use a cluster that is not on this machine: all in it may be changed and deleted",
  },
  webhookAddress: {
    kind: "text",
    help: "HOST:PORT the API server reaches this machine at; needed when it is elsewhere",
  },
  provider: {
    kind: "choice",
    choices: ["karpenter", "aks", "gpu-provisioner", "byo"],
    // Nobody buys anything by trying out a command.
    default: "byo",
    help: "who turns claims into nodes; byo: nobody, bring your own",
  },
  nodeClass: { kind: "text", help: "with karpenter: GROUP/KIND/NAME of the node class of claims" },
  ...aksFlags,
  catalog: { kind: "list", help: "directory or file of catalogue data, over what ships" },
} as const;

type UpArguments = Arguments<typeof options>;

/** `foresail up`: 0 after Ctrl-C, 2 when the cluster may not be used, 3 when a process ended by itself. */
export const run = command(
  {
    name: "up",
    usage: "--kubeconfig FILE --context NAME [OPTIONS]",
    about: [
      "Installs the Workspace definition, roles and webhook configurations into a development cluster and runs webhook and",
      "reconciler here, as their own ServiceAccounts, until Ctrl-C. The configurations go with it; down removes the rest.",
      "Changes nothing (exit code 2) where KAITO, its definition or its webhooks are found.",
      "",
      "Exit codes: 0 stopped by Ctrl-C; 2 arguments, or a cluster that cannot be used; 3 a process ended by itself, or internal error.",
    ],
    options,
    examples: [
      "foresail up --kubeconfig kind.kubeconfig --context kind-dev",
      "foresail up --kubeconfig kind.kubeconfig --context kind-dev --provider karpenter --node-class karpenter.kwok.sh/KWOKNodeClass/default",
      "foresail up --kubeconfig dev.kubeconfig --context dev --cluster-is-disposable --webhook-address 10.0.0.5:8443",
      "foresail up … --provider aks --subscription ID --resource-group GROUP --cluster-name NAME --region eastus",
    ],
  },
  up,
);

async function up({ values }: UpArguments): Promise<number> {
  if (values.provider === "karpenter" && values.nodeClass === undefined) {
    throw new UsageError(
      "--provider karpenter needs --node-class, for example karpenter.azure.com/AKSNodeClass/default",
    );
  }
  const machines = values.provider === "aks";
  // Nothing of the cluster is touched for options that the reconciler would refuse.
  const cloud = machines ? aksCloud(values) : undefined;
  if (typeof cloud === "string") throw new UsageError(cloud);
  const catalogue = catalogueWith(values.catalog);
  const stop = interruption();
  const { kubeconfig, context, clusterIsDisposable: disposable } = values;
  const cluster = await openCluster({ kubeconfig, context, disposable });
  try {
    const webhookAddress = addressFor(cluster, values.webhookAddress);
    await preflight(cluster, { provider: values.provider, catalogue });
    const foresail = await startForesail(cluster, await ownHost(), {
      webhookAddress,
      reconcilerArgs: [
        `--provider=${values.provider}`,
        ...(values.nodeClass === undefined ? [] : [`--node-class=${values.nodeClass}`]),
        ...(machines ? aksArguments(values) : []),
      ],
      ...(machines ? { machines: { environment: azureEnvironment(process.env) } } : {}),
      // The processes run in a folder of their own.
      catalog: values.catalog.map((directory) => resolve(directory)),
    });
    return await hold(foresail, stop);
  } finally {
    await cluster.kube.close();
  }
}

async function hold(foresail: Foresail, stop: AbortSignal): Promise<number> {
  console.error(`webhook and reconciler are running; logs are in ${foresail.logs}. Ctrl-C ends both.`);
  try {
    const failure = await Promise.race([aborted(stop), foresail.failed]);
    if (failure === undefined) return ExitCode.clean;
    console.error(failure);
    return ExitCode.internal;
  } finally {
    await foresail.stop();
    console.error("stopped; the webhook configurations are removed");
  }
}

/** Where the webhook listens. An API server on another machine cannot reach our loopback. */
function addressFor(cluster: Cluster, given: string | undefined): { host: string; port: number } | undefined {
  if (given === undefined) {
    if (cluster.loopback) return undefined;
    throw new UsageError(
      `${cluster.server} cannot reach a loopback address: give --webhook-address HOST:PORT of this machine`,
    );
  }
  const url = URL.canParse(`https://${given}`) ? new URL(`https://${given}`) : undefined;
  if (url === undefined || url.port === "" || url.host !== given) {
    throw new UsageError(`--webhook-address is ${given}: expected HOST:PORT, for example 10.0.0.5:8443`);
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port) };
}
