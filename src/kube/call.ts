import { type Clock, systemClock } from "./clock.ts";
import { KubeError } from "./error.ts";
import { finish, isSuccess, type OpenAnswer, open } from "./http.ts";
import type { Kube, KubeRequest, KubeResponse, KubeStream } from "./kube.ts";
import type { Credentials, Session } from "./session.ts";
import { type TimeLimit, timeLimit, unlessAborted } from "./time-limit.ts";

const TIMEOUT_MS = 30_000;
/** 429 without Retry-After: what the API server itself suggests when it does. */
const RETRY_AFTER_MS = 1_000;

/** The two verbs over a session: authentication, repeats, limits of time and size. */
export function createKube(session: Session, userAgent: string, clock: Clock = systemClock): Kube {
  const closing = new AbortController();
  const limited = async <T>(request: KubeRequest, run: (limit: TimeLimit) => Promise<T>): Promise<T> => {
    const limit = timeLimit(request.timeoutMs ?? TIMEOUT_MS, request.signal, closing.signal);
    try {
      return await run(limit);
    } catch (error) {
      limit.release();
      request.signal?.throwIfAborted();
      throw explain(error, request, limit, session.server);
    }
  };
  return {
    server: session.server,
    context: session.context,
    call: (request) =>
      limited(request, async ({ signal, release }) => {
        const untilMs = clock.monotonicMs() + (request.timeoutMs ?? TIMEOUT_MS);
        const once = async () => await finish(request, await authenticated(session, userAgent, request, signal));
        const response = await repeated(request, once, { clock, untilMs, signal });
        release();
        return response;
      }),
    stream: (request) =>
      limited(request, async (limit) => {
        const answer = await authenticated(session, userAgent, request, limit.signal);
        if (!isSuccess(answer.status)) await finish(request, answer);
        limit.lift();
        return { status: answer.status, headers: answer.headers, body: released(answer, limit) } satisfies KubeStream;
      }),
    close: async () => {
      closing.abort(new Error(`the connection to ${session.server} was closed`));
      await session.close();
    },
  };
}

/** One try, and after a 401 one more with everything about us read afresh. */
async function authenticated(
  session: Session,
  userAgent: string,
  request: KubeRequest,
  signal: AbortSignal,
): Promise<OpenAnswer> {
  const send = (credentials: Credentials) => open({ server: session.server, userAgent, credentials }, request, signal);
  const credentials = await unlessAborted(session.credentials(), signal);
  const answer = await send(credentials);
  if (answer.status !== 401) return answer;
  await finish(request, answer).catch(() => {}); // so that the connection can be used again
  return await send(await unlessAborted(session.renew(credentials), signal));
}

interface Patience {
  readonly clock: Clock;
  /** Monotonic. */
  readonly untilMs: number;
  readonly signal: AbortSignal;
}

async function repeated(
  request: KubeRequest,
  once: () => Promise<KubeResponse>,
  { clock, untilMs, signal }: Patience,
): Promise<KubeResponse> {
  for (let reset = false; ; ) {
    try {
      return await once();
    } catch (error) {
      if (!reset && request.method === "GET" && isReset(error) && !signal.aborted) {
        // An idle connection that the server closed just as we used it; reading again is harmless.
        reset = true;
        continue;
      }
      const waitMs = waitFor(error);
      if (waitMs === undefined || clock.monotonicMs() + waitMs >= untilMs) throw error;
      await clock.sleep(waitMs, signal);
    }
  }
}

/** Only answers that say the request was not carried out. Up to a quarter more, so that rejected clients do not return together. */
function waitFor(error: unknown): number | undefined {
  if (!(error instanceof KubeError) || (error.status !== 429 && error.status !== 503)) return undefined;
  const askedMs = error.retryAfterMs ?? (error.status === 429 ? RETRY_AFTER_MS : undefined);
  // Never without a pause, even for "Retry-After: 0".
  return askedMs === undefined ? undefined : Math.max(askedMs, 100) * (1 + Math.random() / 4);
}

function isReset(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ECONNRESET" || code === "EPIPE" || code === "UND_ERR_SOCKET";
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

function explain(error: unknown, request: KubeRequest, limit: TimeLimit, server: string): unknown {
  if (error instanceof KubeError) return error;
  const call = `${request.method} ${request.path}`;
  if (limit.expired) {
    const message = `${call}: no answer from ${server} within ${request.timeoutMs ?? TIMEOUT_MS} ms`;
    return new KubeError({ status: 0, reason: "Timeout", message, cause: error });
  }
  const why = error instanceof Error ? error.message || String(codeOf(error) ?? error.name) : String(error);
  return new KubeError({ status: 0, reason: "Unreachable", message: `${call}: ${server}: ${why}`, cause: error });
}

async function* released(answer: OpenAnswer, limit: TimeLimit): AsyncGenerator<Uint8Array> {
  try {
    yield* answer.body;
  } finally {
    limit.release();
    answer.body.destroy();
  }
}
