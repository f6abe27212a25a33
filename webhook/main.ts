import { followCatalogue } from "../src/catalogue-watch.ts";
import { admit } from "../src/core/admit.ts";
import { systemClock } from "../src/kube/clock.ts";
import { connect } from "../src/kube/connect.ts";
import type { Kube } from "../src/kube/kube.ts";
import type { Log } from "../src/log.ts";
import type { CertificateSet } from "./certificate-set.ts";
import { type CertificateStore, memoryStore, secretStore } from "./certificate-store.ts";
import type { HostNames } from "./certificates.ts";
import { keepCertificates } from "./keep-certificates.ts";
import { startServer, type WebhookServer } from "./server.ts";

/** Between two attempts to get the first certificate. */
const STARTUP_RETRY_MS = 1_000;

export interface WebhookOptions {
  readonly port: number;
  readonly address: string | undefined;
  /** Absent: the pod's own ServiceAccount. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string;
  readonly serviceName: string;
  /** `https://host:port` the API server calls instead of the Service. */
  readonly url: string | undefined;
  readonly configurationName: string;
  readonly certificates: "secret" | "memory";
  readonly secretName: string;
  readonly certificateCheckSeconds: number;
  readonly catalog: readonly string[];
  readonly drainSeconds: number;
  readonly graceSeconds: number;
  /** How long to wait for an API server that does not answer at the start. */
  readonly startupSeconds: number;
}

export interface RunningWebhook {
  readonly port: number;
  /** Resolves when the API server trusts the certificate, the catalogue is whole and `/readyz` says 200. */
  readonly ready: Promise<void>;
  /** Graceful: see WebhookServer.stop. */
  stop(): Promise<void>;
}

/**
 * Starts the admission server and the keeper of its certificates. The API server is only needed for the certificates, never
 * for a decision. Rejects when the catalogue is wrong, no certificate can be had in time, the port is taken, or `signal` is
 * aborted meanwhile.
 */
export async function startWebhook(options: WebhookOptions, log: Log, signal?: AbortSignal): Promise<RunningWebhook> {
  const kube = await connectTo(options);
  const ending = new AbortController();
  try {
    return await serve({ options, kube, log, ending }, signal);
  } catch (error) {
    // Nothing may go on and keep the process alive.
    ending.abort(error);
    await kube.close();
    throw error;
  }
}

interface Running {
  readonly options: WebhookOptions;
  readonly kube: Kube;
  readonly log: Log;
  /** Ends the keeper of the certificates and the watch of the catalogue. */
  readonly ending: AbortController;
}

async function serve({ options, kube, log, ending }: Running, signal?: AbortSignal): Promise<RunningWebhook> {
  const { namespace, catalog } = options;
  const catalogue = followCatalogue({ kube, namespace, catalog, log, signal: ending.signal });
  const store = storeFor(options, kube);
  const first = await firstSet(store, { log, forMs: options.startupSeconds * 1000, ...(signal && { signal }) });
  const { port, address = "" } = options;
  const server = await startServer({
    decide: (review, phase) => admit(review, catalogue.current(), phase),
    serving: first.serving,
    log,
    port,
    ...(address !== "" && { address }),
  });
  log.info({ port: server.port, catalogue: catalogue.current().current.id, server: kube.server }, "listening");
  const { trusted, kept } = keep({ options, kube, store, log, signal: ending.signal }, server, first);
  // A replica that does not know the ConfigMaps yet would deny what the others admit.
  const ready = Promise.all([trusted, catalogue.synced]).then(() => server.setReady());
  ready.catch(() => log.debug("ended before it was ready"));
  return {
    port: server.port,
    ready,
    stop: async () => {
      log.info({ drainSeconds: options.drainSeconds }, "stopping");
      await server.stop({ drainMs: options.drainSeconds * 1000, graceMs: options.graceSeconds * 1000 });
      ending.abort(new Error("the process is stopping"));
      await Promise.all([kept, catalogue.follower.done]);
      await kube.close();
      log.info("stopped");
    },
  };
}

interface Startup {
  readonly log: Log;
  readonly forMs: number;
  readonly signal?: AbortSignal;
}

/** Patient: after a reboot of the whole cluster the API server can take longer than this process. */
async function firstSet(store: CertificateStore, { log, forMs, signal }: Startup): Promise<CertificateSet> {
  const deadlineMs = systemClock.monotonicMs() + forMs;
  for (;;) {
    try {
      return await store.current(systemClock.wallMs());
    } catch (error) {
      if (systemClock.monotonicMs() >= deadlineMs) throw error;
      log.warn({ err: error }, "no certificate yet");
      await systemClock.sleep(STARTUP_RETRY_MS, signal);
    }
  }
}

interface Keeping {
  readonly options: WebhookOptions;
  readonly kube: Kube;
  readonly store: CertificateStore;
  readonly log: Log;
  readonly signal: AbortSignal;
}

function keep(
  { options, kube, store, log, signal }: Keeping,
  server: WebhookServer,
  first: CertificateSet,
): { trusted: Promise<void>; kept: Promise<void> } {
  const { promise: trusted, resolve } = Promise.withResolvers<void>();
  const use = (set: CertificateSet) => {
    if (set.serving.cert !== first.serving.cert) log.info("new serving certificate");
    server.setServing(set.serving);
    resolve();
  };
  const { configurationName, certificateCheckSeconds } = options;
  const periodMs = certificateCheckSeconds * 1000;
  const kept = keepCertificates({ kube, store, configurationName, use, log, clock: systemClock, periodMs, signal });
  return { trusted, kept };
}

async function connectTo({ kubeconfig, context }: WebhookOptions): Promise<Kube> {
  const userAgent = "foresail-webhook";
  if (kubeconfig === undefined) return await connect({ inCluster: true, userAgent });
  return await connect({ kubeconfig, ...(context !== undefined && { context }), userAgent });
}

function storeFor(options: WebhookOptions, kube: Kube): CertificateStore {
  const hosts = hostsOf(options);
  if (options.certificates === "memory") return memoryStore(hosts);
  return secretStore(kube, { namespace: options.namespace, name: options.secretName }, hosts);
}

/** What the API server checks the certificate against: the URL's host, or `<service>.<namespace>.svc`. */
export function hostsOf(options: Pick<WebhookOptions, "url" | "serviceName" | "namespace">): HostNames {
  if (options.url !== undefined) return [new URL(options.url).hostname.replace(/^\[|\]$/g, "")];
  const service = `${options.serviceName}.${options.namespace}.svc`;
  return [service, `${service}.cluster.local`];
}
