import { isUtf8 } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * The largest review read: the API server takes requests of at most 3 MiB, an update carries object and oldObject, and 1 MiB
 * is left for the rest of the review: 2 × 3 MiB + 1 MiB.
 */
export const BODY_LIMIT_BYTES = 7 * 1024 * 1024;

/**
 * Deeper JSON is refused: the walkers behind this server call themselves, and pod templates are about 15 levels deep.
 * Kubernetes' own decoder stops at 10,000.
 */
const DEPTH_LIMIT = 500;

/** How long a sender that was refused may go on sending, so that it gets to read the answer before the connection is cut. */
const LINGER_MS = 1_000;

export type Body =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "refused"; readonly status: 400 | 413 | 415; readonly message: string }
  | { readonly kind: "gone" };

/**
 * Reads a JSON body of at most BODY_LIMIT_BYTES. Written by hand: express' parsers read a too large body to its end, however
 * long that takes, before they answer. Never throws; `gone` when the sender hung up.
 */
export async function readJsonBody(request: IncomingMessage): Promise<Body> {
  if (!isPlainJson(request)) {
    return { kind: "refused", status: 415, message: "expected content-type application/json without content-encoding" };
  }
  const tooLarge: Body = { kind: "refused", status: 413, message: `the body exceeds ${BODY_LIMIT_BYTES} bytes` };
  if (Number(request.headers["content-length"] ?? 0) > BODY_LIMIT_BYTES) return tooLarge;
  const bytes = await readBytes(request);
  if (bytes === "gone") return { kind: "gone" };
  return bytes === "too large" ? tooLarge : parseBody(bytes);
}

function isPlainJson(request: IncomingMessage): boolean {
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  // A compressed body could unfold to any size; the API server never compresses reviews.
  return type === "application/json" && (request.headers["content-encoding"] ?? "identity") === "identity";
}

function readBytes(request: IncomingMessage): Promise<Buffer | "too large" | "gone"> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", function keep(chunk: Buffer) {
      size += chunk.length;
      if (size <= BODY_LIMIT_BYTES) {
        chunks.push(chunk);
        return;
      }
      request.off("data", keep);
      request.pause();
      resolve("too large");
    });
    request.once("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.once("error", () => resolve("gone"));
    request.once("close", () => resolve("gone"));
  });
}

function parseBody(bytes: Buffer): Body {
  if (isTooDeep(bytes)) {
    return { kind: "refused", status: 400, message: `the JSON is nested deeper than ${DEPTH_LIMIT} levels` };
  }
  try {
    if (isUtf8(bytes)) return { kind: "json", value: JSON.parse(bytes.toString("utf8")) };
  } catch {
    // The parser's own message quotes the body, which can hold what users consider secret.
  }
  return { kind: "refused", status: 400, message: "the body is not JSON in UTF-8" };
}

/** Counts brackets outside strings; for well-formed JSON that is the depth, and other texts fail in the parser. */
function isTooDeep(bytes: Buffer): boolean {
  let depth = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) i = endOfString(bytes, i);
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--;
    else if ((byte === OPEN_BRACE || byte === OPEN_BRACKET) && ++depth > DEPTH_LIMIT) return true;
  }
  return false;
}

/** Index of the quote that ends the string starting at `start`. */
function endOfString(bytes: Buffer, start: number): number {
  let i = start + 1;
  while (i < bytes.length && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
  return i;
}

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = Buffer.from('"\\{}[]');

/**
 * Answers while the sender may still be sending: the whole answer is written at once, then input is thrown away until its end
 * or for LINGER_MS, then the connection is cut. Closing at once would reset the connection and could lose the answer.
 */
export function answerAndCut(
  request: IncomingMessage,
  response: ServerResponse,
  answer: { readonly status: number; readonly body: string },
): void {
  response.writeHead(answer.status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(answer.body),
    connection: "close",
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
