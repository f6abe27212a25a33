import type { JsonObject } from "../../src/core/json.ts";
import { KubeError } from "../../src/kube/error.ts";
import type { Kube, KubeRequest, KubeResponse, KubeStream } from "../../src/kube/kube.ts";
import type { Random } from "../fuzz/random.ts";
import { type ApiServer, eventOf, placeOf, selection } from "./api-server.ts";
import type { VirtualTime } from "./time.ts";

/** What goes wrong between a process and the API server; each a probability for one call, changed while the simulation runs. */
export interface Weather {
  /** The server is away: nothing is answered. */
  down: boolean;
  /** Refused before it is carried out: 429, 500, no connection. */
  refused: number;
  /** Carried out, but the answer is lost. */
  answerLost: number;
  /** A watch ends, its event stream cut. */
  watchCut: number;
  /** How late watch events may come. */
  mostDelayMs: number;
}

export interface Connection extends Kube {
  /** The process is gone: what it asked for may still be carried out, but nobody hears of it. */
  die(): void;
  /** Dies at its next write but `others`: before the server has it, or before its answer is heard. */
  dieAtWrite(others: number, onDeath: () => void): void;
  /** Writes that were carried out. */
  writes(): number;
}

const NEVER = new Promise<never>(() => {});

/** The API server as one process reaches it. */
export function connectTo(api: ApiServer, time: VirtualTime, random: Random, weather: Weather): Connection {
  let dead = false;
  let written = 0;
  let doom: { left: number; readonly onDeath: () => void } | undefined;
  const strike = (): void => {
    dead = true;
    doom?.onDeath();
  };
  const call = async (request: KubeRequest): Promise<KubeResponse> => {
    await time.sleep(1 + random.below(10));
    // Half of what is on the wire when the process dies still arrives.
    if (dead && random.next() < 0.5) return await NEVER;
    failIf(weather.down, "Unreachable");
    if (random.next() < weather.refused) fail(random);
    const isWrite = request.method !== "GET";
    const isLast = isWrite && doom !== undefined && doom.left-- === 0;
    const before = isLast && random.next() < 0.5;
    if (before) strike();
    if (before) return await NEVER;
    const body = api.answer(request);
    if (isWrite) written++;
    if (isLast) strike();
    await time.sleep(1 + random.below(10));
    if (dead) return await NEVER;
    failIf(random.next() < weather.answerLost, "Unreachable");
    return { status: 200, headers: {}, body };
  };
  const stream = async (request: KubeRequest): Promise<KubeStream> => {
    await time.sleep(1 + random.below(10));
    if (dead) return await NEVER;
    failIf(weather.down, "Unreachable");
    return { status: 200, headers: {}, body: events(api, time, random, weather, request, () => dead) };
  };
  return {
    server: "simulated",
    context: "simulated",
    call,
    stream,
    close: async () => {},
    die: () => {
      dead = true;
    },
    dieAtWrite: (others, onDeath) => {
      doom = { left: others, onDeath };
    },
    writes: () => written,
  };
}

async function* events(
  api: ApiServer,
  time: VirtualTime,
  random: Random,
  weather: Weather,
  request: KubeRequest,
  isDead: () => boolean,
): AsyncGenerator<Uint8Array> {
  const place = placeOf(request.path);
  const matches = selection(place, request.query);
  const from = Number(request.query?.["resourceVersion"]);
  const lines: { readonly atMs: number; readonly line: string }[] = [];
  let wake = () => {};
  let lastMs = 0;
  const push = (event: JsonObject) => {
    lastMs = Math.max(lastMs, time.nowMs() + 1 + random.below(weather.mostDelayMs));
    lines.push({ atMs: lastMs, line: `${JSON.stringify(event)}\n` });
    wake();
  };
  const oldest = api.store.history[0]?.version ?? 0;
  if (from < oldest - 1) {
    push({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired", message: "too old" } });
  } else {
    for (const change of api.store.history) {
      const event = change.plural === place.plural && change.version > from ? eventOf(change, matches) : undefined;
      if (event !== undefined) push(event);
    }
  }
  const untilMs = time.nowMs() + Number(request.query?.["timeoutSeconds"]) * 1000;
  const stop = api.store.onChange((change) => {
    const event = change.plural === place.plural ? eventOf(change, matches) : undefined;
    if (event !== undefined) push(event);
  });
  request.signal?.addEventListener("abort", () => wake(), { once: true });
  let bookmarkMs = time.nowMs() + 60_000;
  try {
    while (!isDead() && request.signal?.aborted !== true) {
      const nowMs = time.nowMs();
      if (weather.down || random.next() < weather.watchCut) failIf(true, "Unreachable");
      if (nowMs >= untilMs) return;
      const due = lines.filter(({ atMs }) => atMs <= nowMs);
      lines.splice(0, due.length);
      if (due.length > 0) yield Buffer.from(due.map(({ line }) => line).join(""));
      else if (nowMs >= bookmarkMs) {
        bookmarkMs = nowMs + 60_000;
        // Only as far as its events have been sent.
        if (lines.length === 0) yield Buffer.from(bookmark(api.store.version));
      } else {
        const nextMs = Math.min(lines[0]?.atMs ?? Number.POSITIVE_INFINITY, bookmarkMs, untilMs);
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          timer = setTimeout(resolve, nextMs - nowMs);
        });
        clearTimeout(timer);
      }
    }
    request.signal?.throwIfAborted();
  } finally {
    stop();
  }
}

function bookmark(version: number): string {
  const object = { metadata: { resourceVersion: String(version) } };
  return `${JSON.stringify({ type: "BOOKMARK", object })}\n`;
}

function fail(random: Random): never {
  const [status, reason] = random.pick([
    [429, "TooManyRequests"],
    [500, "InternalError"],
    [0, "Unreachable"],
  ] as const);
  throw new KubeError({ status, reason, message: `simulated: ${reason}` });
}

function failIf(condition: boolean, reason: string): void {
  if (condition) throw new KubeError({ status: 0, reason, message: `simulated: ${reason}` });
}
