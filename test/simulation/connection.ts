import { KubeError } from "../../src/kube/error.ts";
import type { Kube, KubeRequest, KubeResponse, KubeStream } from "../../src/kube/kube.ts";
import type { Stage } from "./actor.ts";
import { type ApiServer, placeOf } from "./api-server.ts";
import { events } from "./events.ts";
import { unheard } from "./unheard.ts";
import { failIf, type Weather } from "./weather.ts";

export interface Connection extends Kube {
  /** The process is gone: what it asked for may still be carried out, but nobody hears of it. */
  die(): void;
  /** Dies at its next write but `others`: before the server has it, or before its answer is heard. */
  dieAtWrite(others: number, onDeath: () => void): void;
  /** For so long nothing comes through in either direction. */
  cut(forMs: number): void;
  /** Writes that were carried out. */
  writes(): number;
}

// As the product's own client has it.
const PATIENCE_MS = 30_000;

/** The API server as one process reaches it. */
export function connectTo(api: ApiServer, stage: Stage, weather: Weather): Connection {
  const { time, random, befalls } = stage;
  let dead = false;
  let written = 0;
  let cutUntilMs = Number.NEGATIVE_INFINITY;
  let doom: { left: number; readonly onDeath: () => void } | undefined;
  const expired = new Set<string>();
  const isCut = () => time.nowMs() < cutUntilMs;
  const strike = (): void => {
    dead = true;
    doom?.onDeath();
  };
  /** A packet that is not answered: its sender waits as long as it has patience. */
  const untilHeard = async ({ timeoutMs = PATIENCE_MS, signal }: KubeRequest): Promise<void> => {
    if (!isCut()) return;
    await time.sleep(Math.min(timeoutMs, cutUntilMs - time.nowMs()), signal);
    failIf(true, "Unreachable");
  };
  const note = ({ method, path }: KubeRequest): void => {
    const { plural, name } = placeOf(path);
    if (method === "GET" && name === undefined && expired.delete(plural)) befalls("listed anew");
  };
  const call = async (request: KubeRequest): Promise<KubeResponse> => {
    if (dead) return await unheard(request.signal);
    await untilHeard(request);
    await time.sleep(1 + random.below(10));
    // Half of what is on the wire when the process dies still arrives.
    if (dead && random.next() < 0.5) return await unheard(request.signal);
    failIf(weather.down, "Unreachable");
    if (random.next() < weather.refused) refuse(stage);
    const isWrite = request.method !== "GET";
    // A lease is renewed all the time: dying there is dying at some moment.
    const counts = isWrite && !request.path.includes("/leases");
    const isLast = counts && doom !== undefined && doom.left-- === 0;
    const before = isLast && random.next() < 0.5;
    if (before) {
      befalls("process killed before a write");
      strike();
      return await unheard(request.signal);
    }
    const body = api.answer(request);
    note(request);
    if (counts) written++;
    if (isLast) {
      befalls("process killed after a write");
      strike();
    }
    await time.sleep(1 + random.below(10));
    if (dead) return await unheard(request.signal);
    await untilHeard(request);
    if (random.next() < weather.answerLost) {
      befalls("answer of the API server lost");
      failIf(true, "Unreachable");
    }
    return { status: 200, headers: {}, body };
  };
  const stream = async (request: KubeRequest): Promise<KubeStream> => {
    await untilHeard(request);
    await time.sleep(1 + random.below(10));
    if (dead) return await unheard(request.signal);
    failIf(weather.down, "Unreachable");
    return {
      status: 200,
      headers: {},
      body: events({ api, stage, weather, request, isDead: () => dead, isCut, expired }),
    };
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
    cut: (forMs) => {
      cutUntilMs = time.nowMs() + forMs;
    },
    writes: () => written,
  };
}

function refuse({ random, befalls }: Stage): never {
  const [status, reason] = random.pick([
    [429, "TooManyRequests"],
    [500, "InternalError"],
    [0, "Unreachable"],
  ] as const);
  if (status === 429) befalls("throttled by the API server");
  throw new KubeError({ status, reason, message: `simulated: ${reason}` });
}
