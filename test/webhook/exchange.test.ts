import { Agent } from "node:https";
import type { TLSSocket } from "node:tls";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { createAuthority, issueServingPair, type ServingPair } from "../../webhook/certificates.ts";
import { call, review, type TestServer, testServer } from "./support/tls-server.ts";

const HOSTS = ["127.0.0.1"];
const KEPT_ALIVE = 32;
const EXCHANGE_EVERY_MS = 200;
const EXCHANGES = 25;

describe("a serving certificate that changes five times a second", () => {
  let target: TestServer;
  let pairs: readonly ServingPair[];
  let ca: string;
  before(async () => {
    const [first, second] = await Promise.all([createAuthority(Date.now()), createAuthority(Date.now())]);
    pairs = await Promise.all([first, second, first, second].map((one) => issueServingPair(one, HOSTS, Date.now())));
    // Both, as the configurations say while one follows the other.
    ca = first.cert + second.cert;
    target = await testServer();
    const [pair] = pairs;
    if (pair !== undefined) target.server.setServing(pair);
  });
  after(() => target.server.stop({ drainMs: 0, graceMs: 0 }));

  it("W1: fails no call of 32 verifying clients that keep their connection, nor of those that open one each time", async () => {
    const agents = Array.from({ length: KEPT_ALIVE }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const [ports, serials]: [Set<number | undefined>, Set<string>] = [new Set(), new Set()];
    for (const agent of agents) agent.on("free", (socket: TLSSocket) => ports.add(socket.localPort));
    let [kept, anew, lasts] = [0, 0, true];
    const ask = async (agent: Agent): Promise<void> => {
      const { status } = await call({ port: target.server.port, ca, agent, body: JSON.stringify(review("u")) });
      if (status !== 200) throw new Error(`status ${status}`);
    };
    const keeping = agents.map(async (agent) => {
      for (; lasts; kept++) {
        await ask(agent);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
    const opening = Array.from({ length: 2 }, async () => {
      for (; lasts; anew++) {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        agent.on("free", (socket: TLSSocket) => serials.add(socket.getPeerCertificate().serialNumber));
        await ask(agent);
        agent.destroy();
      }
    });
    const exchanging = async (): Promise<void> => {
      for (let i = 1; i <= EXCHANGES; i++) {
        await new Promise((resolve) => setTimeout(resolve, EXCHANGE_EVERY_MS));
        const pair = pairs[i % pairs.length];
        if (pair !== undefined) target.server.setServing(pair);
      }
      lasts = false;
    };
    try {
      await Promise.all([exchanging(), ...keeping, ...opening]);
    } finally {
      lasts = false;
      for (const agent of agents) agent.destroy();
    }
    expect(ports.size, "each kept its one connection").to.equal(KEPT_ALIVE);
    expect(serials.size, "new connections saw every certificate").to.equal(pairs.length);
    expect(kept).to.be.greaterThan(KEPT_ALIVE * 5);
    expect(anew).to.be.greaterThan(EXCHANGES);
  });
});
