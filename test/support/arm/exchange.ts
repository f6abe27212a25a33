import type { IncomingMessage, ServerResponse } from "node:http";
import type { Route } from "./calls.ts";
import type { ArmClock } from "./clock.ts";
import type { Effect, Hit } from "./faults.ts";
import { throttled } from "./refusals.ts";
import type { Settings } from "./settings.ts";
import type { Throttle } from "./throttle.ts";
import { type Answer, type ErrorShape, isRefusal, type Json, type Refusal, refusal, refusalAnswer } from "./wire.ts";

/** How a request ended that got no answer. */
export type NoAnswer = "reset" | "hang";

export interface Exchange {
  readonly settings: Settings;
  readonly clock: ArmClock;
  readonly throttle: Throttle;
  readonly hits: readonly Hit[];
  readonly route: Route;
  /** Aborts when the fake closes; a client that goes away stops nothing. */
  readonly signal: AbortSignal;
  /** Carries the request out. */
  readonly serve: () => Answer | Refusal;
}

/** Carries a request out as the faults will have it, and gives the answer, or how it has none. */
export async function exchange(all: Exchange): Promise<Answer | NoAnswer> {
  const { settings, clock, hits, signal } = all;
  const effects = hits.map(({ effect }) => effect);
  const shape = shapeOf(settings, effects);
  for (const effect of effects) {
    if (effect.kind === "delay" && effect.when !== "after") await clock.sleep(effect.ms, signal);
  }
  const limited = throttleRefusal(all);
  if (limited !== undefined) return refusalAnswer(limited, shape);
  const instead = effects.find((one) => one.kind === "answer" || one.kind === "reset" || one.kind === "hang");
  if (instead !== undefined && instead.applied !== true) return outcome(instead, settings);
  const served = all.serve();
  for (const effect of effects) {
    if (effect.kind === "delay" && effect.when === "after") await clock.sleep(effect.ms, signal);
  }
  if (instead !== undefined) return outcome(instead, settings);
  return isRefusal(served) ? refusalAnswer(served, shape) : served;
}

function shapeOf(settings: Settings, effects: readonly Effect[]): ErrorShape {
  return effects.find((effect) => effect.kind === "refuse")?.shape ?? settings.errorShape;
}

type Instead = Extract<Effect, { readonly kind: "answer" | "reset" | "hang" }>;

function outcome(effect: Instead, settings: Settings): Answer | NoAnswer {
  if (effect.kind !== "answer") return effect.kind;
  const { status, error, headers = {}, shape = settings.errorShape } = effect;
  return error === undefined ? { status, headers } : refusalAnswer({ status, error, headers }, shape);
}

function throttleRefusal({ settings, clock, throttle, hits, route }: Exchange): Refusal | undefined {
  const scripted = hits.map(({ effect }) => effect).find((effect) => effect.kind === "throttle");
  if (scripted !== undefined) {
    const seconds = scripted.retryAfterSeconds;
    return throttled(
      "PutAgentPoolHandler",
      seconds ?? 30,
      seconds === undefined ? undefined : clock.clientSeconds(seconds),
    );
  }
  const empty = throttle.take(settings, route.call, route.pool ?? "", clock.nowMs());
  if (empty === undefined) return undefined;
  const seconds = clock.clientSeconds(empty.seconds);
  return throttled(empty.handler, seconds, seconds);
}

/** What ARM looks at before it looks at the resource: the token, the api-version, and whether the caller may. */
export function accessRefusal(
  settings: Settings,
  request: IncomingMessage,
  url: URL,
  route: Route,
): Refusal | undefined {
  const authorization = request.headers.authorization ?? "";
  const token = /^Bearer (\S+)$/.exec(authorization)?.[1];
  if (token === undefined || (settings.token !== "" && token !== settings.token)) {
    const message = "Authentication failed. The 'Authorization' header is missing or invalid.";
    return { ...refusal(401, "AuthenticationFailed", message), headers: { "www-authenticate": "Bearer" } };
  }
  if (!/^\d{4}-\d{2}-\d{2}(-preview)?$/.test(url.searchParams.get("api-version") ?? "")) {
    const message = "The api-version query parameter (?api-version=) is required for all requests.";
    return refusal(400, "MissingApiVersionParameter", message);
  }
  if (!settings.forbidden.includes(route.call)) return undefined;
  const message = `The client does not have authorization to perform action '${request.method ?? ""} ${url.pathname}'.`;
  return refusal(403, "AuthorizationFailed", message);
}

const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** The body as JSON: undefined without one, "broken" where it is none. */
export async function readJson(request: IncomingMessage): Promise<Json | undefined | "broken"> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return "broken";
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Json;
  } catch {
    return "broken";
  }
}

export function send(response: ServerResponse, answer: Answer): void {
  const text = answer.body === undefined ? "" : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    ...(text === "" ? {} : { "content-type": "application/json; charset=utf-8" }),
    "content-length": String(Buffer.byteLength(text)),
    ...answer.headers,
  });
  response.end(text);
}
