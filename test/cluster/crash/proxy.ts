import { once } from "node:events";
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { createAuthority, issueServingPair } from "../../../webhook/certificates.ts";
import type { Gate } from "./gate.ts";
import type { Answer } from "./lane.ts";

const LOOPBACK = "127.0.0.1";
const READS = new Set(["GET", "HEAD", "OPTIONS"]);
/** Of one connection, not of the message. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection", "te"]);

export interface Upstream {
  /** `https://host:port` or `http://host:port`; the proxy speaks the same to its clients. */
  readonly url: string;
  /** PEM of the authority its certificate is of; absent where this machine trusts it anyway. */
  readonly ca?: string | undefined;
}

export interface CrashProxy {
  readonly url: string;
  /** PEM of the authority clients must trust; absent for plain HTTP. */
  readonly ca?: string;
  /** Breaks every connection of a client that is dead. */
  cut(): void;
  close(): Promise<void>;
}

/** Stands before a server. Reads and watches stream through; every other request asks the gate. */
export async function startProxy(upstream: Upstream, gate: Gate): Promise<CrashProxy> {
  const target = new URL(upstream.url);
  const forward = forwarder(target, upstream.ca);
  const listener: RequestListener = (request, response) => {
    const handled = READS.has(request.method ?? "") ? stream(request, response) : counted(request, response);
    // One side is gone: the other learns it from its broken connection.
    handled.catch(() => response.destroy());
  };
  const stream = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (gate.isShut()) return;
    const answer = await forward(request, undefined);
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    response.flushHeaders();
    response.on("close", () => answer.destroy());
    answer.on("error", () => response.destroy());
    answer.pipe(response);
  };
  const counted = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const path = (request.url ?? "").split("?")[0] ?? "";
    const answer = await gate.pass({ verb: request.method ?? "", path, body: body.toString() }, async () => {
      return await whole(await forward(request, body));
    });
    if (answer === undefined) return;
    response.writeHead(answer.status, { ...answer.headers, "content-length": String(answer.body.length) });
    response.end(answer.body);
  };
  const { server, ca } = await secured(target, listener);
  const clients = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    clients.add(socket);
    socket.on("close", () => clients.delete(socket));
  });
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  const cut = (): void => {
    for (const socket of clients) socket.destroy();
  };
  return {
    url: `${target.protocol}//${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    ...(ca === undefined ? {} : { ca }),
    cut,
    close: async () => {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}

async function secured(target: URL, listener: RequestListener): Promise<{ server: http.Server; ca?: string }> {
  if (target.protocol === "http:") return { server: http.createServer(listener) };
  const authority = await createAuthority(Date.now());
  const pair = await issueServingPair(authority, [LOOPBACK], Date.now());
  return { server: https.createServer({ cert: pair.cert, key: pair.key }, listener), ca: authority.cert };
}

type Forward = (request: IncomingMessage, body: Buffer | undefined) => Promise<IncomingMessage>;

function forwarder(target: URL, ca: string | undefined): Forward {
  const { request: open, Agent } = target.protocol === "http:" ? http : https;
  const agent = new Agent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) });
  return (request, body) =>
    new Promise((resolve, reject) => {
      const { hostname, port } = target;
      const headers = { ...endToEnd(request.headers), host: target.host };
      const options = { hostname, port, agent, method: request.method, path: request.url, headers };
      const sent = open(options, resolve);
      sent.on("error", reject);
      sent.end(body);
    });
}

async function whole(answer: IncomingMessage): Promise<Answer> {
  const body = await buffer(answer);
  return { status: answer.statusCode ?? 502, headers: endToEnd(answer.headers), body };
}

function endToEnd(headers: IncomingMessage["headers"]): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, value]],
    ),
  );
}
