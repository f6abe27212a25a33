import type { ContainerServiceClientOptionalParams } from "@azure/arm-containerservice";
import type { Dispatcher } from "undici";
import type { Endpoint } from "./endpoint.ts";

/** The SDK's words, reached through its options: it exports no names for them. */
export type HttpClient = NonNullable<ContainerServiceClientOptionalParams["httpClient"]>;
export type PipelineRequest = Parameters<HttpClient["sendRequest"]>[0];
export type PipelineResponse = Awaited<ReturnType<HttpClient["sendRequest"]>>;
type HttpHeaders = PipelineResponse["headers"];

/** ARM ends a request of its own after 60 s. */
const TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;

export interface ArmHttp extends HttpClient {
  /** Ends connections and what is under way on them. */
  close(): void;
}

/**
 * Where every request of the SDK leaves this process. It goes to the endpoint or nowhere: ARM's answers carry absolute
 * addresses of next pages, operations and redirects, and the SDK would take its token to whatever host they name.
 *
 * The SDK's own client is not used, because it has one pool for the whole process, and takes loopback to a proxy, too.
 */
export async function armHttp(
  endpoint: Pick<Endpoint, "origin" | "unsigned">,
  environment: { readonly [name: string]: string | undefined },
): Promise<ArmHttp> {
  const { Agent, EnvHttpProxyAgent, request: send } = await import("undici");
  const limits = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS, connect: { timeout: CONNECT_TIMEOUT_MS } };
  const dispatcher: Dispatcher = endpoint.unsigned
    ? new Agent(limits)
    : new EnvHttpProxyAgent({ ...limits, ...proxies(environment) });
  return {
    async sendRequest(request) {
      insideOf(endpoint.origin, request.url);
      const answer = await send(request.url, {
        dispatcher,
        method: request.method as Dispatcher.HttpMethod,
        headers: request.headers.toJSON(),
        body: typeof request.body === "string" ? request.body : null,
        signal: request.abortSignal instanceof AbortSignal ? request.abortSignal : null,
      });
      const bodyAsText = await answer.body.text();
      return { request, status: answer.statusCode, headers: new Headers(answer.headers), bodyAsText };
    },
    close: () => void dispatcher.destroy().catch(() => {}),
  };
}

/** The address as a URL. Throws if it is not below this origin. */
export function insideOf(origin: string, address: string): URL {
  const url = URL.parse(address);
  if (url?.origin === origin) return url;
  throw new Error(`ARM named an address outside ${origin}, which is not followed: ${address.slice(0, 200)}`);
}

function proxies(environment: { readonly [name: string]: string | undefined }): {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
} {
  const given = (name: string): string => environment[name.toLowerCase()] ?? environment[name] ?? "";
  return { httpProxy: given("HTTP_PROXY"), httpsProxy: given("HTTPS_PROXY"), noProxy: given("NO_PROXY") };
}

/** Headers as the SDK wants them: names of any case. */
export class Headers implements HttpHeaders {
  readonly #values = new Map<string, string>();

  constructor(raw: { readonly [name: string]: string | readonly string[] | undefined } = {}) {
    for (const [name, value] of Object.entries(raw)) {
      if (value !== undefined) this.set(name, typeof value === "string" ? value : value.join(", "));
    }
  }
  get(name: string): string | undefined {
    return this.#values.get(name.toLowerCase());
  }
  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }
  set(name: string, value: string | number | boolean): void {
    this.#values.set(name.toLowerCase(), String(value));
  }
  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }
  toJSON(): Record<string, string> {
    return Object.fromEntries(this.#values);
  }
  [Symbol.iterator](): Iterator<[string, string]> {
    return this.#values[Symbol.iterator]();
  }
}
