import { clusterJson, operationJson, poolJson, skusJson, usagesJson } from "./bodies.ts";
import type { Route } from "./calls.ts";
import type { ArmClock } from "./clock.ts";
import type { Effect } from "./faults.ts";
import type { Operation } from "./pool.ts";
import { type Accepted, deletePool, putPool, type Write } from "./provider.ts";
import { type LroMode, poolPath, type Settings } from "./settings.ts";
import { type Answer, isRefusal, type Json, type Refusal, refusal } from "./wire.ts";
import type { World } from "./world.ts";

/** One request, authenticated and found to mean something. */
export interface ArmRequest {
  readonly settings: Settings;
  readonly world: World;
  readonly clock: ArmClock;
  /** Base of every URL that is given out. */
  readonly base: string;
  readonly route: Route;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Json | undefined;
  readonly effects: readonly Effect[];
}

/** What ARM answers; a refusal where it does not do it. */
export function serve(request: ArmRequest): Answer | Refusal {
  const { settings, world, route, clock } = request;
  switch (route.call) {
    case "put":
      return put(request);
    case "delete":
      return remove(request);
    case "get": {
      const pool = world.pools.get(route.pool ?? "");
      return pool === undefined ? noPool(request) : { status: 200, body: poolJson(settings, world.stopped, pool) };
    }
    case "list":
      return list(request);
    case "operation":
      return operation(request);
    case "cluster":
      return { status: 200, body: clusterJson(settings, world) };
    case "usages":
      return { status: 200, body: usagesJson(settings, world.coresAt(clock.nowMs() - settings.usagesLagMs)) };
    case "skus":
      return { status: 200, body: skusJson(settings) };
  }
}

const noPool = ({ settings, route }: ArmRequest): Refusal =>
  refusal(404, "NotFound", `Could not find the agent pool ${poolPath(settings, route.pool ?? "")}.`);

const write = ({ settings, world, clock, route, headers, effects }: ArmRequest): Write => ({
  settings,
  world,
  nowMs: clock.nowMs(),
  name: route.pool ?? "",
  ifMatch: headers["if-match"],
  ifNoneMatch: headers["if-none-match"],
  effects,
});

function put(request: ArmRequest): Answer | Refusal {
  const { settings, world, body } = request;
  const accepted = putPool(write(request), body);
  if (isRefusal(accepted)) return accepted;
  const { created, pool, operation } = accepted satisfies Accepted;
  const answer = { status: created ? 201 : 200, body: poolJson(settings, world.stopped, pool) };
  if (operation === undefined) return answer;
  const mode = modeOf(request);
  // Without headers the client is left with provisioningState; with Location alone the answer must be 202.
  return {
    ...answer,
    status: mode === "location" ? 202 : answer.status,
    headers: pollHeaders(request, operation, mode),
  };
}

function remove(request: ArmRequest): Answer | Refusal {
  const { settings, world, route } = request;
  const pool = world.pools.get(route.pool ?? "");
  if (pool === undefined && settings.missingDelete === 204) return { status: 204 };
  if (pool === undefined) return noPool(request);
  const operation = deletePool(write(request), pool);
  if ("error" in operation) return operation;
  return { status: 202, headers: pollHeaders(request, operation as Operation, modeOf(request)) };
}

const modeOf = ({ settings, effects }: ArmRequest): LroMode =>
  effects.find((effect) => effect.kind === "lro")?.mode ?? settings.lro;

function pollHeaders({ base, settings }: ArmRequest, { id }: Operation, mode: LroMode): Record<string, string> {
  const at = (kind: string) =>
    `${base}/subscriptions/${settings.subscription}/providers/Microsoft.ContainerService/locations/${settings.region}` +
    `/${kind}/${id}?api-version=2016-03-30`;
  if (mode === "body") return {};
  const location = { location: at("operationresults") };
  return mode === "location" ? location : { ...location, "azure-asyncoperation": at("operations") };
}

function list({ settings, world, base, url, effects }: ArmRequest): Answer {
  const all = [...world.pools.values()].map((pool) => poolJson(settings, world.stopped, pool));
  const part = effects.find((effect) => effect.kind === "partial");
  if (part !== undefined) return { status: 200, body: { value: all.slice(0, part.keep) } };
  const from = Number(url.searchParams.get("$skipToken") ?? 0);
  const to = settings.pageSize === 0 ? all.length : from + settings.pageSize;
  const next = new URL(url.pathname + url.search, base);
  next.searchParams.set("$skipToken", String(to));
  return { status: 200, body: { value: all.slice(from, to), ...(to < all.length ? { nextLink: next.href } : {}) } };
}

/** A poll: of the status (200 whatever it is), or of the result (202 until it is there). */
function operation({ settings, world, clock, route, url }: ArmRequest): Answer | Refusal {
  const found = world.operations.get(route.operation ?? "");
  if (found === undefined) return refusal(404, "NotFound", `The operation ${route.operation ?? ""} was not found.`);
  const wait = settings.retryAfterSeconds;
  const headers = wait === 0 ? {} : { "retry-after": String(clock.clientSeconds(wait)) };
  if (route.result !== true) return { status: 200, headers, body: operationJson(found) };
  if (found.status === "InProgress") return { status: 202, headers: { ...headers, location: url.href } };
  if (found.status !== "Succeeded") {
    return {
      status: 409,
      error: found.failure?.error ?? { code: found.status, message: "The operation did not succeed." },
    };
  }
  const pool = world.pools.get(found.pool);
  if (found.kind === "delete" || pool === undefined) return { status: 204 };
  return { status: 200, body: poolJson(settings, world.stopped, pool) };
}
