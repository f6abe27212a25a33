import { join } from "node:path";
import { packageRoot } from "../../load.ts";
import { scrubbedEnvironment } from "../../local/environment.ts";
import { freePorts } from "../../local/ports.ts";
import { type Supervised, superviseProcesses } from "../../local/supervised.ts";
import { Hopeless, until } from "../../local/until.ts";
import { accountKubeconfig } from "./account.ts";
import { installConfigurations, removeConfigurations } from "./configurations.ts";
import { install } from "./install.ts";
import { shippedArguments } from "./shipped.ts";
import type { Cluster } from "./target.ts";

export interface ForesailOptions {
  /** Host and port the API server reaches the webhook at, when it is not on this machine. */
  readonly webhookAddress?: { readonly host: string; readonly port: number } | undefined;
  /** Further arguments of the reconciler: provider, node class. */
  readonly reconcilerArgs: readonly string[];
  readonly catalog: readonly string[];
}

/** Webhook and reconciler, running here for a cluster. They end with this process, however it ends. */
export interface Foresail {
  /** Folder of their logs, as long as they run. */
  readonly logs: string;
  /** Resolves with one line when one of them has ended by itself. */
  readonly failed: Promise<string>;
  /** Removes the webhook configurations first, so that the cluster is never left calling nobody; then ends both. */
  stop(): Promise<void>;
}

// A process that ended is noticed by asking: within the time people need to look up.
const WATCH_INTERVAL_MS = 500;
// Two seconds on an idle machine: it reads what the cluster holds first.
const READY_TIMEOUT_MS = 60_000;

/**
 * Installs what ships and starts `foresail webhook` and `foresail reconciler` as their own ServiceAccounts. Returns when the
 * API server's calls are answered. Throws with nothing of ours left running when that cannot be had.
 */
export async function startForesail(cluster: Cluster, options: ForesailOptions): Promise<Foresail> {
  await install(cluster.kube);
  const supervised = await superviseProcesses();
  const stopping = new AbortController();
  const end = async (): Promise<void> => {
    stopping.abort();
    await removeConfigurations(cluster.kube);
    // In parallel: each only gives back what is its own.
    await Promise.all(["reconciler", "webhook"].map((name) => supervised.stop(name)));
    await supervised.shutdown();
  };
  try {
    const url = await startWebhook(cluster, options, supervised, stopping.signal);
    await installConfigurations(cluster.kube, url, () => assertAlive(supervised, "webhook"));
    await startReconciler(cluster, options, supervised, stopping.signal);
  } catch (error) {
    await end();
    throw error;
  }
  return { logs: supervised.workDir, failed: firstEnd(supervised, stopping.signal), stop: end };
}

async function startWebhook(
  cluster: Cluster,
  { webhookAddress, catalog }: ForesailOptions,
  supervised: Supervised,
  signal: AbortSignal,
): Promise<string> {
  const port = webhookAddress?.port ?? (await freePorts(1))[0] ?? 0;
  const host = webhookAddress?.host ?? "127.0.0.1";
  const url = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  await run(cluster, supervised, signal, {
    name: "webhook",
    args: [
      ...shippedArguments("webhook/deployment.yaml"),
      `--port=${port}`,
      `--url=${url}`,
      // Reachable from outside only where the API server is outside.
      ...(webhookAddress === undefined ? ["--address=127.0.0.1"] : []),
      "--certificates=memory",
      "--certificate-check-seconds=1",
      "--drain-seconds=0",
      ...catalog.map((directory) => `--catalog=${directory}`),
    ],
  });
  return url;
}

async function startReconciler(
  cluster: Cluster,
  { reconcilerArgs, catalog }: ForesailOptions,
  supervised: Supervised,
  signal: AbortSignal,
): Promise<void> {
  const [port = 0] = await freePorts(1);
  await run(cluster, supervised, signal, {
    name: "reconciler",
    args: [
      ...shippedArguments("reconciler/deployment.yaml"),
      `--health-port=${port}`,
      ...reconcilerArgs,
      ...catalog.map((directory) => `--catalog=${directory}`),
    ],
  });
  await until("the reconciler to be ready", READY_TIMEOUT_MS, async () => {
    assertAlive(supervised, "reconciler");
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  });
}

interface ForesailProcess {
  readonly name: "webhook" | "reconciler";
  readonly args: readonly string[];
}

async function run(
  cluster: Cluster,
  supervised: Supervised,
  signal: AbortSignal,
  { name, args }: ForesailProcess,
): Promise<void> {
  const path = join(supervised.workDir, `${name}.kubeconfig`);
  const kubeconfig = await accountKubeconfig(cluster, `foresail-${name}`, path, signal);
  const program = join(packageRoot(), "bin", "foresail.js");
  await supervised.start({
    name,
    command: [process.execPath, program, ...args, `--kubeconfig=${kubeconfig}`],
    env: scrubbedEnvironment(supervised.workDir),
  });
}

function assertAlive(supervised: Supervised, name: string): void {
  const exit = supervised.exitOf(name);
  if (exit !== undefined) throw new Hopeless(ended(supervised, name));
}

function ended(supervised: Supervised, name: string): string {
  return `${name} has ended; the end of its log:\n${supervised.logTail(name, 5)}`;
}

function firstEnd(supervised: Supervised, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const watch = setInterval(() => {
      const name = ["webhook", "reconciler"].find((one) => supervised.exitOf(one) !== undefined);
      if (name === undefined) return;
      clearInterval(watch);
      resolve(ended(supervised, name));
    }, WATCH_INTERVAL_MS);
    signal.addEventListener("abort", () => clearInterval(watch), { once: true });
  });
}
