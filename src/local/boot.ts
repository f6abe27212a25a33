import { readFileSync } from "node:fs";
import { type Api, connect } from "./api.ts";
import { apiServer, apiServerCertificate, etcd, type Layout } from "./components.ts";
import { freePorts } from "./ports.ts";
import type { Supervised } from "./supervised.ts";
import type { Tools } from "./tools.ts";
import { Hopeless, until } from "./until.ts";

export interface ApiServer {
  readonly url: string;
  /** PEM of the server's own authority, and the file that holds it. */
  readonly ca: string;
  readonly caFile: string;
  /** Calls as administrator. */
  readonly api: Api;
}

// A port that was free may be taken before it is bound; three times in a row is no accident.
const ATTEMPTS = 3;
// 3 s on an idle machine with two cores; a loaded CI machine gets twenty times that.
const READY_TIMEOUT_MS = 60_000;

/** A component of the control plane did not come up or went away; the message carries the end of its log. */
export class ComponentFailed extends Hopeless {
  readonly component: string;
  constructor(component: string, what: string, log: string) {
    super(`${component} ${what}; the end of its log:\n${log}`);
    this.component = component;
  }
}

/** Starts etcd and kube-apiserver on free ports of 127.0.0.1 and returns when /readyz says so. Tests choose the ports. */
export async function bootApiServer(
  tools: Tools,
  layout: Layout,
  supervised: Supervised,
  ports: typeof freePorts = freePorts,
): Promise<ApiServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await bootOnce(tools, layout, supervised, await ports(3));
    } catch (error) {
      const portTaken = error instanceof ComponentFailed && /address already in use/.test(error.message);
      if (!portTaken || attempt === ATTEMPTS) throw error;
      await supervised.stop("kube-apiserver", "SIGKILL");
      await supervised.stop("etcd", "SIGKILL");
    }
  }
}

async function bootOnce(
  tools: Tools,
  layout: Layout,
  supervised: Supervised,
  [etcdPort = 0, peerPort = 0, port = 0]: readonly number[],
): Promise<ApiServer> {
  await supervised.start(etcd(tools, etcdPort, peerPort, layout));
  await supervised.start(apiServer(tools, port, etcdPort, layout));
  const url = `https://127.0.0.1:${port}`;
  const caFile = apiServerCertificate(layout.workDir, port);
  const alive = () => assertRunning(supervised, ["etcd", "kube-apiserver"]);
  const ca = await until("kube-apiserver to write its certificate", READY_TIMEOUT_MS, () => {
    alive();
    return readFileSync(caFile, "utf8") || undefined;
  });
  const api = connect(url, ca, layout.credentials.tokens.admin);
  try {
    await until("kube-apiserver to be ready", READY_TIMEOUT_MS, async () => {
      alive();
      return (await api.call({ path: "/readyz" })).status === 200;
    });
  } catch (error) {
    await api.close();
    if (error instanceof ComponentFailed) throw error;
    throw new ComponentFailed("kube-apiserver", String(error), supervised.logTail("kube-apiserver"));
  }
  return { url, ca, caFile, api };
}

/** Throws ComponentFailed for the first of `names` that has ended. Usable inside `until`: it ends the wait. */
export function assertRunning(supervised: Supervised, names: readonly string[]): void {
  for (const name of names) {
    const exit = supervised.exitOf(name);
    if (exit === undefined) continue;
    const how = exit.signal === null ? `ended with code ${exit.code}` : `was ended by ${exit.signal}`;
    throw new ComponentFailed(name, how, supervised.logTail(name));
  }
}
