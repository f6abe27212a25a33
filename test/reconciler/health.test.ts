import { expect } from "chai";
import { describe, it } from "mocha";
import type { Follower } from "../../src/kube/follow.ts";
import { blindness, serveHealth } from "../../src/reconciler/health.ts";

const MINUTE_MS = 60_000;

function follower(lastSuccessMs: number | undefined, lastError?: string): Follower {
  const state = "watching" as const;
  return {
    synced: Promise.resolve(),
    done: Promise.resolve(),
    health: () => ({ state, lastSuccessMs, lastSuccessWallMs: undefined, failures: 0, lastError }),
  };
}

describe("liveness", () => {
  it("holds while every watch succeeds now and then", () => {
    expect(blindness([follower(0), follower(4 * MINUTE_MS)], 0, 5 * MINUTE_MS)).to.equal(undefined);
  });

  it("ends when one watch has seen nothing for minutes, and says why", () => {
    const problem = blindness([follower(10 * MINUTE_MS), follower(MINUTE_MS, "403")], 0, 10 * MINUTE_MS);
    expect(problem).to.contain("540 s").and.contain("403");
  });

  it("gives a watch that never succeeded the same time from the start", () => {
    expect(blindness([follower(undefined)], 0, 4 * MINUTE_MS)).to.equal(undefined);
    expect(blindness([follower(undefined)], 0, 6 * MINUTE_MS)).to.contain("360 s");
  });
});

describe("the health server", () => {
  it("answers 200 or 503 with the reason, and stops", async () => {
    let problem: string | undefined;
    const server = await serveHealth(0, { alive: () => undefined, ready: () => problem });
    const ask = async (path: string): Promise<readonly [number, string]> => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
      return [response.status, await response.text()];
    };
    expect(await ask("/healthz")).to.deep.equal([200, "ok\n"]);
    expect(await ask("/readyz")).to.deep.equal([200, "ok\n"]);
    problem = "lists are still coming in";
    expect(await ask("/readyz")).to.deep.equal([503, "lists are still coming in\n"]);
    expect((await ask("/constructor"))[0]).to.equal(404);
    await server.stop();
    const refused = await ask("/healthz").then(
      () => false,
      () => true,
    );
    expect(refused).to.equal(true);
  });
});
