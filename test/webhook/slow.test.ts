import { once } from "node:events";
import { Agent } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { call, review, type TestServer, testServer } from "./support/tls-server.ts";

const REQUEST_MS = 300;

describe("webhook server and slow senders", () => {
  let target: TestServer;
  before(async () => {
    target = await testServer(undefined, { requestMs: REQUEST_MS });
  });
  after(() => target.server.stop({ drainMs: 0, graceMs: 0 }));

  const open = async (): Promise<TLSSocket> => {
    const socket = connect({ host: "127.0.0.1", port: target.server.port, ca: target.ca });
    await once(socket, "secureConnect");
    return socket;
  };
  /** Milliseconds until the server ends the connection; a byte is sent every 20 ms while it lives. */
  const endOf = async (socket: Socket, drip?: string): Promise<number> => {
    const startMs = performance.now();
    socket.on("error", () => undefined);
    socket.resume();
    const dripping = setInterval(() => drip !== undefined && socket.write(drip), 20);
    await once(socket, "close");
    clearInterval(dripping);
    return performance.now() - startMs;
  };

  it("W9: ends a connection whose body comes byte by byte", async () => {
    const socket = await open();
    socket.write("POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n");
    expect(await endOf(socket, " ")).to.be.greaterThan(REQUEST_MS / 2);
  });

  it("W9: ends a connection whose headers come byte by byte, or not at all", async () => {
    const socket = await open();
    socket.write("POST /mutate HTTP/1.1\r\nx: ");
    const silent = await open();
    const slowest = Math.max(await endOf(socket, "y"), await endOf(silent));
    expect(slowest).to.be.lessThan(10_000);
  });

  it("W9: ends a connection that never begins TLS", async () => {
    await endOf(connectTcp(target.server.port, "127.0.0.1"));
  });

  it("W9: keeps an idle connection for longer than a request may take", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    agent.on("free", (socket: TLSSocket) => ports.add(socket.localPort));
    const send = () => call({ port: target.server.port, ca: target.ca, agent, body: JSON.stringify(review("u")) });
    await send();
    // Two connections that send nothing, one after the other: by then the idle one is older than the limit.
    for (let i = 0; i < 2; i++) await endOf(await open());
    expect((await send()).status).to.equal(200);
    expect(ports.size).to.equal(1);
    agent.destroy();
  });

  it("W9: serves others meanwhile", async () => {
    const sockets = await Promise.all(Array.from({ length: 50 }, open));
    const ended = Promise.all(sockets.map((socket) => endOf(socket)));
    const reply = await call({ port: target.server.port, ca: target.ca, body: JSON.stringify(review("u")) });
    expect(reply.status).to.equal(200);
    await ended;
  });
});
