import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";
import type { Log } from "../log.ts";
import { answerJson } from "./answer.ts";
import { type ChatContext, chat } from "./chat.ts";
import { passThrough } from "./pass-through.ts";
import { isWebSocket, type Tunnels, tunnels } from "./upgrade.ts";

export interface ChatServerOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly upstreamPort: number;
  readonly model: string | undefined;
  readonly log: Log;
}

export interface ChatServer {
  readonly port: number;
  /** No new connections; resolves when all answers are out, at the latest `graceMs` later. */
  stop(graceMs: number): Promise<void>;
}

// vLLM (uvicorn) closes idle connections after 5 s. Whoever closes first risks a request on its way, so we do.
const UPSTREAM_IDLE_MS = 2_000;
const CONNECT_MS = 5_000;
// Headers of a request are small and sent at once; a body can be an hour of audio over a slow line.
const HEADERS_MS = 30_000;
const REQUEST_MS = 15 * 60_000;
// Longer than most load balancers wait, for the reason above.
const KEEP_ALIVE_MS = 75_000;
const HEADERS_LIMIT_BYTES = 64 * 1024;
// Several times what one vLLM works on at once; each takes about 100 KiB here.
const MOST_CONNECTIONS = 2_048;

/** Listens on all addresses of the pod. Rejects when the port cannot be had. */
export async function startChatServer(options: ChatServerOptions): Promise<ChatServer> {
  const { log, model, upstreamPort } = options;
  const upstream = connections(upstreamPort);
  const webSockets = tunnels(upstreamPort, log);
  const state = { stopping: false };
  const context: ChatContext = { upstream, log, model, held: { bytes: 0 } };
  const server = createServer(
    {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADERS_LIMIT_BYTES,
      shouldUpgradeCallback: isWebSocket,
    },
    (request, response) => {
      if (state.stopping) response.shouldKeepAlive = false;
      // A connection that got its answer before it was told to close is idle now.
      response.once("finish", () => state.stopping && setImmediate(() => server.closeIdleConnections()));
      handle(request, response, context).catch((error: unknown) => fault(response, error, log));
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.on("upgrade", webSockets.open);
  server.listen(options.port);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    stop: async (graceMs) => {
      state.stopping = true;
      await close(server, webSockets, graceMs);
      await upstream.destroy();
    },
  };
}

/** To the model server of this pod. */
function connections(port: number): Pool {
  return new Pool(`http://127.0.0.1:${port}`, {
    connections: null,
    pipelining: 1,
    keepAliveTimeout: UPSTREAM_IDLE_MS,
    keepAliveMaxTimeout: UPSTREAM_IDLE_MS,
    connect: { timeout: CONNECT_MS },
    // An answer takes as long as the model needs; who does not want to wait hangs up.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

async function handle(request: IncomingMessage, response: ServerResponse, context: ChatContext): Promise<void> {
  // A request that is cut while it is read; what it was for sees the end, too.
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  if ((request.url ?? "").split("?", 1)[0] !== "/chat") {
    await passThrough(request, response, context);
    return;
  }
  if (request.method === "POST") {
    await chat(request, response, context);
    return;
  }
  response.setHeader("allow", "POST");
  answerJson(response, 405, { error: "expected POST" });
}

/** A throw is a bug of ours: it ends this one answer, and the process lives. */
function fault(response: ServerResponse, error: unknown, log: Log): void {
  log.error({ err: error }, "request failed");
  if (response.headersSent) response.destroy();
  else answerJson(response, 500, { error: "internal error; see the log of container chat" });
}

async function close(server: Server, webSockets: Tunnels, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const cut = setTimeout(() => {
    server.closeAllConnections();
    webSockets.close();
  }, graceMs);
  await closed;
  clearTimeout(cut);
}
