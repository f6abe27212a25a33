import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: Record<string, unknown> | undefined;
  /** As it came, where that is no JSON. */
  readonly text: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, undefined as no body. */
  readonly body?: unknown;
}

export interface ArmServer {
  readonly origin: string;
  readonly asked: Asked[];
  /** What each request is answered; a test replaces it. */
  answer: (asked: Asked) => Answer | Promise<Answer>;
  /** `GET aworkspace`, `PUT aworkspace`, `GET agentPools`, ... in order. */
  calls(): readonly string[];
  close(): Promise<void>;
}

/** Answers what the test says, over real sockets. It knows nothing of ARM. */
export async function armServer(
  host = "127.0.0.1",
  tls?: { readonly key: string; readonly cert: string },
): Promise<ArmServer> {
  const asked: Asked[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    const url = new URL(request.url ?? "/", "http://any");
    const one: Asked = {
      method: request.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text.startsWith("{") ? JSON.parse(text) : undefined,
      text,
    };
    asked.push(one);
    const { status, headers, body } = await arm.answer(one);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body === undefined || typeof body === "string" ? body : JSON.stringify(body));
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const arm: ArmServer = {
    origin: `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`,
    asked,
    answer: () => ({ status: 500 }),
    calls: () => asked.map(({ method, path }) => `${method} ${path.slice(path.lastIndexOf("/") + 1)}`),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return arm;
}
