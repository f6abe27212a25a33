import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { routeOf } from "./calls.ts";
import { type ArmClock, scaledClock } from "./clock.ts";
import { answerControl } from "./control.ts";
import { accessRefusal, exchange, type NoAnswer, readJson, send } from "./exchange.ts";
import { createFaults } from "./faults.ts";
import { type ArmCall, createHandle, type Handle } from "./handle.ts";
import { serve } from "./service.ts";
import { DEFAULTS, type Settings } from "./settings.ts";
import { createThrottle } from "./throttle.ts";
import { type Answer, isRefusal, type Json, type JsonMap, refusal, refusalAnswer } from "./wire.ts";
import { createWorld } from "./world.ts";

export interface FakeArmOptions extends Partial<Settings> {
  /** Default: real time. */
  readonly clock?: ArmClock;
  /** Default: a free one. */
  readonly port?: number;
}

/** A running fake: what `Handle` tells and does, and the way in for clients. */
export interface FakeArm extends Handle {
  /** `http://127.0.0.1:port`: the endpoint of ARM, and of the control API below `/fake`. */
  readonly url: string;
  readonly clock: ArmClock;
  close(): Promise<void>;
}

/** Starts a fake ARM on loopback with one cluster that has one system pool. */
export async function startFakeArm({
  clock = scaledClock(1),
  port = 0,
  ...given
}: FakeArmOptions = {}): Promise<FakeArm> {
  let settings: Settings = { ...DEFAULTS, ...given };
  const world = createWorld(() => settings);
  const faults = createFaults(() => settings.seed);
  const throttle = createThrottle();
  const calls: ArmCall[] = [];
  const closing = new AbortController();
  const handle = createHandle({
    world,
    faults,
    calls,
    clock,
    settings: () => settings,
    configure: (next) => (settings = next),
  });
  handle.portalPut("system", { properties: { vmSize: "Standard_D4s_v5", mode: "System" } });

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A body cut short is the client's end, not ours. What was sent whole is carried out, whoever still listens.
      if (!closing.signal.aborted && request.complete) console.error(error);
      response.destroy();
    });
  });
  // A hang must not end because nothing is sent.
  server.requestTimeout = 0;
  // Only faults cut connections: one that idles too long must not race with the next request.
  server.keepAliveTimeout = 0;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", base);
    const method = request.method ?? "GET";
    const body = await readJson(request);
    if (url.pathname.startsWith("/fake/")) {
      return send(response, answerControl(handle, clock, method, url, body === "broken" ? undefined : body));
    }
    const call = logged(calls, { atMs: clock.nowMs(), method, url: url.href, headers: request.headers, body });
    const { outcome, effects } = await armAnswer(request, url, body, call);
    const status = typeof outcome === "string" ? outcome : outcome.status;
    calls[call.index] = { ...call.entry(), status, effects };
    if (outcome === "hang" && settings.patienceMs === 0) return;
    if (outcome === "hang") await clock.sleep(settings.patienceMs, closing.signal);
    if (typeof outcome === "string") return void request.socket.resetAndDestroy();
    send(response, { ...outcome, headers: { "x-ms-request-id": randomUUID(), ...outcome.headers } });
  }

  async function armAnswer(
    request: IncomingMessage,
    url: URL,
    body: Json | undefined,
    call: Logged,
  ): Promise<{ readonly outcome: Answer | NoAnswer; readonly effects: readonly number[] }> {
    world.settle(clock.nowMs());
    const route = routeOf(settings, request.method ?? "GET", url.pathname);
    if (isRefusal(route)) return { outcome: refusalAnswer(route, "nested"), effects: [] };
    const operation = world.operations.get(route.operation ?? "");
    const pool = route.pool ?? operation?.pool;
    calls[call.index] = { ...call.entry(), call: route.call, ...(pool === undefined ? {} : { pool }) };
    const denied = accessRefusal(settings, request, url, route);
    if (denied !== undefined) return { outcome: refusalAnswer(denied, "nested"), effects: [] };
    if (body === "broken") {
      return {
        outcome: refusalAnswer(refusal(400, "InvalidRequestContent", "The request content was invalid."), "nested"),
        effects: [],
      };
    }
    const hits = faults.decide(route.call, pool);
    const outcome = await exchange({
      settings,
      clock,
      throttle,
      hits,
      route,
      signal: closing.signal,
      serve: () => {
        world.settle(clock.nowMs());
        const effects = hits.map(({ effect }) => effect);
        const headers = request.headers as Readonly<Record<string, string | undefined>>;
        return serve({ settings, world, clock, base, route, url, headers, body, effects });
      },
    });
    return { outcome, effects: hits.map(({ fault }) => fault) };
  }

  return {
    ...handle,
    url: base,
    clock,
    close: async () => {
      closing.abort(new Error("the fake ARM closes"));
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Logged {
  readonly index: number;
  entry(): ArmCall;
}

function logged(
  calls: ArmCall[],
  {
    headers,
    body,
    ...rest
  }: Pick<ArmCall, "atMs" | "method" | "url"> & {
    readonly headers: IncomingMessage["headers"];
    readonly body: Json | undefined;
  },
): Logged {
  const shown = Object.entries(headers).filter(([name]) => name !== "authorization");
  const index = calls.length;
  const entry: ArmCall = {
    n: index + 1,
    ...rest,
    headers: Object.fromEntries(shown) as JsonMap,
    ...(body === undefined ? {} : { body }),
    status: "pending",
    effects: [],
  };
  calls.push(entry);
  return { index, entry: () => calls[index] ?? entry };
}
