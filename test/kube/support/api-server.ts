import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificate } from "./certificate.ts";
import { serve, statusOf } from "./rest.ts";
import { Store } from "./store.ts";

export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly atMs: number;
}

export type Fault = (request: Seen, response: ServerResponse) => void;
type Condition = (request: Seen) => boolean;

export const isWatch: Condition = (request) => request.url.searchParams.get("watch") === "true";
export const isList: Condition = (request) => request.method === "GET" && !isWatch(request);

/** An API server on loopback over TLS, with faults on demand. Everything that is not a fault behaves as the real one does. */
export class FakeApiServer {
  readonly store = new Store();
  readonly seen: Seen[] = [];
  /** TLS connections since the start. */
  connections = 0;
  /** Accepted bearer token; undefined: everybody is let in. */
  token: string | undefined;
  readonly directory = mkdtempSync(join(tmpdir(), "fake-apiserver-"));
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<ServerResponse>();
  readonly #faults: { when: Condition; fault: Fault }[] = [];
  #server = this.#create();
  #port = 0;

  static async start(): Promise<FakeApiServer> {
    const server = new FakeApiServer();
    await server.listen();
    return server;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  get watches(): number {
    return this.#watches.size;
  }

  seenThat(condition: Condition): Seen[] {
    return this.seen.filter(condition);
  }

  /** The next request that meets the condition gets this instead of an answer. */
  next(when: Condition, ...faults: Fault[]): void {
    for (const fault of faults) this.#faults.push({ when, fault });
  }

  get pendingFaults(): number {
    return this.#faults.length;
  }

  /** Writes into every open watch. */
  write(text: string): void {
    for (const watch of this.#watches) watch.write(text);
  }

  endWatches(): void {
    for (const watch of this.#watches) watch.end();
  }

  /** RST instead of FIN. */
  resetConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** A kubeconfig for this server; `user` as in the file. */
  kubeconfig(user: object = {}, name = "kubeconfig.json"): string {
    const path = join(this.directory, name);
    const ca = Buffer.from(certificate().certPem).toString("base64");
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "fake",
      clusters: [{ name: "fake", cluster: { server: this.url, "certificate-authority-data": ca } }],
      users: [{ name: "tester", user }],
      contexts: [{ name: "fake", context: { cluster: "fake", user: "tester" } }],
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Goes down hard; `listen` brings it back on the same port. */
  async down(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.resetConnections();
    await closed;
    this.#server = this.#create();
  }

  async stop(): Promise<void> {
    await this.down();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #create() {
    const { keyPem, certPem } = certificate();
    const server = createServer({ key: keyPem, cert: certPem, keepAliveTimeout: 90_000 }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("error", () => {});
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => this.#answer(request, response, Buffer.concat(chunks).toString("utf8")));
    });
    server.on("secureConnection", () => {
      this.connections += 1;
    });
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    return server;
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const url = new URL(request.url ?? "/", this.url);
    const seen = { method: request.method ?? "", url, headers: request.headers, body, atMs: performance.now() };
    this.seen.push(seen);
    if (isWatch(seen)) {
      this.#watches.add(response);
      response.on("close", () => this.#watches.delete(response));
    }
    const index = this.#faults.findIndex(({ when }) => when(seen));
    const [found] = index === -1 ? [] : this.#faults.splice(index, 1);
    if (found !== undefined) found.fault(seen, response);
    else if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) {
      statusOf(response, 401, "Unauthorized");
    } else serve(this.store, seen, response);
  }
}
