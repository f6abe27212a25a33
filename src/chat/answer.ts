import type { IncomingMessage, ServerResponse } from "node:http";
import type { JsonObject } from "../core/json.ts";

/** What a caller is told instead of an answer of the model. */
export interface Failure {
  readonly status: number;
  readonly message: string;
  /** When to ask again. */
  readonly retryAfterSeconds?: number;
}

// A model server that restarts is back in minutes; one that is busy sooner. Clients ask again with a growing delay.
export const RETRY_AFTER_SECONDS = 5;

/** How long a sender that was answered early may go on sending, so that it gets to read the answer. */
const LINGER_MS = 1_000;

/** A failure of undici, as a status. A connection that nobody takes is a model that is loading or restarting. */
export function failureOf(error: unknown): Failure {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ECONNREFUSED" || code === "UND_ERR_CONNECT_TIMEOUT") {
    const message = "the model server does not answer yet: it is starting or restarting";
    return { status: 503, message, retryAfterSeconds: RETRY_AFTER_SECONDS };
  }
  if (code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED") {
    return { status: 400, message: "the request cannot be passed on" };
  }
  return { status: 502, message: "the model server closed the connection without an answer" };
}

/** Answers with JSON, once. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: JsonObject,
  retryAfterSeconds?: number,
): void {
  const { req: request } = response;
  const text = JSON.stringify(body);
  if (!request.complete) response.shouldKeepAlive = false;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
  });
  response.write(text);
  endAfterUpload(request, response);
}

/**
 * Ends an answer whose request may still be arriving: what arrives is thrown away until its end or for LINGER_MS, then the
 * connection is cut. Ending at once would reset the connection, and the sender could lose the answer.
 */
export function endAfterUpload(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || request.destroyed) {
    response.end();
    return;
  }
  const cut = (): void => {
    clearTimeout(timer);
    response.end();
    request.socket.destroySoon();
  };
  const timer = setTimeout(cut, LINGER_MS);
  request.once("end", cut);
  request.once("close", () => clearTimeout(timer));
  request.resume();
}

/** Fires when the caller goes away before the answer is out: nobody waits for what the model computes. */
export function departure(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
