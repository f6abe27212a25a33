import { Session } from "node:inspector/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Share of the time that was spent in each part, 0 to 1. */
export type Shares = { readonly [part: string]: number };

/**
 * The functions that begin a part; a sample belongs to the innermost one on its stack. What belongs to none is the
 * platform: TLS, HTTP and the event loop.
 */
const PARTS: { readonly [functionName: string]: string } = {
  "(garbage collector)": "garbage collection",
  "(idle)": "idle",
  parseBody: "JSON",
  depthIssues: "schema and checks",
  typeIssues: "schema and checks",
  checkWorkspace: "schema and checks",
  readOptions: "schema and checks",
  inputsHash: "hash",
  expand: "expand",
  diff: "diff and patch",
  patched: "diff and patch",
  reviewText: "answer",
  send: "TLS and HTTP",
  observe: "metrics",
  record: "log",
  actualWrite: "log",
  admit: "rest of admit",
  decideBody: "rest of the handler",
};

/** Samples this process for a while. */
export async function profile(ms: number): Promise<Shares> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 250 });
  await session.post("Profiler.start");
  await sleep(ms);
  const { profile: taken } = await session.post("Profiler.stop");
  session.disconnect();
  const parts = partsOf(taken.nodes);
  const spent = new Map<string, number>();
  let total = 0;
  taken.samples?.forEach((id, i) => {
    const part = parts.get(id) ?? "TLS and HTTP";
    const us = taken.timeDeltas?.[i] ?? 0;
    if (part === "idle") return;
    spent.set(part, (spent.get(part) ?? 0) + us);
    total += us;
  });
  const shares = [...spent].sort(([, a], [, b]) => b - a);
  return Object.fromEntries(shares.map(([part, us]) => [part, Math.round((us / total) * 1000) / 1000]));
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string };
  readonly children?: number[] | undefined;
}

function partsOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, string> {
  const parts = new Map<number, string>();
  // Parents come before their children.
  for (const { id, callFrame, children = [] } of nodes) {
    const { functionName } = callFrame;
    const own = Object.hasOwn(PARTS, functionName) ? PARTS[functionName] : parts.get(id);
    if (own === undefined) continue;
    parts.set(id, own);
    for (const child of children) parts.set(child, own);
  }
  return parts;
}
