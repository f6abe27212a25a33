import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A server on loopback that stands where vLLM would. */
export interface ModelServer {
  readonly port: number;
  /** What it was asked, oldest first, as it arrived. */
  readonly asked: { readonly method: string; readonly url: string; readonly rawHeaders: readonly string[] }[];
  /** Connections accepted so far. */
  accepted(): number;
  onUpgrade(handler: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): void;
  /** Cuts everything, as a process that dies. */
  stop(): Promise<void>;
}

export async function modelServer(handler: Handler, port = 0): Promise<ModelServer> {
  const asked: ModelServer["asked"][number][] = [];
  const server = createServer((request, response) => {
    asked.push({ method: request.method ?? "", url: request.url ?? "", rawHeaders: request.rawHeaders });
    void handler(request, response);
  });
  let accepted = 0;
  const open = new Set<Socket>();
  server.on("connection", (socket) => {
    accepted++;
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    accepted: () => accepted,
    onUpgrade: (upgraded) => server.on("upgrade", upgraded),
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      // Sockets that were upgraded are none of the server's connections any more.
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

export async function bodyText(message: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

export function answerWith(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
