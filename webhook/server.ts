import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import type { AdmitPhase } from "../src/core/admit.ts";
import type { JsonObject } from "../src/core/json.ts";
import type { Log } from "../src/log.ts";
import { answerAndCut, readJsonBody } from "./body.ts";
import type { ServingPair } from "./certificates.ts";
import { decisionLine, reviewUid, serverFault } from "./decision.ts";

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
  /** Told of every answer to `/mutate` and `/validate`, refusals included: for metrics. Must not throw. */
  readonly observe?: (answered: Answered) => void;
  /** Asked by every `/readyz` beside `setReady`: why this replica should get no reviews now; undefined when it should. */
  readonly unready?: () => string | undefined;
}

export interface Answered {
  readonly phase: AdmitPhase;
  /** HTTP status; 200 for every decision. */
  readonly status: number;
  /** From the request's headers to the answer. */
  readonly ms: number;
  /** What was decided; absent for a refusal. */
  readonly answer?: JsonObject;
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
  const server = createServer(
    {
      ...tlsOptions(options.serving),
      // The API server never speaks HTTP/2 to webhooks, and express on node:http2 dies of a single request.
      ALPNProtocols: ["http/1.1"],
      handshakeTimeout: requestMs,
      requestTimeout: requestMs,
      headersTimeout: requestMs,
      connectionsCheckingInterval: requestMs / 10,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    application(options, state),
  );
  server.on("tlsClientError", (error) => options.log.debug({ err: error }, "TLS handshake failed"));
  server.listen(options.port, options.address);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    setReady: () => {
      state.ready = true;
    },
    setServing: (serving) => server.setSecureContext(tlsOptions(serving)),
    stop: async ({ drainMs, graceMs }) => {
      state.stopping = true;
      await sleep(drainMs);
      await close(server, graceMs);
    },
  };
}

function tlsOptions(serving: ServingPair) {
  return { cert: serving.cert, key: serving.key, minVersion: "TLSv1.2" } as const;
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

interface State {
  readonly ready: boolean;
  readonly stopping: boolean;
}

function application(options: ServerOptions, state: State): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use((_request, response, next) => {
    if (state.stopping) response.set("connection", "close");
    next();
  });
  for (const phase of ["mutate", "validate"] as const) {
    app.post(`/${phase}`, reviewHandler(options, phase));
    app.all(`/${phase}`, (_request, response) => {
      response.set("allow", "POST").status(405).json({ message: "expected POST" });
    });
  }
  app.get("/healthz", (_request, response) => {
    response.type("text").send("ok");
  });
  app.get("/readyz", (_request, response) => {
    const problem = state.stopping ? "stopping" : state.ready ? options.unready?.() : "starting";
    response
      .status(problem === undefined ? 200 : 503)
      .type("text")
      .send(problem ?? "ok");
  });
  app.use((_request, response) => {
    response.status(404).json({ message: "expected /mutate, /validate, /healthz or /readyz" });
  });
  app.use(lastResort(options.log));
  return app;
}

/** Every well-formed HTTP request gets an AdmissionReview or a 4xx, whatever it carries. */
function reviewHandler(options: ServerOptions, phase: AdmitPhase): RequestHandler {
  return async (request, response) => {
    const startMs = performance.now();
    const body = await readJsonBody(request);
    if (body.kind === "gone") return;
    if (body.kind === "refused") {
      options.log.warn({ phase, status: body.status, remote: remote(request) }, body.message);
      options.observe?.({ phase, status: body.status, ms: performance.now() - startMs });
      answerAndCut(request, response, { status: body.status, body: JSON.stringify({ message: body.message }) });
      return;
    }
    const answer = decideSafely(options, body.value, phase);
    if (answer === undefined) {
      options.log.warn({ phase, status: 400, remote: remote(request) }, "no AdmissionReview");
      options.observe?.({ phase, status: 400, ms: performance.now() - startMs });
      response.status(400).json({ message: "expected an AdmissionReview of admission.k8s.io/v1 with a request" });
      return;
    }
    response.json(answer);
    const ms = performance.now() - startMs;
    options.observe?.({ phase, status: 200, ms, answer });
    options.log.info(decisionLine(body.value, answer, { phase, ms }), "decided");
  };
}

/** A throw is a bug of ours. It denies this one review, under its uid, and the process lives. */
function decideSafely(options: ServerOptions, review: unknown, phase: AdmitPhase): JsonObject | undefined {
  try {
    return options.decide(review, phase);
  } catch (error) {
    const uid = reviewUid(review);
    options.log.error({ phase, uid, err: error }, "admission failed");
    return serverFault(uid);
  }
}

function remote(request: IncomingMessage): string | undefined {
  return request.socket.remoteAddress;
}

function lastResort(log: Log): ErrorRequestHandler {
  // Express tells error handlers by their four parameters.
  return (error, _request, response, _next) => {
    log.error({ err: error }, "request failed");
    if (response.headersSent) response.destroy();
    else response.status(500).json({ message: "internal error; see the log of foresail-webhook" });
  };
}
