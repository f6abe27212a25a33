import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import type { Log } from "../log.ts";
import { answerJson, departure, type Failure, failureOf, RETRY_AFTER_SECONDS } from "./answer.ts";
import { completionText, errorText, readChat } from "./completion.ts";
import { type Held, readJson } from "./read-json.ts";

/** The longest answer of the server that is read: a context of a million tokens is about as long. */
const ANSWER_LIMIT_BYTES = 8 * 1024 * 1024;

/** Of the caller's headers: who they are, and what their request is called in traces. */
const PASSED_ON = ["authorization", "traceparent", "tracestate", "x-request-id"] as const;

export interface ChatContext {
  readonly upstream: Dispatcher;
  readonly log: Log;
  /** Served name that is asked for; absent: the server's first. */
  readonly model: string | undefined;
  readonly held: Held;
}

type Outcome = { readonly kind: "result"; readonly text: string } | ({ readonly kind: "failure" } & Failure);

/** Answers `POST /chat` with `{Result}`, or `{error}` and the status of what went wrong. Never throws. */
export async function chat(request: IncomingMessage, response: ServerResponse, context: ChatContext): Promise<void> {
  const gone = departure(response);
  const { body, size } = await readJson(request, context.held);
  try {
    if (body.kind === "gone" || gone.aborted) return;
    const outcome =
      body.kind === "json"
        ? await complete(body.value, request, context, gone)
        : failure(body.status, body.message, body.status === 503 ? RETRY_AFTER_SECONDS : undefined);
    if (gone.aborted) return;
    if (outcome.kind === "result") answerJson(response, 200, { Result: outcome.text });
    else answerJson(response, outcome.status, { error: outcome.message }, outcome.retryAfterSeconds);
  } finally {
    context.held.bytes -= size;
  }
}

async function complete(
  body: unknown,
  request: IncomingMessage,
  { upstream, log, model }: ChatContext,
  signal: AbortSignal,
): Promise<Outcome> {
  const asked = readChat(body, model);
  if (asked.kind === "refused") return failure(400, asked.message);
  try {
    const answer = await upstream.request({
      method: "POST",
      path: "/v1/completions",
      headers: { "content-type": "application/json", ...passedOn(request) },
      body: JSON.stringify(asked.completion),
      signal,
    });
    return outcomeOf(answer, await readAnswer(answer.body), asked.before);
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error }, "no completion");
    return { kind: "failure", ...failureOf(error) };
  }
}

function outcomeOf(answer: Dispatcher.ResponseData, text: string | undefined, before: string): Outcome {
  const { statusCode: status } = answer;
  const value = parsed(text);
  if (status === 200) {
    const completed = completionText(value);
    return completed === undefined
      ? failure(502, "the model server answered with something else than a completion")
      : { kind: "result", text: before + completed };
  }
  // KAITO's wrapper answers every path but /metrics with a bare 404 while the weights are downloaded.
  if (status === 404 && text === "") return failure(503, "the model is being downloaded", RETRY_AFTER_SECONDS);
  const message = errorText(value) ?? `the model server answered with status ${status}`;
  const after = Number(answer.headers["retry-after"] ?? Number.NaN);
  return failure(status < 400 ? 502 : status, message, Number.isSafeInteger(after) ? after : undefined);
}

function failure(status: number, message: string, retryAfterSeconds?: number): Outcome {
  return { kind: "failure", status, message, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}

function passedOn({ headers }: IncomingMessage): { readonly [name: string]: string } {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}

/** Undefined for an answer beyond ANSWER_LIMIT_BYTES; leaving the loop cuts its connection. */
async function readAnswer(body: AsyncIterable<unknown>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > ANSWER_LIMIT_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
