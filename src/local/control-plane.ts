import { symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Api } from "./api.ts";
import { type ApiServer, assertRunning, bootApiServer } from "./boot.ts";
import { controllerManager, kwok, type Layout, scheduler } from "./components.ts";
import { CONTEXT, type LocalUser, writeCredentials, writeKubeconfig } from "./credentials.ts";
import { scrubbedEnvironment } from "./environment.ts";
import type { SimulatedInstanceType } from "./instance-types.ts";
import { installKarpenter, type KarpenterProcess, karpenterProcess } from "./karpenter.ts";
import { type KubectlResult, kubectl } from "./kubectl.ts";
import { type Report, silent } from "./report.ts";
import { type Supervised, superviseProcesses } from "./supervised.ts";
import type { ProcessSpec } from "./supervisor-protocol.ts";
import type { Capabilities, Command, Tools } from "./tools.ts";
import { until } from "./until.ts";

export interface ControlPlaneOptions {
  readonly tools: Tools;
  /** Sizes that claims may ask for. */
  readonly instanceTypes?: readonly SimulatedInstanceType[];
  /** Components to leave out though the tools have them. */
  readonly without?: readonly ("scheduler" | "controllerManager" | "kwok" | "karpenter")[];
  readonly report?: Report;
}

/**
 * A running control plane of this process's own, on loopback. It ends with this process, however that ends.
 * An attached cluster (attach.ts) has the same face; there only what was started from here ends.
 */
