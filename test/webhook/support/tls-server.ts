import { Agent, request } from "node:https";
import { pino } from "pino";
import type { JsonObject } from "../../../src/core/json.ts";
import { type CertificateSet, createCertificateSet } from "../../../webhook/certificate-set.ts";
import { type ServerOptions, startServer, type WebhookServer } from "../../../webhook/server.ts";

let made: Promise<CertificateSet> | undefined;

/** One certificate set for 127.0.0.1 for all tests of a run; making RSA keys is the slow part. */
export function certificates(): Promise<CertificateSet> {
  made ??= createCertificateSet(["127.0.0.1"], Date.now());
  return made;
}

export interface TestServer {
  readonly server: WebhookServer;
  /** What was logged, parsed. */
  readonly lines: JsonObject[];
  readonly ca: string;
}

/** The real server on a free loopback port. `decide` defaults to allowing every AdmissionReview with a uid. */
export async function testServer(
  decide: ServerOptions["decide"] = allowAll,
  limits: Pick<ServerOptions, "requestMs" | "load" | "clients"> = {},
): Promise<TestServer> {
  const { serving, caBundle } = await certificates();
  const lines: JsonObject[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const server = await startServer({ decide, serving, log, port: 0, address: "127.0.0.1", ...limits });
  return { server, lines, ca: caBundle };
}

export function allowAll(review: unknown): JsonObject | undefined {
  const uid = (review as { request?: { uid?: unknown } } | null)?.request?.uid;
  return typeof uid === "string" ? answer({ uid, allowed: true }) : undefined;
}

export function answer(response: JsonObject): JsonObject {
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response };
}

export function review(uid: string, extra: JsonObject = {}): JsonObject {
  const request = { uid, operation: "CREATE", namespace: "team", name: "phi", object: {}, ...extra };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request };
}

export interface Call {
  readonly port: number;
  readonly ca: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent with its length; pieces are sent chunked; nothing is sent when absent. */
  readonly body?: string | Uint8Array | Iterable<Uint8Array>;
  readonly agent?: Agent;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** One HTTPS call that verifies the certificate against `ca`. Rejects when there is no complete answer. */
export function call({ port, ca, path = "/mutate", method = "POST", headers, body, agent }: Call): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const ask = request({
      host: "127.0.0.1",
      port,
      ca,
      path,
      method,
      agent: agent ?? new Agent({ keepAlive: false }),
      headers: { "content-type": "application/json", ...headers },
    });
    ask.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString("utf8"),
        });
      });
    });
    // After an answer the rest of the upload may fail, which is what a refusal looks like from here.
    ask.on("error", reject);
    send(ask, body);
  });
}

function send(ask: ReturnType<typeof request>, body: Call["body"]): void {
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) {
    ask.end(body);
    return;
  }
  const pieces = body[Symbol.iterator]();
  const next = (): void => {
    for (;;) {
      const piece = pieces.next();
      if (piece.done === true) {
        ask.end();
        return;
      }
      if (ask.destroyed) return;
      if (!ask.write(piece.value)) {
        ask.once("drain", next);
        return;
      }
    }
  };
  next();
}
