import { join } from "node:path";
import { scrubbedEnvironment } from "../../local/environment.ts";
import { freePorts } from "../../local/ports.ts";
import { Hopeless, until } from "../../local/until.ts";
import { packageRoot } from "../../package-root.ts";
import { shippedArguments } from "../../shipped-objects.ts";
import { accountKubeconfig } from "./account.ts";
import { installConfigurations, removeConfigurations } from "./configurations.ts";
import type { ProcessHost } from "./host.ts";
import { install } from "./install.ts";
import type { Cluster } from "./target.ts";

export interface ForesailOptions {
  /** Host and port the API server reaches the webhook at, when it is not on this machine. */
  readonly webhookAddress?: { readonly host: string; readonly port: number } | undefined;
  /** Further arguments of the reconciler: provider, node class. */
  readonly reconcilerArgs: readonly string[];
  /** The reconciler makes the machines itself: it gets the rights for it, and these variables. Default: somebody else does. */
  readonly machines?: { readonly environment: Readonly<Record<string, string>> };
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
  /** Lets both run on without this process, for as long as their tokens last: a day. */
  release(): void;
}

const NAMES = ["reconciler", "webhook"] as const;
// A process that ended is noticed by asking: within the time people need to look up.
const WATCH_INTERVAL_MS = 500;
// Two seconds on an idle machine: it reads what the cluster holds first.
const READY_TIMEOUT_MS = 60_000;

/**
 * Installs what ships and starts `foresail webhook` and `foresail reconciler` as their own ServiceAccounts. Returns when the
 * API server's calls are answered. Throws with nothing of ours left running when that cannot be had.
 */
export async function startForesail(cluster: Cluster, host: ProcessHost, options: ForesailOptions): Promise<Foresail> {
  const stopping = new AbortController();
  const run = { cluster, host, options, signal: stopping.signal };
  const end = async (): Promise<void> => {
    stopping.abort();
    await removeConfigurations(cluster.kube);
    await Promise.all(NAMES.map((name) => host.stop(name)));
    await host.close();
  };
  try {
    await install(cluster.kube, { machines: options.machines !== undefined });
    const url = await startWebhook(run);
    await installConfigurations(cluster.kube, { url, ownerPid: host.ownerPid }, () => assertAlive(host, "webhook"));
    await startReconciler(run);
  } catch (error) {
    await end();
    throw error;
  }
  return { logs: host.workDir, failed: firstEnd(host, stopping.signal), stop: end, release: () => stopping.abort() };
}

interface Run {
  readonly cluster: Cluster;
  readonly host: ProcessHost;
  readonly options: ForesailOptions;
  /** Aborted when everything ends. */
  readonly signal: AbortSignal;
}

async function startWebhook(run: Run): Promise<string> {
  const { webhookAddress, catalog } = run.options;
  const port = webhookAddress?.port ?? (await freePorts(1))[0] ?? 0;
  const host = webhookAddress?.host ?? "127.0.0.1";
  const url = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  await start(run, {
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
      "--metrics-port=0",
      ...catalog.map((directory) => `--catalog=${directory}`),
    ],
  });
  return url;
}

async function startReconciler(run: Run): Promise<void> {
  const { reconcilerArgs, catalog, machines } = run.options;
  const [port = 0] = await freePorts(1);
  await start(run, {
    name: "reconciler",
    args: [
      ...shippedArguments("reconciler/deployment.yaml"),
      `--health-port=${port}`,
      "--metrics-port=0",
      ...reconcilerArgs,
      ...catalog.map((directory) => `--catalog=${directory}`),
    ],
    env: machines?.environment ?? {},
  });
  await until("the reconciler to be ready", READY_TIMEOUT_MS, async () => {
    assertAlive(run.host, "reconciler");
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  });
}

interface ForesailProcess {
  readonly name: (typeof NAMES)[number];
  readonly args: readonly string[];
  /** Beside what every process here gets. */
  readonly env?: Readonly<Record<string, string>>;
}

async function start({ cluster, host, signal }: Run, { name, args, env = {} }: ForesailProcess): Promise<void> {
  const path = join(host.workDir, `${name}.kubeconfig`);
  const kubeconfig = await accountKubeconfig(cluster, `foresail-${name}`, path, signal);
  const program = join(packageRoot(), "bin", "foresail.js");
  await host.start({
    name,
    command: [process.execPath, program, ...args, `--kubeconfig=${kubeconfig}`],
    env: { ...scrubbedEnvironment(host.workDir), ...env },
  });
}

function assertAlive(host: ProcessHost, name: string): void {
  if (host.hasEnded(name)) throw new Hopeless(ended(host, name));
}

function ended(host: ProcessHost, name: string): string {
  return `${name} has ended; the end of its log:\n${host.logTail(name, 5)}`;
}

function firstEnd(host: ProcessHost, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const watch = setInterval(() => {
      const name = NAMES.find((one) => host.hasEnded(one));
      if (name === undefined) return;
      clearInterval(watch);
      resolve(ended(host, name));
    }, WATCH_INTERVAL_MS);
    signal.addEventListener("abort", () => clearInterval(watch), { once: true });
  });
}
