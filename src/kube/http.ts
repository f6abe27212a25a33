import { setImmediate } from "node:timers/promises";
import { request as send } from "undici";
import type { Json } from "../core/json.ts";
import { KubeError, statusFields } from "./error.ts";
import type { KubeRequest, KubeResponse } from "./kube.ts";
import type { Credentials } from "./session.ts";

/** An answer whose body has not been read. */
export interface OpenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array> & { destroy(): unknown };
}

/** Where a request goes and as whom. */
export interface Destination {
  readonly server: string;
  readonly userAgent: string;
  readonly credentials: Credentials;
}

export const MAX_BYTES = 64 * 1024 * 1024;
/** A Status is small; what a proxy puts in its place need not be read whole. */
const MAX_ERROR_BYTES = 1024 * 1024;

/** Sends the request and resolves with the headers of the answer. Redirects are not followed. */
export async function open(to: Destination, request: KubeRequest, signal: AbortSignal): Promise<OpenAnswer> {
  const answer = await send(urlOf(to.server, request), {
    dispatcher: to.credentials.dispatcher,
    method: request.method,
    headers: {
      accept: "application/json",
      "user-agent": to.userAgent,
      ...(request.body !== undefined && { "content-type": request.contentType ?? "application/json" }),
      ...to.credentials.headers,
    },
    body: request.body === undefined ? null : JSON.stringify(request.body),
    signal,
  });
  // An error between the headers and the first read would otherwise be an uncaught 'error' event.
  answer.body.on("error", () => {});
  return { status: answer.statusCode, headers: flat(answer.headers), body: answer.body };
}

function urlOf(server: string, request: KubeRequest): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) if (value !== undefined) query.append(name, value);
  return query.size === 0 ? `${server}${request.path}` : `${server}${request.path}?${query}`;
}

/** Reads the body; throws KubeError for an answer that is not 2xx, too large, or not what its content type says. */
export async function finish(request: KubeRequest, answer: OpenAnswer): Promise<KubeResponse> {
  const { status, headers } = answer;
  const ok = isSuccess(status);
  const text = await readText(request, answer, ok ? (request.maxBytes ?? MAX_BYTES) : MAX_ERROR_BYTES);
  const body = bodyOf(request, answer, text);
  if (ok) return { status, headers, body };
  const fields = statusFields(status, body);
  const retryAfterMs = retryAfterOf(headers) ?? fields.retryAfterMs;
  throw new KubeError({
    ...fields,
    message: `${request.method} ${request.path}: ${status} ${fields.reason}: ${fields.message}`,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

async function readText(request: KubeRequest, answer: OpenAnswer, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      answer.body.destroy();
      throw new KubeError({
        status: 0,
        reason: "ResponseTooLarge",
        message: `${request.method} ${request.path}: the answer is larger than ${maxBytes} bytes: ask for less at a time`,
      });
    }
    chunks.push(chunk);
  }
  // undici gives a connection free one turn of the event loop after the end; a next call before that would open another.
  await setImmediate();
  return Buffer.concat(chunks).toString("utf8");
}

function bodyOf(request: KubeRequest, answer: OpenAnswer, text: string): Json {
  if (!answer.headers["content-type"]?.includes("json")) return text;
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    // A broken error page still has a status worth reporting.
    if (!isSuccess(answer.status)) return text;
    throw new KubeError({
      status: 0,
      reason: "InvalidAnswer",
      message: `${request.method} ${request.path}: the answer says it is JSON and is not`,
      cause,
    });
  }
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return result;
}

/** Kubernetes sends whole seconds; a date (a proxy's) is taken as absent. */
function retryAfterOf(headers: Readonly<Record<string, string>>): number | undefined {
  const seconds = Number(headers["retry-after"] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
