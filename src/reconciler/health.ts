import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { Follower } from "../kube/follow.ts";

// A watch brings at least a bookmark a minute. Five minutes of nothing is a process that goes on without seeing anything,
// which is how operators on Node have died silently.
const BLIND_MS = 5 * 60_000;

/** Undefined while the watches are alive, otherwise what is wrong. */
export function blindness(followers: readonly Follower[], startedMs: number, nowMs: number): string | undefined {
  const ages = followers.map((follower) => {
    const health = follower.health();
    return { ageMs: nowMs - (health.lastSuccessMs ?? startedMs), error: health.lastError };
  });
  const oldest = ages.reduce((worst, one) => (one.ageMs > worst.ageMs ? one : worst), { ageMs: 0, error: undefined });
  if (oldest.ageMs <= BLIND_MS) return undefined;
  return `a watch has not succeeded for ${Math.round(oldest.ageMs / 1000)} s: ${oldest.error ?? "no error is known"}`;
}

export interface HealthQuestions {
  /** Undefined when well. */
  readonly alive: () => string | undefined;
  readonly ready: () => string | undefined;
}

export interface HealthServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Serves `/healthz` and `/readyz` over plain HTTP: 200 `ok`, or 503 with what is wrong. */
export async function serveHealth(port: number, questions: HealthQuestions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const question = { "/healthz": questions.alive, "/readyz": questions.ready }[request.url ?? ""];
    const problem = question === undefined ? "no such path: /healthz and /readyz are served" : question();
    response.writeHead(question === undefined ? 404 : problem === undefined ? 200 : 503, {
      "content-type": "text/plain",
    });
    response.end(`${problem ?? "ok"}\n`);
  });
  server.requestTimeout = 5_000;
  server.listen(port);
  await once(server, "listening");
  return { port: portOf(server), stop: () => stop(server) };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
