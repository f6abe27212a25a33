import { randomUUID } from "node:crypto";
import type { ContainerServiceClient } from "@azure/arm-containerservice";
import { retryAfterMs } from "../../core/machine/retry-after.ts";
import { LIMITS } from "./bucket.ts";
import { ArmRefusal } from "./cloud-error.ts";
import type { Endpoint } from "./endpoint.ts";
import { armHttp, Headers, insideOf, type PipelineRequest, type PipelineResponse } from "./http.ts";
import { credentialOf, type Identity } from "./identity.ts";
import type { AksOptions, AksSurroundings } from "./options.ts";
import type { Throttle } from "./throttle.ts";

export interface ArmClient {
  readonly pools: ContainerServiceClient["agentPools"];
  readonly clusters: ContainerServiceClient["managedClusters"];
  /** The body of a GET of a path below the endpoint. Throws as the SDK's calls do. */
  get(pathAndQuery: string, signal: AbortSignal): Promise<unknown>;
  /** Path and query of an address that an answer named. Throws if it lies outside the endpoint. */
  pathOf(address: string): string;
  close(): void;
}

const BEARER = "bearerTokenAuthenticationPolicy";

/**
 * The SDK's client, loaded when it is first needed. It retries nothing, since the caller's queue waits better; it throws
 * ArmRefusal for every answer that is not 2xx, and CloudError Throttled before a request that would only be refused.
 */
export async function armClient(
  options: AksOptions,
  endpoint: Endpoint,
  identity: Identity | undefined,
  surroundings: AksSurroundings,
  throttle: Throttle,
): Promise<ArmClient> {
  const { ContainerServiceClient } = await import("@azure/arm-containerservice");
  const http = await armHttp(endpoint, surroundings.environment);
  const credential = endpoint.unsigned || identity === undefined ? nobody : await credentialOf(identity, endpoint);
  const client = new ContainerServiceClient(credential, options.subscriptionId, {
    endpoint: endpoint.origin,
    httpClient: http,
    credentials: { scopes: [endpoint.tokenScope] },
    allowInsecureConnection: endpoint.unsigned,
    retryOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: surroundings.userAgent },
  });
  const { pipeline } = client;
  // Ours goes to proxies by itself, and undici leaves a compressed answer as it is.
  pipeline.removePolicy({ name: "proxyPolicy" });
  pipeline.removePolicy({ name: "decompressResponsePolicy" });
  // Outside of the sign-in, which asks once more by itself when a token was revoked.
  pipeline.addPolicy(
    { name: "foresailRefusals", sendRequest: (request, next) => ask(request, next, throttle, surroundings) },
    { beforePolicies: [BEARER] },
  );
  if (endpoint.unsigned) {
    // The sign-in refuses plain http. Only a loopback address is `unsigned`, so no other host is ever asked without it.
    pipeline.removePolicy({ name: BEARER });
    pipeline.addPolicy(UNSIGNED, { afterPhase: "Retry" });
  }
  return {
    pools: client.agentPools,
    clusters: client.managedClusters,
    async get(pathAndQuery, signal) {
      const { bodyAsText } = await pipeline.sendRequest(http, getRequest(`${endpoint.origin}${pathAndQuery}`, signal));
      return JSON.parse(bodyAsText ?? "null");
    },
    pathOf(address) {
      const url = insideOf(endpoint.origin, address);
      return `${url.pathname}${url.search}`;
    },
    close: () => http.close(),
  };
}

/** A word in the place of a token, so that an ARM made for tests can see who had one to send. It is no secret. */
const UNSIGNED = {
  name: "foresailUnsigned",
  sendRequest: (request: PipelineRequest, next: (request: PipelineRequest) => Promise<PipelineResponse>) => {
    request.headers.set("authorization", "Bearer dev");
    return next(request);
  },
};

const nobody = { getToken: () => Promise.reject(new Error("there is no identity to sign in with")) };

async function ask(
  request: PipelineRequest,
  next: (request: PipelineRequest) => Promise<PipelineResponse>,
  throttle: Throttle,
  { clock }: AksSurroundings,
): Promise<PipelineResponse> {
  const signal = request.abortSignal instanceof AbortSignal ? request.abortSignal : undefined;
  // Microsoft.Compute, where quotas are read, counts by itself and says nothing about pools.
  const counted = request.url.includes("/Microsoft.ContainerService/");
  const pool = request.method === "PUT" ? /\/agentPools\/([^/?]+)/i.exec(request.url)?.[1] : undefined;
  if (pool !== undefined) await throttle.take(`PUT ${pool}`, LIMITS.putPool, signal);
  else if (/\/managedClusters\/[^/?]+(\?|$)/i.test(request.url)) await throttle.take("cluster", LIMITS.cluster, signal);
  else if (counted) await throttle.take("pools", LIMITS.other, signal);
  const response = await next(request);
  const { status } = response;
  if (status < 300) return response;
  const retryAfter = response.headers.get("retry-after");
  const text = response.bodyAsText ?? "";
  if (status === 429 && counted) throttle.pause(retryAfterMs(retryAfter, text, clock.wallMs()));
  throw new ArmRefusal({ status, body: parsed(text), ...(retryAfter !== undefined && { retryAfter }) });
}

/** An error page of something in between is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function getRequest(url: string, abortSignal: AbortSignal): PipelineRequest {
  const headers = new Headers({ accept: "application/json" });
  return { url, method: "GET", headers, abortSignal, timeout: 0, withCredentials: false, requestId: randomUUID() };
}
