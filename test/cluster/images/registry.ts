import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Manifest {
  readonly mediaType: string;
  readonly body: Buffer;
}

/** An image registry on loopback that keeps everything in memory. */
export interface Registry {
  /** `localhost:<port>`: the name for which clients speak HTTP without being told to. */
  readonly host: string;
  readonly blobs: Map<string, Buffer>;
  /** By `<repository>:<tag or digest>`. */
  readonly manifests: Map<string, Manifest>;
  readonly stop: () => Promise<void>;
}

/** Repositories below this name ask for the password. */
export const PRIVATE = "private/";

export function digestOf(content: Buffer | string): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** As much of the OCI distribution specification 1.1 as clients use to push and pull one image. */
export async function startRegistry(password: string): Promise<Registry> {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, Manifest>();
  const uploads = new Map<string, Buffer[]>();
  const server = createServer((request, response) => {
    readBody(request)
      .then((body) => answer({ request, response, body, password, blobs, manifests, uploads }))
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { host: `localhost:${port}`, blobs, manifests, stop };
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  readonly password: string;
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, Manifest>;
  readonly uploads: Map<string, Buffer[]>;
}

function answer(call: Call): void {
  const { request, response, password } = call;
  const url = new URL(request.url ?? "/", "http://localhost");
  const expected = `Basic ${Buffer.from(`user:${password}`).toString("base64")}`;
  const path = url.pathname.replace(/^\/v2\//, "");
  // Clients ask the root first and send credentials only where it wants some.
  if ((url.pathname === "/v2/" || path.startsWith(PRIVATE)) && request.headers.authorization !== expected) {
    response.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
    return;
  }
  const [, repository = "", kind = "", rest = ""] = /^(.+)\/(blobs|manifests)\/(.+)$/.exec(path) ?? [];
  if (url.pathname === "/v2/") response.writeHead(200).end("{}");
  else if (kind === "manifests") manifest(call, `${repository}:${rest}`, repository);
  else if (kind === "blobs" && rest.startsWith("uploads")) upload(call, url, repository);
  else if (kind === "blobs") send(call, call.blobs.get(rest), "application/octet-stream");
  else response.writeHead(404).end("{}");
}

function upload({ request, response, body, blobs, uploads }: Call, url: URL, repository: string): void {
  const id = url.pathname.split("/uploads/")[1] || randomUUID();
  const chunks = uploads.get(id) ?? [];
  uploads.set(id, chunks);
  chunks.push(body);
  const location = `/v2/${repository}/blobs/uploads/${id}`;
  const digest = url.searchParams.get("digest");
  if (request.method !== "PUT" || digest === null) {
    response.writeHead(202, { location, range: `0-${Math.max(0, Buffer.concat(chunks).length - 1)}` }).end();
    return;
  }
  const content = Buffer.concat(chunks);
  if (digestOf(content) !== digest) {
    response.writeHead(400).end('{"errors":[{"code":"DIGEST_INVALID"}]}');
    return;
  }
  blobs.set(digest, content);
  response.writeHead(201, { location: `/v2/${repository}/blobs/${digest}` }).end();
}

function manifest(call: Call, key: string, repository: string): void {
  const { request, response, body, manifests } = call;
  if (request.method !== "PUT") {
    const found = manifests.get(key);
    send(call, found?.body, found?.mediaType ?? "");
    return;
  }
  const mediaType = String(request.headers["content-type"]);
  const digest = digestOf(body);
  for (const name of [key, `${repository}:${digest}`]) manifests.set(name, { mediaType, body });
  response.writeHead(201, { "docker-content-digest": digest, location: `/v2/${repository}/manifests/${digest}` }).end();
}

function send({ request, response }: Call, content: Buffer | undefined, mediaType: string): void {
  if (content === undefined) {
    response.writeHead(404).end('{"errors":[{"code":"NOT_FOUND"}]}');
    return;
  }
  const headers = {
    "content-type": mediaType,
    "content-length": content.length,
    "docker-content-digest": digestOf(content),
  };
  response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : content);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
