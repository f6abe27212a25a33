import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Catalogue } from "./core/catalogue.ts";
import type { Log } from "./log.ts";

/** Scrapers hold one connection each; more are somebody who should not be there. */
const MOST_CONNECTIONS = 32;
const REQUEST_MS = 5_000;

/** A registry of one process, with what Node and the operating system know of it. Never prom-client's global one. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

export interface CatalogueMetrics {
  /** A ConfigMap whose data was not taken; at every attempt. */
  refused(): void;
}

/** Which catalogue decides, asked at every scrape, and how often data was refused. */
export function catalogueMetrics(registry: Registry, current: () => Catalogue): CatalogueMetrics {
  new Gauge({
    name: "foresail_catalogue_info",
    help: "1 for the release of the catalogue this process decides with",
    labelNames: ["release"],
    registers: [registry],
    collect() {
      this.reset();
      this.set({ release: current().current.id }, 1);
    },
  });
  const refused = new Counter({
    name: "foresail_catalogue_data_refused_total",
    help: "ConfigMaps of catalogue data that were not taken, counted at every attempt; the log names them",
    registers: [registry],
  });
  return { refused: () => refused.inc() };
}

export interface MetricsServer {
  /** The port listened on; undefined when it could not be had. */
  readonly port: number | undefined;
  stop(): Promise<void>;
}

/**
 * Serves `GET /metrics` over plain HTTP. Port 0: any free one. A port that is taken is logged and nothing else: being measured
 * is not worth an outage of what is measured.
 */
export async function serveMetrics(registry: Registry, port: number, log: Log): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    answer(registry, request, response).catch((error: unknown) => {
      log.error({ err: error }, "metrics");
      response.destroy();
    });
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.requestTimeout = REQUEST_MS;
  server.headersTimeout = REQUEST_MS;
  try {
    server.listen(port);
    await once(server, "listening");
  } catch (error) {
    log.error({ err: error, port }, "no metrics: give another --metrics-port");
    return { port: undefined, stop: async () => undefined };
  }
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(registry: Registry, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "").split("?")[0];
  if (request.method !== "GET" || path !== "/metrics") {
    response.writeHead(path === "/metrics" ? 405 : 404, { "content-type": "text/plain" }).end("GET /metrics\n");
    return;
  }
  const text = await registry.metrics();
  response.writeHead(200, { "content-type": registry.contentType }).end(text);
}
