import { join } from "node:path";
import { scrubbedEnvironment } from "../../../src/local/environment.ts";
import { freePorts } from "../../../src/local/ports.ts";
import { serviceAccountKubeconfig } from "../../../src/local/service-account.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { type Balancer, balance } from "./balancer.ts";
import { apply, cluster, mustKubectl, waitFor } from "./cluster.ts";
import { installFoundation, shippedArguments } from "./install.ts";
import { isExpanded, manifestsFor, removeConfigurations } from "./webhook.ts";

const SYSTEM_NAMESPACE = "foresail-system";

export interface Replica {
  /** Name among the control plane's processes; its log is `<name>.log`. */
  readonly name: string;
  readonly port: number;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again and waits until the balancer sends it connections. */
  start(): Promise<void>;
}

export interface Replicas {
  readonly balancer: Balancer;
  readonly all: readonly Replica[];
  /** Ends all of them and removes configurations and certificates. */
  uninstall(): Promise<void>;
}

export interface StartReplicasOptions {
  /** Further arguments, after the shipped ones. */
  readonly args?: readonly string[];
  /** Runs before the first replica starts, when no certificate is there. */
  readonly prepare?: () => Promise<void>;
  /** Folder of the package each replica runs; its length is the number of replicas. Default: this one, twice. */
  readonly packages?: readonly string[];
}

let started = 0;

/** Several `foresail webhook` behind one address, with one Secret, ServiceAccount and pair of configurations. */
export async function startReplicas(options: StartReplicasOptions = {}): Promise<Replicas> {
  await installFoundation();
  await removeCertificates();
  await options.prepare?.();
  const packages = options.packages ?? [packageRoot(), packageRoot()];
  const ports = await freePorts(packages.length);
  const balancer = await balance(ports);
  const url = `https://127.0.0.1:${balancer.port}`;
  const path = join(cluster().workDir, `replicas-${++started}.kubeconfig`);
  const account = { namespace: SYSTEM_NAMESPACE, name: "foresail-webhook", path };
  const kubeconfig = await serviceAccountKubeconfig(cluster(), account);
  await apply(...manifestsFor(url));
  const all: Replica[] = [];
  for (const [i, folder] of packages.entries()) {
    const args = [`--kubeconfig=${kubeconfig}`, `--port=${ports[i]}`, `--url=${url}`, ...(options.args ?? [])];
    all.push(await startReplica(`replica-${started}-${i}`, { folder, port: ports[i] ?? 0, args, balancer }));
  }
  await waitFor("the API server to call the replicas", isExpanded);
  return {
    balancer,
    all,
    uninstall: async () => {
      await removeConfigurations();
      for (const { name, stop } of all) if (cluster().processes().has(name)) await stop();
      await removeCertificates();
      await balancer.close();
    },
  };
}

interface Start {
  readonly folder: string;
  readonly port: number;
  readonly args: readonly string[];
  readonly balancer: Balancer;
}

async function startReplica(name: string, { folder, port, args, balancer }: Start): Promise<Replica> {
  const ready = () =>
    waitFor(`${name} to get connections`, () => {
      if (!cluster().processes().has(name)) throw new Error(`it ended: ${cluster().logTail(name, 5)}`);
      return balancer.ready().includes(port);
    });
  const all = [
    ...shippedArguments("webhook/deployment.yaml"),
    "--address=127.0.0.1",
    "--drain-seconds=1",
    // API servers open connections they may never use; those are waited for as long as this.
    "--grace-seconds=3",
    "--certificate-check-seconds=1",
    "--ca-settle-seconds=1",
    "--metrics-port=0",
    ...args,
  ];
  await cluster().startProcess({
    name,
    command: [process.execPath, join(folder, "bin/foresail.js"), ...all],
    env: scrubbedEnvironment(cluster().workDir),
  });
  await ready();
  return {
    name,
    port,
    stop: (signal) => cluster().stopProcess(name, signal),
    start: async () => {
      await cluster().startProcess(name);
      await ready();
    },
  };
}

/** Those of another life span, or for another address, are not to be taken over. */
async function removeCertificates(): Promise<void> {
  await mustKubectl(["delete", "secret", "foresail-webhook-certs", "-n", SYSTEM_NAMESPACE, "--ignore-not-found"]);
}
