import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../../src/core/json.ts";
import { freePorts } from "../../../src/local/ports.ts";
import { serviceAccountKubeconfig } from "../../../src/local/service-account.ts";
import { cluster, waitFor } from "./cluster.ts";
import { installFoundation, type Stated, shippedArguments, shippedEnvironment } from "./install.ts";
import { fromPackage, type Launch } from "./launch.ts";

const SYSTEM_NAMESPACE = "foresail-system";
const NODE_CLASS = "karpenter.kwok.sh/KWOKNodeClass/default";

export interface StartReconcilerOptions {
  /** Further arguments, after the shipped ones. */
  readonly args?: readonly string[];
  /** GROUP/KIND/NAME; default the simulation's node class whose nodes register at once. */
  readonly nodeClass?: string;
  /** Whether it must lead before this returns; false for a second one. Default true. */
  readonly leads?: boolean;
  /** What stands before the API server; default the API server itself. */
  readonly server?: { readonly url: string; readonly ca?: string };
  /** Folder of another version of the package to run; default this one. */
  readonly package?: string;
  /** What the Deployment in the cluster states: all is installed already. */
  readonly installed?: Stated;
  /** How it is started; default that package. */
  readonly launch?: Launch;
}

/** The shipped command as a process, with the ServiceAccount, roles and arguments of manifests/. */
export interface ReconcilerProcess {
  readonly healthPort: number;
  /** Name among the control plane's processes; its log is `<name>.log`. */
  readonly name: string;
  /** Lines of its log. */
  log(): readonly JsonObject[];
  /** Resolves when it has logged this message since its last start. */
  said(message: string): Promise<void>;
  /** Its metrics: `name{label="value"}` → value. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  readyz(): Promise<{ readonly status: number; readonly body: string }>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again and waits until it leads. */
  start(): Promise<void>;
}

/** What `/metrics` of a process on loopback says, without its comments. */
export async function scrape(port: number): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

let started = 0;

/** Installs what ships (as administrator) and starts `foresail reconciler` as foresail-reconciler. */
export async function startReconciler(options: StartReconcilerOptions = {}): Promise<ReconcilerProcess> {
  if (options.installed === undefined) await installFoundation();
  const { workDir } = cluster();
  const name = `reconciler-${++started}`;
  const [healthPort = 0] = await freePorts(1);
  const account = {
    namespace: SYSTEM_NAMESPACE,
    name: "foresail-reconciler",
    path: join(workDir, `${name}.kubeconfig`),
  };
  const { api, url, ca } = cluster();
  const kubeconfig = await serviceAccountKubeconfig({ api, ...(options.server ?? { url, ca }) }, account);
  const args = [
    ...(options.installed?.args ?? shippedArguments("reconciler/deployment.yaml")),
    `--health-port=${healthPort}`,
    "--metrics-port=0",
    ...(options.installed === undefined ? [`--node-class=${options.nodeClass ?? NODE_CLASS}`] : []),
    "--log-level=debug",
    ...(options.args ?? []),
  ];
  const launch = options.launch ?? fromPackage(options.package);
  const env = options.installed?.env ?? shippedEnvironment("reconciler/deployment.yaml");
  await cluster().startProcess({ name, ...launch({ kubeconfig, args, env }) });
  const running = handle(name, healthPort);
  await working(running, options.leads ?? true);
  return running;
}

function handle(name: string, healthPort: number): ReconcilerProcess {
  // Bytes of its log: one that is started hundreds of times writes many.
  let seen = 0;
  const running: ReconcilerProcess = {
    healthPort,
    name,
    log: () => linesOf(name),
    said: async (message) => {
      await waitFor(`${name} to say "${message}"`, () => {
        if (!cluster().processes().has(name)) throw new Error(`it ended: ${cluster().logTail(name, 5)}`);
        return linesOf(name, seen).some((line) => line["msg"] === message);
      });
    },
    metrics: async () => {
      const port = linesOf(name).findLast((line) => line["msg"] === "started")?.["metrics"];
      return await scrape(Number(port));
    },
    readyz: async () => {
      const response = await fetch(`http://127.0.0.1:${healthPort}/readyz`);
      return { status: response.status, body: await response.text() };
    },
    stop: async (signal) => {
      await cluster().stopProcess(name, signal);
      seen = logOf(name).length;
    },
    start: async () => {
      await cluster().startProcess(name);
      await working(running, true);
    },
  };
  return running;
}

async function working(running: ReconcilerProcess, leads: boolean): Promise<void> {
  await running.said("every list is in");
  if (leads) await running.said("leads");
}

function logOf(name: string): Buffer {
  return readFileSync(join(cluster().workDir, `${name}.log`));
}

function linesOf(name: string, fromByte = 0): readonly JsonObject[] {
  const log = logOf(name).subarray(fromByte).toString();
  // The last line may still be on its way; lines of the runtime itself are no JSON.
  return log
    .slice(0, log.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as JsonObject);
}
