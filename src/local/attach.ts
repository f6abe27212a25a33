import type { Dispatcher } from "undici";
import { loadAccess } from "../kube/kubeconfig.ts";
import { type Api, connectWith } from "./api.ts";
import type { ExistingCluster } from "./choose-cluster.ts";
import { type ControlPlane, linkKubectl, startOrRestart } from "./control-plane.ts";
import { kubectl } from "./kubectl.ts";
import { superviseProcesses } from "./supervised.ts";
import type { ProcessSpec } from "./supervisor-protocol.ts";
import type { Command } from "./tools.ts";
import { until } from "./until.ts";

const ANSWER_TIMEOUT_MS = 15_000;

/**
 * The face of a control plane for a cluster that is there already. Processes started through it (webhook, reconciler) end
 * with this process; the cluster stays. It counts as having no simulated nodes. Throws when the cluster does not answer.
 */
export async function attachControlPlane(cluster: ExistingCluster, command: Command): Promise<ControlPlane> {
  const { kubeconfig, context, server, ca } = cluster;
  const { api, url } = await apiOf(cluster);
  await until(`${server} to answer`, ANSWER_TIMEOUT_MS, async () => (await api.must({ path: "/version" })) !== null);
  const supervised = await superviseProcesses();
  const specs = new Map<string, ProcessSpec>();
  const run = (spec: ProcessSpec) => {
    specs.set(spec.name, spec);
    return supervised.start(spec);
  };
  return {
    url,
    ca,
    kubeconfig,
    context,
    workDir: supervised.workDir,
    supervisorPid: supervised.pid,
    capabilities: { apiServer: true, scheduler: true, controllerManager: true, kwok: false, karpenter: false },
    api,
    kubectl: (args, input) => kubectl({ command, kubeconfig, context, home: supervised.workDir }, args, input),
    kubectlPath: linkKubectl(command, supervised.workDir),
    processes: supervised.processes,
    startProcess: (process) => startOrRestart(process, specs, run),
    stopProcess: (name, signal) => supervised.stop(name, signal),
    logTail: supervised.logTail,
    async stop() {
      await api.close();
      await supervised.shutdown();
    },
    async detach() {
      await api.close();
      await supervised.detach();
    },
  };
}

async function apiOf({ kubeconfig, context }: ExistingCluster): Promise<{ readonly api: Api; readonly url: string }> {
  const access = await loadAccess({ kubeconfig, context });
  // One pool as long as the certificates stay the same.
  let pool: { readonly fingerprint: string; readonly dispatcher: Dispatcher } | undefined;
  const prove = async () => {
    const proof = await access.prove();
    if (pool?.fingerprint !== proof.tlsFingerprint) {
      await pool?.dispatcher.destroy();
      pool = { fingerprint: proof.tlsFingerprint, dispatcher: proof.open() };
    }
    return { headers: proof.headers, dispatcher: pool.dispatcher };
  };
  const api = connectWith(access.server, prove, async () => pool?.dispatcher.destroy());
  return { api, url: access.server };
}
