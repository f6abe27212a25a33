import { setTimeout } from "node:timers/promises";
import type { Dispatcher } from "undici";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { retryAfterMs } from "../../core/machine/retry-after.ts";
import { UsageError } from "../../option.ts";

const TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
const LARGEST_ANSWER_BYTES = 32 * 1024 * 1024;
const MOST_ATTEMPTS = 5;
/** A job that waits longer costs more than one that is started again. */
const LONGEST_WAIT_MS = 60_000;
const USUAL_WAIT_MS = 1_000;
const PER_PAGE = 100;
// 3,000 comments; who looks for one among more has other problems.
const MOST_PAGES = 30;

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

export type Call = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** REST calls to one forge, with its token, and nowhere else: redirects are not followed. */
export interface Api {
  /** Calls a path below the base. Throws UsageError when there is no answer, or only refusals for now. */
  call(method: Call, path: string, body?: JsonObject): Promise<Answer>;
  /** All items of a list, page by page. */
  list(path: string): Promise<readonly JsonObject[]>;
  /** Calls another address of the same origin. */
  callAt(method: Call, url: string, body?: JsonObject): Promise<Answer>;
  close(): Promise<void>;
}

type Environment = { readonly [name: string]: string | undefined };

export async function openApi(base: string, headers: JsonObject, environment: Environment): Promise<Api> {
  const { Agent, EnvHttpProxyAgent, request } = await import("undici");
  const limits = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS, connect: { timeout: CONNECT_TIMEOUT_MS } };
  const isLoopback = base.startsWith("http:");
  const dispatcher: Dispatcher = isLoopback
    ? new Agent(limits)
    : new EnvHttpProxyAgent({ ...limits, ...proxies(environment) });

  async function once(method: Call, url: string, body: JsonObject | undefined): Promise<Outcome> {
    const answer = await request(url, {
      dispatcher,
      method,
      headers: {
        ...(headers as { [name: string]: string }),
        accept: "application/json",
        "user-agent": "foresail",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { statusCode: status } = answer;
    const parsed = parsedBody(await bounded(answer.body));
    const waitMs = pauseOf(status, answer.headers, parsed);
    if (waitMs === undefined) return { kind: "answer", answer: { status, body: parsed } };
    return { kind: "later", why: `answered ${status}${messageOf(parsed)}`, waitMs, isKnown: status < 500 };
  }

  async function call(method: Call, url: string, body?: JsonObject): Promise<Answer> {
    const what = `${method} ${new URL(url).pathname}`;
    for (let attempt = 1; ; attempt++) {
      const outcome = await once(method, url, body).catch((error: unknown) => failed(error, attempt));
      if (outcome.kind === "answer") return outcome.answer;
      const { why, waitMs, isKnown } = outcome;
      // What a lost POST did is not known: a second one might double it.
      if (attempt === MOST_ATTEMPTS || (method === "POST" && !isKnown)) throw new UsageError(`${what}: ${why}`);
      if (waitMs > LONGEST_WAIT_MS) {
        throw new UsageError(
          `${what}: ${why}; it asks to wait ${Math.ceil(waitMs / 1000)} s: start the job again then`,
        );
      }
      await setTimeout(waitMs);
    }
  }

  return {
    call: (method, path, body) => call(method, base + path, body),
    callAt(method, url, body) {
      if (new URL(url).origin !== new URL(base).origin)
        throw new UsageError(`${new URL(url).origin} is not the origin of the API`);
      return call(method, url, body);
    },
    async list(path) {
      const items: JsonObject[] = [];
      for (let page = 1; page <= MOST_PAGES; page++) {
        const { status, body } = await call("GET", `${base}${path}?per_page=${PER_PAGE}&page=${page}`);
        if (status !== 200 || !Array.isArray(body))
          throw new UsageError(`GET ${path} answered ${status}${messageOf(body)}`);
        items.push(...body.filter(isObject));
        if (body.length < PER_PAGE) return items;
      }
      throw new UsageError(`GET ${path} has more than ${MOST_PAGES * PER_PAGE} items`);
    },
    close: () => dispatcher.destroy(),
  };
}

/** What one request came to. `isKnown`: it was refused, and did nothing. */
type Outcome =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "later"; readonly why: string; readonly waitMs: number; readonly isKnown: boolean };

function failed(error: unknown, attempt: number): Outcome {
  if (error instanceof UsageError) throw error;
  const { message, code, name } = error as NodeJS.ErrnoException;
  const why =
    name === "TimeoutError"
      ? `no whole answer within ${TIMEOUT_MS / 1000} s`
      : `${message}${code === undefined ? "" : ` (${code})`}`;
  return { kind: "later", why, waitMs: USUAL_WAIT_MS * attempt, isKnown: false };
}

/** How long the forge asks to wait, in milliseconds; undefined for an answer that counts. */
function pauseOf(status: number, headers: { readonly [name: string]: unknown }, body: Json): number | undefined {
  const header = (name: string): string | undefined => (typeof headers[name] === "string" ? headers[name] : undefined);
  const asked = retryAfterMs(header("retry-after"), "", Date.now());
  if (status === 429 || status === 503) return asked ?? USUAL_WAIT_MS;
  if (status >= 500) return USUAL_WAIT_MS;
  // GitHub tells its limits by 403, as it does missing rights.
  if (status !== 403) return undefined;
  if (asked !== undefined) return asked;
  if (header("x-ratelimit-remaining") !== "0") return /rate limit/i.test(messageOf(body)) ? USUAL_WAIT_MS : undefined;
  return Math.max(0, Number(header("x-ratelimit-reset") ?? 0) * 1000 - Date.now());
}

async function bounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > LARGEST_ANSWER_BYTES) throw new UsageError(`the answer is larger than ${LARGEST_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsedBody(text: string): Json {
  try {
    return text === "" ? null : (JSON.parse(text) as Json);
  } catch {
    return null;
  }
}

/** `: Not Found`, where the forge says so much. */
export function messageOf(body: Json): string {
  const message = isObject(body) ? (body["message"] ?? body["error"]) : undefined;
  if (typeof message !== "string") return "";
  return `: ${message.replace(/\p{Cc}/gu, " ").slice(0, 200)}`;
}

function proxies(environment: Environment): {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
} {
  const given = (name: string): string => environment[name.toLowerCase()] ?? environment[name] ?? "";
  return { httpProxy: given("HTTP_PROXY"), httpsProxy: given("HTTPS_PROXY"), noProxy: given("NO_PROXY") };
}
