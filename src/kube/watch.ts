import { isObject, type Json, type JsonObject } from "../core/json.ts";
import { KubeError, statusFields } from "./error.ts";
import type { Kube, KubeObject } from "./kube.ts";
import { splitLines } from "./lines.ts";
import { type Selection, selectors } from "./list.ts";
import { collectionPath, type Resource } from "./resources.ts";
import { type TimeLimit, timeLimit } from "./time-limit.ts";
import { isKubeObject } from "./verbs.ts";

export type WatchMessage =
  /** The server has accepted the watch. */
  | { readonly kind: "opened" }
  | { readonly kind: "event"; readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubeObject }
  /** Nothing changed; a later watch may start from this version. */
  | { readonly kind: "bookmark"; readonly version: string }
  /** One event was dropped: larger than allowed, or of a type we do not know. */
  | { readonly kind: "skipped"; readonly reason: string };

export interface WatchRequest extends Selection {
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
  /** Without a byte for this long, the watch ends with a KubeError (reason `Timeout`). */
  readonly idleMs: number;
  readonly maxObjectBytes: number;
  readonly signal: AbortSignal;
}

/**
 * One watch, in batches as the network delivers them. Returns when the server ends it, as it does after `timeoutSeconds`;
 * throws KubeError for a refusal, an ERROR event, a broken or silent connection. The time the reader takes does not count as silence.
 */
export async function* watch(kube: Kube, resource: Resource, request: WatchRequest): AsyncGenerator<WatchMessage[]> {
  const path = collectionPath(resource, request.namespace);
  const limit = timeLimit(request.idleMs, request.signal);
  try {
    const stream = await kube.stream({
      method: "GET",
      path,
      query: {
        ...selectors(request),
        watch: "true",
        allowWatchBookmarks: "true",
        resourceVersion: request.resourceVersion,
        timeoutSeconds: request.timeoutSeconds.toString(),
      },
      timeoutMs: request.idleMs,
      signal: limit.signal,
    });
    limit.lift();
    yield [{ kind: "opened" }];
    limit.restart();
    for await (const { lines, oversized } of splitLines(stream.body, request.maxObjectBytes)) {
      limit.lift();
      const { messages, failure } = read(lines);
      yield [...oversized.map((bytes) => tooLarge(bytes, request.maxObjectBytes)), ...messages];
      if (failure !== undefined) throw failure;
      limit.restart();
    }
  } catch (error) {
    throw explain(error, limit, request, path);
  } finally {
    limit.release();
  }
}

/** The messages before the first line that ends the watch, and why it does. */
function read(lines: readonly string[]): { messages: readonly WatchMessage[]; failure?: unknown } {
  const messages: WatchMessage[] = [];
  try {
    for (const line of lines) messages.push(messageOf(line));
    return { messages };
  } catch (failure) {
    return { messages, failure };
  }
}

function messageOf(line: string): WatchMessage {
  const event = parse(line);
  const { type, object } = event;
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      if (isKubeObject(object)) return { kind: "event", type, object };
      return { kind: "skipped", reason: `a ${type} event without an object` };
    case "BOOKMARK": {
      const metadata = isObject(object) ? object["metadata"] : undefined;
      const version = isObject(metadata) ? metadata["resourceVersion"] : undefined;
      if (typeof version === "string" && version !== "") return { kind: "bookmark", version };
      return { kind: "skipped", reason: "a bookmark without a resourceVersion" };
    }
    case "ERROR": {
      const fields = statusFields(500, object);
      throw new KubeError({ ...fields, message: `watch: ${fields.status} ${fields.reason}: ${fields.message}` });
    }
    default:
      return { kind: "skipped", reason: `an event of unknown type ${JSON.stringify(type)?.slice(0, 40)}` };
  }
}

function parse(line: string): JsonObject {
  let event: Json;
  try {
    event = JSON.parse(line);
  } catch (cause) {
    throw new KubeError({ status: 0, reason: "InvalidAnswer", message: "watch: a line is not JSON", cause });
  }
  return isObject(event) ? event : {};
}

function tooLarge(bytes: number, maxBytes: number): WatchMessage {
  return { kind: "skipped", reason: `an event of ${bytes} bytes; at most ${maxBytes} are read` };
}

function explain(error: unknown, limit: TimeLimit, request: WatchRequest, path: string): unknown {
  request.signal.throwIfAborted();
  if (limit.expired) {
    const message = `watch ${path}: silent for ${request.idleMs} ms, taken for dead`;
    return new KubeError({ status: 0, reason: "Timeout", message, cause: error });
  }
  if (error instanceof KubeError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new KubeError({ status: 0, reason: "Unreachable", message: `watch ${path}: ${why}`, cause: error });
}
