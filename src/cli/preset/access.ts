import { readFileSync, statSync } from "node:fs";
import { UsageError } from "../../option.ts";
import type { HubAccess } from "./hub.ts";

const PUBLIC_HUB = "https://huggingface.co";
const LONGEST_TOKEN = 512;

export interface AccessOptions {
  readonly endpoint?: string;
  readonly allowHost: readonly string[];
  readonly tokenFile?: string;
  readonly timeoutSeconds: number;
}

/**
 * How to reach the hub that the user means: the endpoint stated, else the catalogue's mirror, else huggingface.co.
 * @param environmentToken HF_TOKEN, where a user keeps the token that other tools of the hub read, too.
 * @throws UsageError for an endpoint or token that cannot be used.
 */
export function hubAccess(
  options: AccessOptions,
  mirror: string | undefined,
  environmentToken: string | undefined,
): HubAccess {
  const endpoint = readEndpoint(options.endpoint ?? mirror ?? PUBLIC_HUB);
  const given = options.tokenFile === undefined ? environmentToken : readTokenFile(options.tokenFile);
  const token = given === undefined || given === "" ? undefined : checkToken(given);
  if (token !== undefined && !isPrivate(endpoint)) {
    throw new UsageError(`--endpoint ${endpoint.origin}: a token is not sent over http: use https, or unset HF_TOKEN`);
  }
  const timeoutMs = options.timeoutSeconds * 1000;
  return { endpoint, allowedHosts: options.allowHost, timeoutMs, ...(token === undefined ? {} : { token }) };
}

function readEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const usable = url !== undefined && /^https?:$/.test(url.protocol) && !/[@?#]/.test(url.href);
  if (usable) return url;
  throw new UsageError("--endpoint must be an address such as https://hub.example.com, without user or query");
}

function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
}

function readTokenFile(path: string): string {
  try {
    if (statSync(path).size <= LONGEST_TOKEN * 2) return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new UsageError(`--token-file ${path}: ${error instanceof Error ? error.message : error}`);
  }
  throw new UsageError(`--token-file ${path} is no token: it is longer than ${LONGEST_TOKEN} characters`);
}

function checkToken(token: string): string {
  if (token.length <= LONGEST_TOKEN && /^[\x21-\x7e]+$/.test(token)) return token;
  // Its text is a secret and stays out of the message.
  throw new UsageError("the token for the hub holds characters that no token has, or is too long");
}
