import { Agent } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { connect } from "node:tls";
import { expect } from "chai";
import { describe, it } from "mocha";
import { review, serving } from "../core/support/workspaces.ts";
import { type ServerProcess, serverProcess } from "./support/server-process.ts";
import { call } from "./support/tls-server.ts";

const MIB = 1024 ** 2;
const HEAD = "POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
// What an API server has in work at a time (--max-requests-inflight and --max-mutating-requests-inflight): a review each.
const CALLERS = 400 + 200;
// 200 decisions a second: all callers together ask for three times as many.
const DECISION_MS = 5;
const FLOOD_MS = process.env["FORESAIL_TEST_FULL"] === "1" ? 60_000 : 6_000;
// Resident memory moves by some MiB with the collector's rounds.
const MOST_GROWTH = 32 * MIB;

describe("webhook process under floods", function () {
  this.timeout(180_000);

  it("W8: takes less than 32 MiB for bodies of 7 MiB and a byte, of 256 MiB, and without an end", async () => {
    const grown: number[] = [];
    // What else this machine does delays the collector, which can only make it more: the least counts.
    while (grown.length < 3 && !grown.some((one) => one < MOST_GROWTH)) grown.push(await growth());
    expect(Math.min(...grown)).to.be.lessThan(MOST_GROWTH);
  });

  /** By how many bytes the peak of a new process grows with bodies that are too large. */
  async function growth(): Promise<number> {
    const target = await serverProcess();
    try {
      for (let i = 0; i < 300; i++) await ask(target, i);
      // What reading the largest body takes is there to be used again.
      await sent(target, 7 * MIB - 1);
      const before = await target.peak();
      for (const bytes of [7 * MIB + 1, 256 * MIB, Number.POSITIVE_INFINITY]) {
        for (const announced of [true, false]) {
          if (announced && bytes === Number.POSITIVE_INFINITY) continue;
          expect(await sent(target, bytes, announced), `${bytes} bytes`).to.be.oneOf([413, "cut"]);
        }
      }
      expect((await ask(target, 0)).status).to.equal(200);
      return (await target.peak()) - before;
    } finally {
      target.stop();
    }
  }

  it("W9: answers as fast as ever beside 5,000 idle connections and 100 that send a byte now and then", async () => {
    const target = await serverProcess();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets: Socket[] = [];
    const open = (socket: Socket): Socket => {
      socket.on("error", () => undefined);
      sockets.push(socket);
      return socket;
    };
    const dripping = setInterval(() => {
      for (const socket of slow) if (!socket.destroyed) socket.write(" ");
    }, 200);
    let slow: Socket[] = [];
    try {
      await p99(target, agent);
      const quiet = await p99(target, agent);
      for (let i = 0; i < 5_000; i++) {
        open(connectTcp(target.port, "127.0.0.1"));
        if (i % 250 === 249) await ask(target, i, agent);
      }
      slow = Array.from({ length: 100 }, () => open(connect({ host: "127.0.0.1", port: target.port, ca: target.ca })));
      for (const socket of slow) socket.write(`${HEAD}content-length: 5000\r\n\r\n`);
      const rounds: number[] = [];
      // What else this machine does can only make a round slower: the quietest counts.
      while (rounds.length < 5 && !rounds.some((ms) => ms < 2 * quiet + 10)) rounds.push(await p99(target, agent));
      expect(Math.min(...rounds), `${quiet.toFixed(1)} ms without them`).to.be.lessThan(2 * quiet + 10);
    } finally {
      clearInterval(dripping);
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      target.stop();
    }
  });

  it("W20: sheds what it cannot do for as long as it lasts, never health, with flat memory, and recovers", async () => {
    const target = await serverProcess(DECISION_MS);
    const agent = new Agent({ keepAlive: true });
    const health = () => call({ ...target, agent, method: "GET", path: "/healthz" });
    const statuses = { 200: 0, 429: 0 };
    try {
      // Connections first, as API servers keep them.
      await Promise.all(Array.from({ length: CALLERS }, health));
      const startMs = performance.now();
      const lasts = () => performance.now() - startMs < FLOOD_MS;
      const caller = async (i: number): Promise<void> => {
        while (lasts()) {
          const { status, headers } = await ask(target, i, agent);
          if (status !== 200 && status !== 429) throw new Error(`status ${status}`);
          statuses[status]++;
          if (status === 429)
            await new Promise((resolve) => setTimeout(resolve, 1000 * Number(headers["retry-after"])));
        }
      };
      let middle = 0;
      const probe = async (): Promise<void> => {
        while (lasts()) {
          expect((await health()).status, "health is never shed").to.equal(200);
          if (middle === 0 && performance.now() - startMs > FLOOD_MS / 2) middle = await target.peak();
        }
      };
      await Promise.all([probe(), ...Array.from({ length: CALLERS }, (_, i) => caller(i))]);
      const endMs = performance.now();
      expect((await ask(target, 1, agent)).status, "afterwards").to.equal(200);
      expect(performance.now() - endMs, "recovers").to.be.lessThan(5_000);
      expect(statuses[429], "shed").to.be.greaterThan(CALLERS / 10);
      expect(statuses[200], "decided").to.be.greaterThan(CALLERS / 10);
      if (middle > 0) expect((await target.peak()) - middle, "in the second half").to.be.lessThan(2 * MOST_GROWTH);
    } finally {
      agent.destroy();
      target.stop();
    }
  });
});

function ask(target: ServerProcess, i: number, agent?: Agent) {
  const object = serving("phi-4", "Standard_NC24ads_A100_v4", { "foresail.dev/replicas": String(i % 90) });
  return call({ ...target, ...(agent && { agent }), body: JSON.stringify(review(object)) });
}

async function p99(target: ServerProcess, agent: Agent): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < 300; i++) {
    const startMs = performance.now();
    expect((await ask(target, i, agent)).status).to.equal(200);
    took.push(performance.now() - startMs);
  }
  return took.sort((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? 0;
}

/** Sends so many bytes; the answer's status, or that the server cut the connection, which can overtake its answer. */
async function sent(target: ServerProcess, bytes: number, announced = false): Promise<number | "cut"> {
  const piece = Buffer.alloc(64 * 1024, " ");
  function* pieces() {
    for (let left = bytes; left > 0; left -= piece.length) yield left < piece.length ? piece.subarray(0, left) : piece;
  }
  const headers = announced ? { headers: { "content-length": String(bytes) } } : {};
  const outcome = await call({ ...target, ...headers, body: pieces() }).catch(() => "cut" as const);
  return outcome === "cut" ? "cut" : outcome.status;
}
