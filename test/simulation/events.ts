import type { JsonObject } from "../../src/core/json.ts";
import type { KubeRequest } from "../../src/kube/kube.ts";
import type { Stage } from "./actor.ts";
import { type ApiServer, eventOf, placeOf, selection } from "./api-server.ts";
import { failIf, type Weather } from "./weather.ts";

const BOOKMARK_MS = 60_000;
// From here on a watch counts as late.
const LATE_MS = 2_000;

export interface Watch {
  readonly api: ApiServer;
  readonly stage: Stage;
  readonly weather: Weather;
  readonly request: KubeRequest;
  readonly isDead: () => boolean;
  readonly isCut: () => boolean;
  /** Plurals whose watch was told to list anew. */
  readonly expired: Set<string>;
}

/** The event stream of one watch: in order, late as the weather has it, from the version that was asked for or 410. */
export async function* events(watch: Watch): AsyncGenerator<Uint8Array> {
  const { api, stage, weather, request, isDead, isCut } = watch;
  const { time, random, befalls } = stage;
  const { store } = api;
  const place = placeOf(request.path);
  const matches = selection(place, request.query);
  const from = Number(request.query?.["resourceVersion"]);
  const lines: { readonly atMs: number; readonly line: string }[] = [];
  let wake = () => {};
  let lastMs = 0;
  const push = (event: JsonObject) => {
    const delayMs = 1 + random.below(weather.mostDelayMs);
    if (delayMs >= LATE_MS) befalls("watch late by seconds");
    lastMs = Math.max(lastMs, time.nowMs() + delayMs);
    lines.push({ atMs: lastMs, line: `${JSON.stringify(event)}\n` });
    wake();
  };
  if (from < store.oldest) {
    befalls("watch expired");
    watch.expired.add(place.plural);
    push({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired", message: "too old" } });
  } else {
    for (const change of store.history) {
      const event = change.plural === place.plural && change.version > from ? eventOf(change, matches) : undefined;
      if (event !== undefined) push(event);
    }
  }
  const { restarts } = weather;
  const untilMs = time.nowMs() + Number(request.query?.["timeoutSeconds"]) * 1000;
  const stop = store.onChange((change) => {
    const event = change.plural === place.plural ? eventOf(change, matches) : undefined;
    if (event !== undefined) push(event);
  });
  request.signal?.addEventListener("abort", () => wake(), { once: true });
  let bookmarkMs = time.nowMs() + BOOKMARK_MS;
  try {
    while (!isDead() && request.signal?.aborted !== true) {
      const nowMs = time.nowMs();
      if (weather.down || weather.restarts !== restarts || isCut() || random.next() < weather.watchCut) {
        befalls("watch broken");
        failIf(true, "Unreachable");
      }
      if (nowMs >= untilMs) return;
      const due = lines.filter(({ atMs }) => atMs <= nowMs);
      lines.splice(0, due.length);
      if (due.length > 0) yield Buffer.from(due.map(({ line }) => line).join(""));
      else if (nowMs >= bookmarkMs) {
        bookmarkMs = nowMs + BOOKMARK_MS;
        // Only as far as its events have been sent.
        if (lines.length === 0) yield Buffer.from(bookmark(store.version));
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
