import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";

/** The largest body of `/chat`: longer than any context window of the catalogue's text models needs. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/**
 * What all requests together may hold. A prompt is held until its answer is there, and takes about three times its bytes
 * while it is read.
 */
const HELD_LIMIT_BYTES = 64 * 1024 * 1024;

export type Body =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "refused"; readonly status: 400 | 413 | 415 | 503; readonly message: string }
  | { readonly kind: "gone" };

/** Bytes that are held now, by all requests of one server. */
export interface Held {
  bytes: number;
}

/** Reads a JSON body and counts it in `held`; the caller takes `size` off when it lets go. Never throws. */
export async function readJson(
  request: IncomingMessage,
  held: Held,
): Promise<{ readonly body: Body; readonly size: number }> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  // A compressed body could unfold to any size; a type that is no JSON could come from a form of any web page.
  if (type !== "application/json" || encoding !== "identity") {
    return { body: refused(415, "expected content-type application/json without content-encoding"), size: 0 };
  }
  if (Number(request.headers["content-length"] ?? 0) > BODY_LIMIT_BYTES) return { body: tooLarge, size: 0 };
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const bytes = chunk as Buffer;
      size += bytes.length;
      held.bytes += bytes.length;
      if (size > BODY_LIMIT_BYTES) return { body: tooLarge, size };
      if (held.bytes > HELD_LIMIT_BYTES) return { body: refused(503, "too many long prompts at once"), size };
      chunks.push(bytes);
    }
  } catch {
    return { body: { kind: "gone" }, size };
  }
  return { body: parse(Buffer.concat(chunks)), size };
}

const tooLarge: Body = { kind: "refused", status: 413, message: `the body exceeds ${BODY_LIMIT_BYTES} bytes` };

function parse(bytes: Buffer): Body {
  try {
    if (isUtf8(bytes)) return { kind: "json", value: JSON.parse(bytes.toString("utf8")) };
  } catch {
    // The parser's own message quotes the body.
  }
  return refused(400, "the body is not JSON in UTF-8");
}

function refused(status: 400 | 415 | 503, message: string): Body {
  return { kind: "refused", status, message };
}
