import { isUtf8 } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { countMembers, duplicateKey } from "./duplicate-keys.ts";
import { DEPTH_LIMIT, type Scan, scanJson } from "./json-scan.ts";

/**
 * The largest review read: the API server takes requests of at most 3 MiB, an update carries object and oldObject, and 1 MiB
 * is left for the rest of the review: 2 × 3 MiB + 1 MiB.
 */
export const BODY_LIMIT_BYTES = 7 * 1024 * 1024;

/** How long a sender that was refused may go on sending, so that it gets to read the answer before the connection is cut. */
const LINGER_MS = 1_000;

export type Body =
  /** `ambiguous`: why this JSON must not be decided about, although it can be parsed. */
  { readonly kind: "json"; readonly value: unknown; readonly ambiguous?: string } | Refused;

export interface Refused {
  readonly kind: "refused";
  readonly status: 400 | 413 | 415 | 429;
  readonly message: string;
}

/** A body as it came off the wire. */
export type RawBody = { readonly kind: "bytes"; readonly bytes: Buffer } | Refused | { readonly kind: "gone" };

/** What is beyond this counts; most reviews are smaller, and must not wait for large ones. */
export const SMALL_BODY_BYTES = 64 * 1024;

/** Bytes of unfinished bodies, beyond the first SMALL_BODY_BYTES of each, and how many there may be in all. */
export interface BodyBudget {
  bytes: number;
  readonly mostBytes: number;
}

/**
 * Reads the bytes of a JSON body of at most BODY_LIMIT_BYTES and tells `done` once. Written by hand: express' parsers read a too large
 * body to its end, however long that takes, before they answer; by callback, because a promise for each request costs more
 * than parsing it. Never throws; `gone` when the sender hung up.
 */
export function readBody(request: IncomingMessage, budget: BodyBudget, done: (body: RawBody) => void): void {
  if (!isPlainJson(request)) {
    done({ kind: "refused", status: 415, message: "expected content-type application/json without content-encoding" });
    return;
  }
  if (Number(request.headers["content-length"] ?? 0) > BODY_LIMIT_BYTES) {
    done(tooLarge);
    return;
  }
  const chunks: Buffer[] = [];
  let [size, open] = [0, true];
  const settle = (body: RawBody | undefined) => {
    if (!open) return;
    open = false;
    budget.bytes -= Math.max(0, size - SMALL_BODY_BYTES);
    if (body !== undefined) {
      request.off("data", keep);
      request.pause();
    }
    done(body ?? { kind: "bytes", bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) });
  };
  const keep = (chunk: Buffer) => {
    const large = Math.max(0, size - SMALL_BODY_BYTES);
    size += chunk.length;
    if (size > SMALL_BODY_BYTES) budget.bytes += size - SMALL_BODY_BYTES - large;
    if (size > BODY_LIMIT_BYTES) settle(tooLarge);
    else if (size > SMALL_BODY_BYTES && budget.bytes > budget.mostBytes) settle(tooMuch);
    else chunks.push(chunk);
  };
  request.on("data", keep);
  request.once("end", () => settle(undefined));
  request.once("error", () => settle({ kind: "gone" }));
  request.once("close", () => settle({ kind: "gone" }));
}

const tooLarge: Refused = { kind: "refused", status: 413, message: `the body exceeds ${BODY_LIMIT_BYTES} bytes` };
const tooMuch: Refused = { kind: "refused", status: 429, message: "too many large bodies at once: try again" };

function isPlainJson({ headers }: IncomingMessage): boolean {
  const type = headers["content-type"] ?? "";
  // A compressed body could unfold to any size; the API server never compresses reviews.
  const plain = headers["content-encoding"] === undefined || headers["content-encoding"] === "identity";
  return plain && (type === "application/json" || type.split(";")[0]?.trim().toLowerCase() === "application/json");
}

/** Parses the bytes of a whole body. Pure and total: what the fuzzer feeds. */
export function parseBody(bytes: Buffer): Body {
  const scan = scanJson(bytes);
  if (scan.tooDeep) {
    return { kind: "refused", status: 400, message: `the JSON is nested deeper than ${DEPTH_LIMIT} levels` };
  }
  try {
    if (isUtf8(bytes)) {
      const text = bytes.toString("utf8");
      const value = JSON.parse(text) as unknown;
      const ambiguous = ambiguity(scan, text, value);
      return ambiguous === undefined ? { kind: "json", value } : { kind: "json", value, ambiguous };
    }
  } catch {
    // The parser's own message quotes the body, which can hold what users consider secret.
  }
  return { kind: "refused", status: 400, message: "the body is not JSON in UTF-8" };
}

/** Why two readers of this JSON could see different objects. The API server decodes before it asks us, so it is not the sender. */
function ambiguity(scan: Scan, text: string, value: unknown): string | undefined {
  if (scan.inexact !== undefined) {
    return `the number ${scan.inexact} cannot be kept exactly: integers go up to 2^53 - 1, fractions up to 1.8e308`;
  }
  if (countMembers(value) === scan.members) return undefined;
  const key = (duplicateKey(text) ?? "").slice(0, 80);
  return `an object states the key ${JSON.stringify(key)} twice: state it once`;
}

/** What a refusal says: a status, a body, and for some how many seconds to wait. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
  readonly retryAfterSeconds?: number;
}

/**
 * Answers while the sender may still be sending: the whole answer is written at once, then input is thrown away until its end
 * or for LINGER_MS, then the connection is cut. Closing at once would reset the connection and could lose the answer.
 */
export function answerAndCut(request: IncomingMessage, response: ServerResponse, answer: Refusal): void {
  response.writeHead(answer.status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(answer.body),
    connection: "close",
    ...(answer.retryAfterSeconds !== undefined && { "retry-after": String(answer.retryAfterSeconds) }),
  });
  response.write(answer.body);
  const cut = () => {
    clearTimeout(timer);
    response.end();
    request.socket.destroySoon();
  };
  const timer = setTimeout(cut, LINGER_MS);
  if (request.complete) {
    cut();
    return;
  }
  request.once("end", cut);
  request.once("close", () => clearTimeout(timer));
  request.resume();
}
