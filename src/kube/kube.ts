import type { Json, JsonObject } from "../core/json.ts";

/** The part of `metadata` the project reads. Everything else stays in the raw object. */
export type ObjectMeta = JsonObject & {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  /** Opaque but comparable, see resource-version.ts. */
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly finalizers?: readonly string[];
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
};

/** A Kubernetes object exactly as the API server sent it; an unknown field is never dropped. */
export type KubeObject = JsonObject & {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
};

export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute and already escaped: `/api/v1/namespaces/default/pods`. Build it with `pathOf` or `collectionPath`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: Json;
  /** Media type of the body; default `application/json`. */
  readonly contentType?: string;
  /** For the whole call, retries and waiting included. Default 30 s. */
  readonly timeoutMs?: number;
  /** A larger answer is an error. Default 64 MiB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export interface KubeResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed when the server says JSON, otherwise the text (`/readyz`, pod logs). */
  readonly body: Json;
}

export interface KubeStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Raw bytes as they come. Iterating throws when the connection breaks. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** One API server, one pool of connections, one identity. Everything in src/kube is built on these two verbs. */
export interface Kube {
  /** URL of the API server, without a trailing slash. */
  readonly server: string;
  /** Name of the kubeconfig context, or `in-cluster`. */
  readonly context: string;
  /**
   * One request. 429 and 503 with Retry-After are repeated while `timeoutMs` lasts, 401 once with fresh credentials.
   * Throws KubeError for every answer that is not 2xx and when there is no answer; the signal's reason when aborted.
   */
  call(request: KubeRequest): Promise<KubeResponse>;
  /** Like `call` for endless answers: resolves with the headers, `timeoutMs` bounds only the time until then; no 429/503 repeats. */
  stream(request: KubeRequest): Promise<KubeStream>;
  /** Ends idle connections and aborts the others. */
  close(): Promise<void>;
}
