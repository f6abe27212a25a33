import { once } from "node:events";
import { Agent } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { expect } from "chai";
import { describe, it } from "mocha";
import { allowAll, call, review, type TestServer, testServer } from "./support/tls-server.ts";

const head = "POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

describe("webhook server with too much to do", () => {
  it("W20: sheds at once with 429 and Retry-After while one turn lasts too long, never health, and recovers", async () => {
    // Each decision takes 20 ms of the one thread; a turn may take 50.
    const target = await testServer(
      (body) => {
        const endMs = performance.now() + 20;
        while (performance.now() < endMs);
        return allowAll(body);
      },
      { load: { longestTurnMs: 50 } },
    );
    const agent = new Agent({ keepAlive: true });
    const send = (uid: string) => call({ ...at(target), agent, body: JSON.stringify(review(uid)) });
    // Connections first, so that the reviews come together.
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => call({ ...at(target), agent, method: "GET", path: `/healthz?${i}` })),
    );
    const replies = await Promise.all([
      ...Array.from({ length: 50 }, (_, i) => send(`u${i}`)),
      ...Array.from({ length: 5 }, () => call({ ...at(target), agent, method: "GET", path: "/healthz" })),
    ]);
    const [reviews, health] = [replies.slice(0, 50), replies.slice(50)];
    const shed = reviews.filter(({ status }) => status === 429);
    expect(health.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200, 200]);
    expect(shed.length).to.be.within(1, 48);
    expect(reviews.filter(({ status }) => status === 200)).to.have.length(50 - shed.length);
    for (const { headers } of shed) {
      expect(headers["retry-after"]).to.equal("1");
      expect(headers["connection"], "a new handshake would cost more than the review").to.not.equal("close");
    }
    expect((await send("later")).status).to.equal(200);
    agent.destroy();
    await stop(target);
  });

  it("W20: bounds the requests whose bodies are not complete", async () => {
    const target = await testServer(undefined, { load: { mostInFlight: 5 } });
    const open = await Promise.all(Array.from({ length: 5 }, () => connectTo(target)));
    for (const socket of open) socket.write(`${head}content-length: 5000\r\n\r\n{`);
    const send = () => call({ ...at(target), body: JSON.stringify(review("u")) });
    await until(async () => (await send()).status === 429);
    expect((await call({ ...at(target), method: "GET", path: "/healthz" })).status).to.equal(200);
    for (const socket of open) socket.destroy();
    await until(async () => (await send()).status === 200);
    await stop(target);
  });

  it("W8: bounds the bytes of all bodies together", async () => {
    const mostBodyBytes = 4 * 1024 * 1024;
    const target = await testServer(undefined, { load: { mostBodyBytes } });
    const before = process.memoryUsage().rss;
    let refused = 0;
    const sockets = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = await connectTo(target);
        socket.once("data", (answer: Buffer) => {
          if (String(answer).startsWith("HTTP/1.1 429 ")) refused++;
        });
        // Each alone may be this long; the last byte never comes.
        socket.write(`${head}content-length: ${1024 * 1024 + 1}\r\n\r\n`);
        socket.write(Buffer.alloc(1024 * 1024, " "));
        return socket;
      }),
    );
    // 4 MiB, of which each body has its first 64 KiB free.
    await until(async () => refused === 16);
    expect(process.memoryUsage().rss - before).to.be.lessThan(96 * 1024 * 1024);
    expect((await call({ ...at(target), body: JSON.stringify(review("u")) })).status).to.equal(200);
    for (const socket of sockets) socket.destroy();
    await stop(target);
  });

  it("W9: thousands of idle connections make room for each other, never in place of one that asked before", async () => {
    const target = await testServer(undefined, { load: { mostConnections: 50 } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    agent.on("free", (socket: TLSSocket) => ports.add(socket.localPort));
    const send = () => call({ ...at(target), agent, body: JSON.stringify(review("u")) });
    await send();
    const idle: Socket[] = [];
    let closed = 0;
    for (let i = 0; i < 2_000; i++) {
      const socket = connectTcp(target.server.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.once("close", () => closed++);
      idle.push(socket);
      if (i % 100 === 99) {
        await once(socket, "connect");
        expect((await send()).status).to.equal(200);
      }
    }
    await until(async () => closed >= 1_950);
    expect((await call({ ...at(target), body: JSON.stringify(review("new")) })).status).to.equal(200);
    expect(ports.size, "the connection that asked before was kept").to.equal(1);
    for (const socket of idle) socket.destroy();
    agent.destroy();
    await stop(target);
  });

  it("W9: when every connection has asked before, new ones are refused and the old go on", async () => {
    const target = await testServer(undefined, { load: { mostConnections: 3 } });
    const agent = new Agent({ keepAlive: true });
    const send = () => call({ ...at(target), agent, body: JSON.stringify(review("u")) });
    await Promise.all([send(), send(), send()]);
    const refused = await call({ ...at(target), body: JSON.stringify(review("u")) }).catch((error: Error) => error);
    expect(refused).to.be.instanceOf(Error);
    expect((await send()).status).to.equal(200);
    agent.destroy();
    await stop(target);
  });
});

function at({ server, ca }: TestServer) {
  return { port: server.port, ca };
}

function stop({ server }: TestServer): Promise<void> {
  return server.stop({ drainMs: 0, graceMs: 0 });
}

async function connectTo(target: TestServer): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", ...at(target) });
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  return socket;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadlineMs) throw new Error("the condition did not come true in 10 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
