import { Agent, type Dispatcher, request } from "undici";
import { UsageError } from "../../option.ts";

/** How a hub is reached. */
export interface HubAccess {
  /** Base of its addresses; a mirror may lie below a path. */
  readonly endpoint: URL;
  /** Hosts, with their port where it is no default, that a redirect may lead to besides the endpoint's own. */
  readonly allowedHosts: readonly string[];
  /** Sent to the endpoint's host only. */
  readonly token?: string;
  /** For one file, redirects included. */
  readonly timeoutMs: number;
}

export type Fetched =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "absent" }
  /** 401 or 403: gated, private, or not there, which hubs do not tell apart. */
  | { readonly kind: "denied"; readonly status: number }
  /** A redirect to a host that is not allowed. */
  | { readonly kind: "elsewhere"; readonly host: string };

const MOST_REDIRECTS = 5;

/**
 * Fetches one file of a hub, following redirects within the allowed hosts only.
 * @param path below the endpoint, with its query.
 * @param mostBytes a longer body is an error.
 * @throws UsageError for what is neither a file nor one of the answers of `Fetched`: no connection, too slow, too large.
 */
export async function fetchFile(access: HubAccess, path: string, mostBytes: number): Promise<Fetched> {
  const agent = new Agent();
  const url = new URL(`${access.endpoint.href.replace(/\/$/, "")}${path}`);
  try {
    return await follow(access, url, { agent, mostBytes, signal: AbortSignal.timeout(access.timeoutMs) });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${shownAddress(url)}: ${explain(error, access.timeoutMs)}`);
  } finally {
    await agent.destroy();
  }
}

interface Call {
  readonly agent: Dispatcher;
  readonly mostBytes: number;
  readonly signal: AbortSignal;
}

async function follow(access: HubAccess, start: URL, call: Call): Promise<Fetched> {
  let url = start;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const { statusCode, headers, body } = await request(url, {
      dispatcher: call.agent,
      signal: call.signal,
      headers: { "accept-encoding": "identity", "user-agent": "foresail", ...authorization(access, url) },
    });
    const { location } = headers;
    if (statusCode >= 300 && statusCode < 400 && typeof location === "string") {
      const next = target(location, url);
      if (!isAllowed(access, next)) return { kind: "elsewhere", host: next.host };
      await body.dump();
      url = next;
      continue;
    }
    if (statusCode === 404) return { kind: "absent" };
    if (statusCode === 401 || statusCode === 403) return { kind: "denied", status: statusCode };
    if (statusCode !== 200) throw new UsageError(`${shownAddress(url)} answered ${statusCode}`);
    return { kind: "text", text: await bounded(body, url, call.mostBytes) };
  }
  throw new UsageError(`${shownAddress(start)}: more than ${MOST_REDIRECTS} redirects`);
}

function target(location: string, from: URL): URL {
  if (URL.canParse(location, from.href)) return new URL(location, from);
  throw new UsageError(`${shownAddress(from)}: a redirect to no address`);
}

/** Never to a weaker protocol, and only to the endpoint's own host or one that was allowed by name. */
function isAllowed({ endpoint, allowedHosts }: HubAccess, url: URL): boolean {
  const safe = url.protocol === "https:" || url.protocol === endpoint.protocol;
  return safe && (url.host === endpoint.host || allowedHosts.includes(url.host));
}

function authorization({ endpoint, token }: HubAccess, url: URL): { readonly authorization?: string } {
  const own = url.host === endpoint.host && url.protocol === endpoint.protocol;
  return token === undefined || !own ? {} : { authorization: `Bearer ${token}` };
}

async function bounded(body: AsyncIterable<Buffer>, url: URL, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new UsageError(`${shownAddress(url)} is larger than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Without the query: a signed address is a secret. */
function shownAddress(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function explain(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no whole answer within ${timeoutMs / 1000} s`;
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined ? error.message : `${error.message} (${code})`;
}
