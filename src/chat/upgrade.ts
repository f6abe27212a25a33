import { request as ask, type ClientRequest, type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Log } from "../log.ts";
import { withoutHeaders } from "./headers.ts";

export interface Tunnels {
  /** Connects a WebSocket handshake with the model server: its answer, then bytes both ways. */
  open(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Cuts all of them. */
  close(): void;
}

/** WebSockets of the model server (vLLM's /v1/realtime), handed on as bytes. */
export function tunnels(upstreamPort: number, log: Log): Tunnels {
  const open = new Set<Duplex>();
  return {
    open: (request, socket, head) => {
      // Node before 24.9 asks nobody whether to upgrade.
      if (!isWebSocket(request)) {
        socket.end(statusLine(400, [["connection", "close"]]));
        return;
      }
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      socket.on("error", () => socket.destroy());
      connect(upstreamPort, { request, socket, head }, log);
    },
    close: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

/** Others, such as curl's offer of HTTP/2, may be ignored, and the request is answered as if they were not there. */
export function isWebSocket({ method, headers }: IncomingMessage): boolean {
  const hasBody = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
  return method === "GET" && !hasBody && headers.upgrade?.toLowerCase() === "websocket";
}

interface Handshake {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

function connect(port: number, { request, socket, head }: Handshake, log: Log): void {
  const outgoing = handshake(port, request);
  if (outgoing === undefined) {
    socket.end(statusLine(400, [["connection", "close"]]));
    return;
  }
  socket.once("close", () => outgoing.destroy());
  outgoing.on("error", (error) => {
    if (socket.destroyed) return;
    log.warn({ err: error }, "no WebSocket to the model server");
    socket.end(statusLine(503, [["connection", "close"]]));
  });
  outgoing.on("upgrade", (answer, upstream, rest) => {
    socket.write(statusLine(101, pairs(answer.rawHeaders)));
    socket.write(rest);
    upstream.write(head);
    upstream.on("error", () => socket.destroy());
    upstream.once("close", () => socket.destroy());
    socket.once("close", () => upstream.destroy());
    upstream.pipe(socket).pipe(upstream);
  });
  outgoing.on("response", (answer) => {
    // No upgrade: the body ends with the connection, whatever its framing was.
    const headers = pairs(answer.rawHeaders).filter(([name]) => !/^(connection|transfer-encoding)$/i.test(name));
    socket.write(statusLine(answer.statusCode ?? 502, [...headers, ["connection", "close"]]));
    answer.pipe(socket);
  });
  outgoing.end();
}

/** Undefined for headers that Node takes from others and sends to nobody, such as Trailer without a body: it throws at them. */
function handshake(port: number, request: IncomingMessage): ClientRequest | undefined {
  try {
    return ask({
      host: "127.0.0.1",
      port,
      method: request.method,
      path: request.url,
      // All but those about a body, which it has not: the handshake is about this connection.
      headers: withoutHeaders(request.rawHeaders, ["expect", "te", "trailer"]),
      agent: false,
    });
  } catch {
    return undefined;
  }
}

function statusLine(status: number, headers: readonly (readonly [string, string])[]): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines}\r\n`;
}

function pairs(raw: readonly string[]): readonly (readonly [string, string])[] {
  return Array.from({ length: Math.floor(raw.length / 2) }, (_, i) => [raw[2 * i] ?? "", raw[2 * i + 1] ?? ""]);
}
