import type { ConnectionOptions } from "node:tls";
import { Agent, type buildConnector, ProxyAgent } from "undici";

const POOL = {
  // Each watch occupies a connection for as long as it lasts (HTTP/1.1); the rest is for bursts of writes.
  connections: 64,
  pipelining: 1,
  // One broken HTTP/2 connection would take every watch with it, and idle ones were seen to leak in other clients.
  allowH2: false,
  // kube-apiserver closes idle connections after 90 s; being earlier avoids writing into a connection it is just closing.
  keepAliveTimeout: 30_000,
  keepAliveMaxTimeout: 60_000,
  // The callers bound their own time; undici's 300 s would cut quiet watches.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const;

const CONNECT_TIMEOUT_MS = 10_000;

/** A pool of keep-alive connections with these certificates. */
export function agent(tls: ConnectionOptions): Agent {
  return new Agent({ ...POOL, connect: connectorOptions(tls) });
}

/** The same through an HTTP proxy. */
export function proxy(uri: string, tls: ConnectionOptions): ProxyAgent {
  return new ProxyAgent({ ...POOL, uri, requestTls: connectorOptions(tls) });
}

/** Both types describe tls.connect; undici's only lacks the explicit `undefined`s, which one kubeconfig entry never has. */
function connectorOptions(tls: ConnectionOptions): buildConnector.BuildOptions {
  return { ...(tls as buildConnector.BuildOptions), timeout: CONNECT_TIMEOUT_MS };
}
