import { followCatalogue } from "../src/catalogue-watch.ts";
import { admit } from "../src/core/admit.ts";
import { systemClock } from "../src/kube/clock.ts";
import { connect } from "../src/kube/connect.ts";
import type { Kube } from "../src/kube/kube.ts";
import type { Log } from "../src/log.ts";
import { catalogueMetrics, createRegistry, serveMetrics } from "../src/metrics.ts";
import { type CertificateSet, unusable } from "./certificate-set.ts";
import { type CertificateStore, memoryStore, providedStore, secretStore } from "./certificate-store.ts";
import type { HostNames, Lives } from "./certificates.ts";
import type { AllowedClients } from "./client-check.ts";
import { expectShortLives } from "./heap.ts";
import { keepCertificates } from "./keep-certificates.ts";
import { type WebhookMetrics, webhookMetrics } from "./metrics.ts";
import { startServer, type WebhookServer } from "./server.ts";

/** Between two attempts to get the first certificate. */
const STARTUP_RETRY_MS = 1_000;
const HOUR_MS = 60 * 60 * 1000;

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
  /** Made here and shared in a Secret, made by somebody else in that Secret, or made here for this process alone. */
  readonly certificates: "secret" | "provided" | "memory";
  readonly secretName: string;
  readonly certificateCheckSeconds: number;
  /** Lives of what is made here; each is renewed at two thirds. */
  readonly certificateHours: number;
  readonly caHours: number;
  readonly caSettleSeconds: number;
  /** Who may ask; undefined: everybody who reaches the port. */
  readonly clients: AllowedClients | undefined;
  readonly metricsPort: number;
  readonly catalog: readonly string[];
  readonly drainSeconds: number;
  readonly graceSeconds: number;
  /** How long to wait for an API server that does not answer at the start. */
  readonly startupSeconds: number;
}

export interface RunningWebhook {
  readonly port: number;
  /** Undefined when the port for metrics could not be had. */
  readonly metricsPort: number | undefined;
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
  expectShortLives();
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

async function serve(running: Running, signal?: AbortSignal): Promise<RunningWebhook> {
  const { options, kube, log, ending } = running;
  const registry = createRegistry();
  const { namespace, catalog } = options;
  const onRefused = () => refusals.refused();
  const catalogue = followCatalogue({ kube, namespace, catalog, log, signal: ending.signal, onRefused });
  const refusals = catalogueMetrics(registry, catalogue.current);
  const store = storeFor(options, kube);
  const first = await firstSet(store, { log, forMs: options.startupSeconds * 1000, ...(signal && { signal }) });
  const { port, address = "" } = options;
  const metrics = webhookMetrics(registry);
  const served = { set: first };
  const server = await startServer({
    decide: (review, phase) => admit(review, catalogue.current(), phase),
    serving: first.serving,
    log,
    port,
    observe: metrics.observe,
    unready: () => unusable(served.set, systemClock.wallMs()),
    ...(options.clients && { clients: options.clients }),
    ...(address !== "" && { address }),
  });
  const scraped = await serveMetrics(registry, options.metricsPort, log);
  log.info(
    { port: server.port, metrics: scraped.port, catalogue: catalogue.current().current.id, server: kube.server },
    "listening",
  );
  const { trusted, kept } = keep({ ...running, store, metrics, served }, server);
  // A replica that does not know the ConfigMaps yet would deny what the others admit.
  const ready = Promise.all([trusted, catalogue.synced]).then(() => server.setReady());
  ready.catch(() => log.debug("ended before it was ready"));
  return {
    port: server.port,
    metricsPort: scraped.port,
    ready,
    stop: async () => {
      log.info({ drainSeconds: options.drainSeconds }, "stopping");
      await server.stop({ drainMs: options.drainSeconds * 1000, graceMs: options.graceSeconds * 1000 });
      ending.abort(new Error("the process is stopping"));
      await Promise.all([kept, catalogue.follower.done, scraped.stop()]);
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

interface Keeping extends Running {
  readonly store: CertificateStore;
  readonly metrics: WebhookMetrics;
  /** What connections get now. */
  readonly served: { set: CertificateSet };
}

function keep(
  { options, kube, store, log, ending, metrics, served }: Keeping,
  server: WebhookServer,
): { trusted: Promise<void>; kept: Promise<void> } {
  const { promise: trusted, resolve } = Promise.withResolvers<void>();
  const use = (set: CertificateSet) => {
    if (set.serving.cert !== served.set.serving.cert) log.info("new serving certificate");
    server.setServing(set.serving);
    served.set = set;
    metrics.serves(set);
    resolve();
  };
  const kept = keepCertificates({
    kube,
    store,
    use,
    log,
    configurationName: options.configurationName,
    failed: metrics.certificateCheckFailed,
    clock: systemClock,
    periodMs: options.certificateCheckSeconds * 1000,
    settleMs: options.caSettleSeconds * 1000,
    signal: ending.signal,
  });
  return { trusted, kept };
}

async function connectTo({ kubeconfig, context }: WebhookOptions): Promise<Kube> {
  const userAgent = "foresail-webhook";
  if (kubeconfig === undefined) return await connect({ inCluster: true, userAgent });
  return await connect({ kubeconfig, ...(context !== undefined && { context }), userAgent });
}

function storeFor(options: WebhookOptions, kube: Kube): CertificateStore {
  const hosts = hostsOf(options);
  const lives: Lives = { authorityMs: options.caHours * HOUR_MS, servingMs: options.certificateHours * HOUR_MS };
  const location = { namespace: options.namespace, name: options.secretName };
  switch (options.certificates) {
    case "memory":
      return memoryStore(hosts, lives);
    case "provided":
      return providedStore(kube, location);
    case "secret":
      return secretStore(kube, location, hosts, lives);
  }
}

/** What the API server checks the certificate against: the URL's host, or `<service>.<namespace>.svc`. */
export function hostsOf(options: Pick<WebhookOptions, "url" | "serviceName" | "namespace">): HostNames {
  if (options.url !== undefined) return [new URL(options.url).hostname.replace(/^\[|\]$/g, "")];
  const service = `${options.serviceName}.${options.namespace}.svc`;
  return [service, `${service}.cluster.local`];
}
