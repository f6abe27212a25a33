import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export const TOKEN = "token-of-the-test";
const BOT = { login: "github-actions[bot]", type: "Bot" };

export interface Stored {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string; readonly type: string };
  readonly author: { readonly id: number };
  hidden?: boolean;
}

/** Answers in place of the next request whose path matches. */
export interface Fault {
  readonly path: RegExp;
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: unknown;
  /** The request is carried out, and its answer lost. */
  readonly lost?: boolean;
}

/** The parts of the REST and GraphQL interfaces of GitHub and GitLab that comments need, over real HTTP. */
export class LoopbackForge {
  readonly comments: Stored[] = [];
  readonly reviewComments: { body: string; path: string; line: number; start_line?: number; user: Stored["user"] }[] =
    [];
  readonly files: { filename: string; patch?: string }[] = [];
  readonly requests: string[] = [];
  readonly faults: Fault[] = [];
  head = "a".repeat(40);
  /** What GraphQL says of the token's owner; undefined: it does not answer. */
  viewer: string | undefined = BOT.login;
  /** Lines of which GitHub takes no review comment. */
  unresolvable: readonly number[] = [];
  #next = 1;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(({ status, body, headers = {} }) => {
        if (status === 0) {
          request.socket.destroy();
          return;
        }
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(body === undefined ? "" : JSON.stringify(body));
      });
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  add(body: string, user: Stored["user"] = BOT, author = 1): Stored {
    const stored: Stored = { id: this.#next++, body, user, author: { id: author } };
    this.comments.push(stored);
    return stored;
  }

  async #answer(request: IncomingMessage): Promise<Reply> {
    const { method = "", url = "" } = request;
    const body = await bodyOf(request);
    this.requests.push(`${method} ${url.split("?")[0]}`);
    const fault = this.faults.findIndex(({ path }) => path.test(`${method} ${url}`));
    const [found] = fault < 0 ? [] : this.faults.splice(fault, 1);
    if (found !== undefined && found.lost !== true) return found;
    const given = request.headers.authorization ?? request.headers["private-token"];
    if (given !== `Bearer ${TOKEN}` && given !== TOKEN) return { status: 401, body: { message: "Bad credentials" } };
    const reply = url.startsWith("/api/v4/")
      ? this.#gitlab(method, url.slice(7), body)
      : this.#github(method, url, body);
    return found?.lost === true ? { status: 0 } : reply;
  }

  #github(method: string, url: string, body: Body): Reply {
    const { pathname, searchParams } = new URL(url, "http://x");
    const paged = (all: readonly unknown[]): Reply => ({ status: 200, body: page(all, searchParams) });
    const id = Number(/\/issues\/comments\/(\d+)$/.exec(pathname)?.[1]);
    if (pathname === "/graphql") return this.#graphql(body);
    if (pathname === "/repos/acme/models/issues/7/comments") {
      if (method === "GET") return paged(this.comments);
      return { status: 201, body: this.add(String(body["body"])) };
    }
    if (!Number.isNaN(id)) return this.#change(method, id, body);
    if (pathname === "/repos/acme/models/pulls/7")
      return { status: 200, body: { number: 7, head: { sha: this.head } } };
    if (pathname === "/repos/acme/models/pulls/7/files") return paged(this.files);
    if (pathname === "/repos/acme/models/pulls/7/comments" && method === "GET") return paged(this.reviewComments);
    if (pathname === "/repos/acme/models/pulls/7/comments") return this.#review([body], 201);
    if (pathname === "/repos/acme/models/pulls/7/reviews") return this.#review(body["comments"] as Body[], 200);
    return { status: 404, body: { message: "Not Found" } };
  }

  #graphql({ query, variables }: Body): Reply {
    if (!String(query).includes("minimizeComment")) {
      if (this.viewer === undefined)
        return { status: 403, body: { message: "Resource not accessible by integration" } };
      return { status: 200, body: { data: { viewer: { login: this.viewer } } } };
    }
    const subject = (variables as { subjectId: string }).subjectId;
    const stored = this.comments.find(({ id }) => `node-${id}` === subject);
    if (stored !== undefined) stored.hidden = true;
    return { status: 200, body: { data: {} } };
  }

  #change(method: string, id: number, body: Body): Reply {
    const i = this.comments.findIndex((one) => one.id === id);
    const stored = this.comments[i];
    if (stored === undefined) return { status: 404, body: { message: "Not Found" } };
    if (method === "DELETE") {
      this.comments.splice(i, 1);
      return { status: 204 };
    }
    if (method !== "GET") stored.body = String(body["body"]);
    return { status: 200, body: { ...stored, node_id: `node-${id}` } };
  }

  /** All or nothing, as GitHub does it. */
  #review(comments: readonly Body[], status: number): Reply {
    const wrong = comments.some(({ line }) => this.unresolvable.includes(Number(line)));
    if (wrong) return { status: 422, body: { message: "Validation Failed" } };
    for (const one of comments)
      this.reviewComments.push({ ...(one as never as (typeof this.reviewComments)[number]), user: BOT });
    return { status, body: {} };
  }

  #gitlab(method: string, url: string, body: Body): Reply {
    const { pathname, searchParams } = new URL(url, "http://x");
    const id = Number(/\/notes\/(\d+)$/.exec(pathname)?.[1]);
    if (pathname === "/user") return { status: 200, body: { id: 1 } };
    if (pathname === "/projects/12/merge_requests/7") return { status: 200, body: { sha: this.head } };
    if (!pathname.startsWith("/projects/12/merge_requests/7/notes"))
      return { status: 404, body: { message: "404 Not found" } };
    if (!Number.isNaN(id)) return this.#change(method, id, body);
    if (method === "POST") return { status: 201, body: this.add(String(body["body"])) };
    // Newest first.
    return { status: 200, body: page([...this.comments].reverse(), searchParams) };
  }
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: { readonly [name: string]: string };
}

type Body = { readonly [key: string]: unknown };

function page(all: readonly unknown[], query: URLSearchParams): readonly unknown[] {
  const size = Math.min(100, Number(query.get("per_page") ?? 30));
  const number = Number(query.get("page") ?? 1);
  return all.slice((number - 1) * size, number * size);
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? {} : (JSON.parse(text) as Body);
}