export interface ControlPlane {
  readonly url: string;
  /** PEM of the API server's authority; absent where this machine trusts it anyway (an attached cluster). */
  readonly ca?: string | undefined;
  /** Absent where administrators prove themselves otherwise (an attached cluster). */
  readonly adminToken?: string;
  /** Path of the administrator's kubeconfig (mode 0600) and the context to use of it. */
  readonly kubeconfig: string;
  readonly context: string;
  /** Removed by stop(). Logs are here as `<process>.log`. */
  readonly workDir: string;
  /** Of the process that ends everything on SIGTERM, also after detach(). */
  readonly supervisorPid: number;
  readonly capabilities: Capabilities;
  /** Calls as administrator. */
  readonly api: Api;
  readonly kubectl: (args: readonly string[], input?: string) => Promise<KubectlResult>;
  /** A kubectl for the user's own hands, without arguments of ours. */
  readonly kubectlPath: string;
  /** Names and pids of what runs now. */
  readonly processes: () => ReadonlyMap<string, number>;
  /** Runs one more process that ends with the control plane; or, by name, one that was stopped. Gives its pid. */
  readonly startProcess: (process: ProcessSpec | string) => Promise<number>;
  /** Stops one process (default SIGTERM, then SIGKILL after 10 s) and waits for its end. */
  readonly stopProcess: (name: string, signal?: NodeJS.Signals) => Promise<void>;
  readonly logTail: (name: string, lines?: number) => string;
  /** Ends every process and removes the work folder. */
  readonly stop: () => Promise<void>;
  /** Lets it run on when this process ends. */
  readonly detach: () => Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;

/**
 * Starts etcd, kube-apiserver and what else the tools have: controller manager, scheduler, kwok, Karpenter.
 * Returns when the namespace `default` has its service account and Karpenter is ready.
 * Throws ComponentFailed with the end of the log of the component that did not come up; nothing is left behind then.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const supervised = await superviseProcesses();
  try {
    return await start(withoutSome(options.tools, options.without ?? []), options, supervised);
  } catch (error) {
    await supervised.shutdown();
    throw error;
  }
}

async function start(tools: Tools, options: ControlPlaneOptions, supervised: Supervised): Promise<ControlPlane> {
  const report = options.report ?? silent;
  const { workDir } = supervised;
  const layout: Layout = { workDir, env: scrubbedEnvironment(workDir), credentials: writeCredentials(workDir) };
  report.progress("starting etcd and kube-apiserver");
  const server = await bootApiServer(tools, layout, supervised);
  report.progress("starting the controllers");
  const specs = new Map<string, ProcessSpec>();
  const run = async (spec: ProcessSpec) => {
    specs.set(spec.name, spec);
    return supervised.start(spec);
  };
  const nodes = await startControllers(tools, { layout, server, run, types: options.instanceTypes ?? [] });
  const alive = () => assertRunning(supervised, [...specs.keys()]);
  await Promise.all([defaultServiceAccount(server.api, tools, alive), nodes?.ready(alive)]);
  report.line(`control plane is ready: ${server.url}`);
  return controlPlane(tools, { layout, server, supervised, specs, run });
}

interface Controllers {
  readonly layout: Layout;
  readonly server: ApiServer;
  readonly run: (spec: ProcessSpec) => Promise<number>;
  readonly types: readonly SimulatedInstanceType[];
}

async function startControllers(tools: Tools, context: Controllers): Promise<KarpenterProcess | undefined> {
  const { layout, server, run } = context;
  const kubeconfigOf = (user: LocalUser) =>
    writeKubeconfig(join(layout.workDir, `${user}.kubeconfig`), {
      url: server.url,
      ca: server.ca,
      token: layout.credentials.tokens[user],
    });
  kubeconfigOf("admin");
  if (tools.controllerManager !== undefined) {
    const kubeconfig = kubeconfigOf("kube-controller-manager");
    await run(controllerManager(tools.controllerManager, kubeconfig, server.caFile, layout));
  }
  if (tools.scheduler !== undefined) await run(scheduler(tools.scheduler, kubeconfigOf("kube-scheduler"), layout));
  if (tools.kwok !== undefined) await run(kwok(tools.kwok, kubeconfigOf("kwok"), layout));
  if (tools.karpenter === undefined) return undefined;
  await installKarpenter(server.api, tools.karpenter.crdsDir);
  const nodes = await karpenterProcess(tools.karpenter, kubeconfigOf("karpenter"), context.types, layout);
  await run(nodes.spec);
  return nodes;
}

/** Pods can only be created once the namespace `default` and its service account exist. */
async function defaultServiceAccount(api: Api, tools: Tools, alive: () => void): Promise<void> {
  const path = "/api/v1/namespaces/default/serviceaccounts";
  await until("the service account of the namespace default", READY_TIMEOUT_MS, async () => {
    alive();
    if ((await api.call({ path: `${path}/default` })).status === 200) return true;
    if (tools.controllerManager !== undefined) return false;
    // Nobody makes it without a controller manager.
    const body = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
    return (await api.call({ method: "POST", path, body })).status === 201;
  });
}

interface Started {
  readonly layout: Layout;
  readonly server: ApiServer;
  readonly supervised: Supervised;
  readonly specs: Map<string, ProcessSpec>;
  readonly run: (spec: ProcessSpec) => Promise<number>;
}

function controlPlane(tools: Tools, { layout, server, supervised, specs, run }: Started): ControlPlane {
  const kubeconfig = join(layout.workDir, "admin.kubeconfig");
  return {
    url: server.url,
    ca: server.ca,
    adminToken: layout.credentials.tokens.admin,
    kubeconfig,
    context: CONTEXT,
    workDir: layout.workDir,
    supervisorPid: supervised.pid,
    capabilities: tools.capabilities,
    api: server.api,
    kubectlPath: linkKubectl(tools.kubectl, layout.workDir),
    kubectl: (args, input) => kubectl({ command: tools.kubectl, kubeconfig }, args, input),
    processes: supervised.processes,
    startProcess: (process) => startOrRestart(process, specs, run),
    stopProcess: (name, signal) => supervised.stop(name, signal),
    logTail: supervised.logTail,
    async stop() {
      await server.api.close();
      await supervised.shutdown();
    },
    async detach() {
      await server.api.close();
      await supervised.detach();
    },
  };
}

/** Starts a process, or by name one that was started before. */
export function startOrRestart(
  process: ProcessSpec | string,
  specs: ReadonlyMap<string, ProcessSpec>,
  run: (spec: ProcessSpec) => Promise<number>,
): Promise<number> {
  const spec = typeof process === "string" ? specs.get(process) : process;
  if (spec !== undefined) return run(spec);
  return Promise.reject(new Error(`no process is called ${process}; there are ${[...specs.keys()].join(", ")}`));
}

// The multi-call binary goes by the name it is called with.
export function linkKubectl(kubectl: Command, workDir: string): string {
  const path = join(workDir, "kubectl");
  symlinkSync(kubectl[0], path);
  return path;
}

function withoutSome(tools: Tools, names: NonNullable<ControlPlaneOptions["without"]>): Tools {
  const left: { -readonly [K in keyof Tools]: Tools[K] } = { ...tools, capabilities: { ...tools.capabilities } };
  for (const name of names) {
    delete left[name];
    left.capabilities = { ...left.capabilities, [name]: false };
  }
  return left;
}
