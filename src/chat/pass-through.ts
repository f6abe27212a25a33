import type { IncomingMessage, ServerResponse } from "node:http";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Dispatcher } from "undici";
import type { Log } from "../log.ts";
import { answerJson, departure, endAfterUpload, failureOf } from "./answer.ts";
import { endToEnd, withoutHeaders } from "./headers.ts";

/**
 * Hands a request to the model server and its answer back, both as they come: nothing is held but what is on its way. A
 * caller that goes away ends the model's work; an answer that breaks off breaks off here, too. Never throws.
 */
export async function passThrough(
  request: IncomingMessage,
  response: ServerResponse,
  { upstream, log }: { readonly upstream: Dispatcher; readonly log: Log },
): Promise<void> {
  const gone = departure(response);
  try {
    const answer = await upstream.request({
      method: request.method as Dispatcher.HttpMethod,
      path: request.url ?? "/",
      // Node has answered `Expect: 100-continue` itself.
      headers: withoutHeaders(endToEnd(request.rawHeaders), ["expect"]),
      body: bodyOf(request),
      signal: gone,
      responseHeaders: "raw",
    });
    // Undici's type does not know what "raw" does.
    const headers = endToEnd(answer.headers as unknown as readonly string[]);
    if (!request.complete) response.shouldKeepAlive = false;
    response.writeHead(answer.statusCode, answer.statusText, headers);
    // The first token of a stream can take a while, that it is one need not.
    response.flushHeaders();
    await pipeline(answer.body, response, { end: false });
    endAfterUpload(request, response);
  } catch (error) {
    if (gone.aborted) return;
    log.warn({ err: error, method: request.method }, "not passed on");
    if (response.headersSent) response.destroy();
    else refuse(response, error);
  }
}

/** As vLLM and OpenAI word errors. */
function refuse(response: ServerResponse, error: unknown): void {
  const { status, message, retryAfterSeconds } = failureOf(error);
  answerJson(response, status, { error: { message, type: "upstream_error", code: status } }, retryAfterSeconds);
}

/** Not the request itself: undici destroys a body it could not send to its end, and with it would go the connection. */
function bodyOf(request: IncomingMessage): Readable | null {
  const { headers } = request;
  if (headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0) return null;
  const body = new PassThrough();
  // Undici tells of it, too.
  body.on("error", () => undefined);
  return request.pipe(body);
}
