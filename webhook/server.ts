import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import type { AdmitPhase } from "../src/core/admit.ts";
import type { JsonObject } from "../src/core/json.ts";
import type { Log } from "../src/log.ts";
import type { ServingPair } from "./certificates.ts";
import { type AllowedClients, clientCheck } from "./client-check.ts";
import { answerClientErrors } from "./client-errors.ts";
import { boundConnections } from "./connections.ts";
import { createGate, DEFAULT_LOAD, type Load } from "./overload.ts";
import type { Answered } from "./review-handler.ts";
import { routes } from "./routes.ts";

export type { Answered } from "./review-handler.ts";

export interface ServerOptions {
  /** Pure: the complete AdmissionReview to answer with, undefined when the body is none. */
  readonly decide: (review: unknown, phase: AdmitPhase) => JsonObject | undefined;
  readonly serving: ServingPair;
  readonly log: Log;
  /** Port 0: any free one. Default address: all. */
  readonly port: number;
  readonly address?: string;
  /** For a whole request, see REQUEST_MS; tests have less time. */
  readonly requestMs?: number;
  /** Who may ask `/mutate` and `/validate`; absent: everybody who reaches the port. */
  readonly clients?: AllowedClients;
  /** What is taken on at a time; absent members as in DEFAULT_LOAD. */
  readonly load?: Partial<Load>;
  /** Told of every answer to `/mutate` and `/validate`, refusals included: for metrics. Must not throw. */
  readonly observe?: (answered: Answered) => void;
  /** Asked by every `/readyz` beside `setReady`: why this replica should get no reviews now; undefined when it should. */
  readonly unready?: () => string | undefined;
}

export interface WebhookServer {
  /** The port listened on. */
  readonly port: number;
  /** From now on `/readyz` says so; before, and after `stop`, it answers 503. */
  setReady(): void;
  /** New connections get this certificate; open ones go on. Throws when the key does not fit. */
  setServing(serving: ServingPair): void;
  /**
   * Not ready at once, every answer ends its connection; after `drainMs`, in which the Service forgets this server, no new
   * connections; resolves when all answers are out, at the latest `graceMs` later.
   */
  stop(limits: { readonly drainMs: number; readonly graceMs: number }): Promise<void>;
}

/**
 * The API server keeps idle connections to webhooks for 90 s (IdleConnTimeout of client-go's transports). Whoever closes
 * first risks a request that is already on its way, so it must not be us; Node's default is 5 s.
 */
const KEEP_ALIVE_MS = 100_000;

/**
 * For a whole request, headers included: reviews come from the next room and in one piece, slower ones only hold memory.
 * Node counts it from a request's first byte, so it does not end idle connections.
 */
const REQUEST_MS = 10_000;

/** Listens with TLS and HTTP/1.1 only. Rejects when the address cannot be had. */
export async function startServer(options: ServerOptions): Promise<WebhookServer> {
  const state = { ready: false, stopping: false };
  const requestMs = options.requestMs ?? REQUEST_MS;
  const load = { ...DEFAULT_LOAD, ...options.load };
  const { decide, log, observe } = options;
  const stopping = () => state.stopping;
  const unready = () => (state.stopping ? "stopping" : state.ready ? options.unready?.() : "starting");
  const mayAsk = clientCheck(options.clients);
  const server = createServer(
    {
      ...tlsOptions(options),
      // The API server never speaks HTTP/2 to webhooks, and express on node:http2 dies of a single request.
      ALPNProtocols: ["http/1.1"],
      handshakeTimeout: requestMs,
      requestTimeout: requestMs,
      headersTimeout: requestMs,
      connectionsCheckingInterval: requestMs / 10,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    routes({ decide, log, gate: createGate(load), mayAsk, stopping, ...(observe && { observe }) }, { unready }),
  );
  server.on("secureConnection", heedPauses);
  boundConnections(server, load.mostConnections);
  answerClientErrors(server, log);
  server.on("tlsClientError", (error) => log.debug({ err: error }, "TLS handshake failed"));
  server.listen(options.port, options.address);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    setReady: () => {
      state.ready = true;
    },
    setServing: (serving) => server.setSecureContext(tlsOptions({ ...options, serving })),
    stop: async ({ drainMs, graceMs }) => {
      state.stopping = true;
      await sleep(drainMs);
      await close(server, graceMs);
    },
  };
}

/**
 * Node pauses a connection whose answers wait to be written. Where its parser reads from TLS by itself, as it does unless
 * somebody listens, the records that came together with the next request still reach the paused parser, which calls them
 * bad (HPE_PAUSED, Node 24) and ends the connection with 400: a review after a large one. A listener makes it read by events.
 */
function heedPauses(socket: TLSSocket): void {
  socket.on("data", () => undefined);
}

function tlsOptions({ serving, clients }: Pick<ServerOptions, "serving" | "clients">) {
  const pair = { cert: serving.cert, key: serving.key, minVersion: "TLSv1.2" } as const;
  // Asked for and judged for each request: the kubelet's health checks have no certificate.
  return clients === undefined ? pair : { ...pair, ca: clients.ca, requestCert: true, rejectUnauthorized: false };
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cut);
}
