import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { AdmitPhase } from "../src/core/admit.ts";
import type { JsonObject } from "../src/core/json.ts";
import { reviewText } from "../src/core/review.ts";
import type { Log } from "../src/log.ts";
import { answerAndCut, parseBody, type Refusal, readBody } from "./body.ts";
import { decisionLine, refusedReview, reviewUid, serverFault } from "./decision.ts";
import { type Gate, RETRY_AFTER_SECONDS } from "./overload.ts";

export interface Answered {
  readonly phase: AdmitPhase;
  /** HTTP status; 200 for every decision. */
  readonly status: number;
  /** From the request's headers to the answer. */
  readonly ms: number;
  /** What was decided; absent for a refusal. */
  readonly answer?: JsonObject;
}

/** What the handlers of reviews share. */
export interface Reviewing {
  readonly decide: (review: unknown, phase: AdmitPhase) => JsonObject | undefined;
  readonly log: Log;
  readonly observe?: (answered: Answered) => void;
  readonly gate: Gate;
  readonly mayAsk: (socket: TLSSocket) => string | undefined;
  readonly stopping: () => boolean;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly phase: AdmitPhase;
  readonly startMs: number;
  /** Absent until it is decided, and for what is refused. */
  decided?: Decided;
}

interface Decided {
  readonly review: unknown;
  readonly answer: JsonObject;
  /** The answer as it is sent. */
  readonly text: string;
}

/** Every well-formed HTTP request gets an AdmissionReview, a 4xx or, when deciding is impossible, a 500. */
export function answerReview(
  reviewing: Reviewing,
  request: IncomingMessage,
  response: ServerResponse,
  phase: AdmitPhase,
): void {
  const exchange: Exchange = { request, response, phase, startMs: performance.now() };
  const problem = reviewing.mayAsk(request.socket as TLSSocket);
  if (problem !== undefined) {
    refuse(reviewing, exchange, { status: 403, message: problem });
    return;
  }
  if (!reviewing.gate.enter()) {
    shed(reviewing, exchange);
    return;
  }
  readBody(request, reviewing.gate.budget, (body) => {
    reviewing.gate.leave();
    if (body.kind === "refused") refuse(reviewing, exchange, body);
    else if (body.kind === "bytes") {
      reviewing.gate.queue({
        decide: () => safely(reviewing, exchange, () => decideBody(reviewing, exchange, body.bytes)),
        answer: () => safely(reviewing, exchange, () => send(reviewing, exchange)),
        record: () => safely(reviewing, exchange, () => record(reviewing, exchange)),
        shed: () => shed(reviewing, exchange),
      });
    }
  });
}

/** Thrown into the event loop, an error would end the process. */
function safely(reviewing: Reviewing, exchange: Exchange, step: () => void): void {
  try {
    step();
  } catch (error) {
    const { response, phase } = exchange;
    delete exchange.decided;
    reviewing.log.error({ phase, err: error }, "request failed");
    if (response.headersSent) response.destroy();
    else refuse(reviewing, exchange, { status: 500, message: "internal error; see the log of foresail-webhook" });
  }
}

function decideBody(reviewing: Reviewing, exchange: Exchange, bytes: Buffer): void {
  const body = parseBody(bytes);
  if (body.kind === "refused") {
    refuse(reviewing, exchange, body);
    return;
  }
  const { value: review } = body;
  const uid = reviewUid(review);
  const answer =
    body.ambiguous !== undefined && uid !== undefined
      ? refusedReview(uid, body.ambiguous)
      : decideSafely(reviewing, review, exchange.phase);
  if (answer === undefined) {
    const message = "expected an AdmissionReview of admission.k8s.io/v1 with a request";
    refuse(reviewing, exchange, { status: 400, message });
    return;
  }
  exchange.decided = { review, answer, text: reviewText(answer) };
}

/** A throw is a bug of ours. It denies this one review, under its uid, and the process lives. */
function decideSafely({ decide, log }: Reviewing, review: unknown, phase: AdmitPhase): JsonObject | undefined {
  try {
    return decide(review, phase);
  } catch (error) {
    const uid = reviewUid(review);
    log.error({ phase, uid, err: error }, "admission failed");
    return serverFault(uid);
  }
}

/** One write of head and body. */
function send({ stopping }: Reviewing, { response, decided }: Exchange): void {
  if (decided === undefined) return;
  const { text } = decided;
  const length = Buffer.byteLength(text);
  if (stopping()) response.setHeader("connection", "close");
  response.writeHead(200, { "content-type": "application/json", "content-length": length });
  // As many bytes as characters: all are ASCII, and latin1 is written without looking at them again.
  response.end(text, length === text.length ? "latin1" : "utf8");
}

function record({ observe, log }: Reviewing, { phase, startMs, decided }: Exchange): void {
  if (decided === undefined) return;
  const { review, answer } = decided;
  const ms = performance.now() - startMs;
  observe?.({ phase, status: 200, ms, answer });
  log.info(decisionLine(review, answer, { phase, ms }), "decided");
}

function refuse(
  { log, observe }: Reviewing,
  { request, response, phase, startMs }: Exchange,
  { status, message }: { readonly status: number; readonly message: string },
): void {
  log.warn({ phase, status, remote: request.socket.remoteAddress }, message);
  observe?.({ phase, status, ms: performance.now() - startMs });
  const refusal: Refusal = { status, body: JSON.stringify({ message }) };
  answerAndCut(request, response, status === 429 ? { ...refusal, retryAfterSeconds: RETRY_AFTER_SECONDS } : refusal);
}

/** Costs as little as an answer can: nothing is parsed, the connection goes on, the line in the log is for debugging. */
function shed({ log, observe, stopping }: Reviewing, { response, phase, startMs }: Exchange): void {
  log.debug({ phase, status: 429 }, "too much to do");
  const body = '{"message":"too many reviews at once: try again"}';
  if (stopping()) response.setHeader("connection", "close");
  response.writeHead(429, {
    "content-type": "application/json",
    "content-length": body.length,
    "retry-after": String(RETRY_AFTER_SECONDS),
  });
  response.end(body);
  observe?.({ phase, status: 429, ms: performance.now() - startMs });
}
