import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { expect } from "chai";
import { describe, it } from "mocha";
import { foresail } from "../cli/support/program.ts";
import { answerWith, type ModelServer, modelServer } from "./support/model-server.ts";
import { call, chat, sidecar, until } from "./support/sidecar.ts";

const free = async (): Promise<number> => {
  const server = await modelServer(() => undefined);
  await server.stop();
  return server.port;
};
const completing = (port = 0): Promise<ModelServer> =>
  modelServer((request, response) => {
    request.resume();
    answerWith(response, 200, { choices: [{ text: "!" }] });
  }, port);

describe("foresail chat: a model that comes and goes", function () {
  this.timeout(20_000);

  it("is waited for: 503 with Retry-After until it is there, and again after it restarted", async () => {
    const port = await free();
    const running = await sidecar(port);
    const down = await chat(running.port, { prompt: "p" });
    expect([down.status, down.headers["retry-after"]]).to.deep.equal([503, "5"]);
    expect(down.body["error"]).to.include("starting or restarting");
    const passed = await call(running.port, { path: "/v1/models" });
    expect([passed.status, passed.headers["retry-after"]]).to.deep.equal([503, "5"]);
    expect(JSON.parse(passed.text).error).to.deep.include({ type: "upstream_error", code: 503 });
    for (let life = 0; life < 3; life++) {
      const server = await completing(port);
      expect((await chat(running.port, { prompt: "p" })).body).to.deep.equal({ Result: "p!" });
      await server.stop();
      expect((await chat(running.port, { prompt: "p" })).status).to.be.oneOf([502, 503]);
    }
    expect(await running.stop()).to.equal(0);
  });

  it("is told of with 502 when it dies amid a request", async () => {
    const server = await modelServer((request) => void request.socket.destroy());
    const running = await sidecar(server.port);
    expect((await chat(running.port, { prompt: "p" })).status).to.equal(502);
    expect((await call(running.port, { path: "/v1/models" })).status).to.equal(502);
    await running.stop();
    await server.stop();
  });
});

describe("foresail chat: SIGTERM", function () {
  this.timeout(20_000);

  it("finishes what it has, takes nothing new, and ends with 0", async () => {
    const open: ServerResponse[] = [];
    const server = await modelServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 0\n\n");
      open.push(response);
    });
    const running = await sidecar(server.port);
    const streams = Array.from({ length: 20 }, () => call(running.port, { path: "/v1/completions" }));
    await until(() => open.length === 20);
    const ended = running.stop();
    await until(() => running.lines.some((line) => line.includes('"stopping"')));
    const refused = await call(running.port).catch((error: NodeJS.ErrnoException) => error.code);
    expect(refused).to.equal("ECONNREFUSED");
    for (const response of open) response.end("data: [DONE]\n\n");
    for (const { text } of await Promise.all(streams)) expect(text).to.equal("data: 0\n\ndata: [DONE]\n\n");
    expect(await ended).to.equal(0);
    await server.stop();
  });

  it("does not wait for connections that are kept open for nothing", async () => {
    const server = await completing();
    const running = await sidecar(server.port, "--grace-seconds=15");
    const idle = connect(running.port, "127.0.0.1");
    idle.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(idle, "data");
    const closed = once(idle, "close");
    const startMs = performance.now();
    expect(await running.stop()).to.equal(0);
    await closed;
    expect(performance.now() - startMs).to.be.lessThan(10_000);
    await server.stop();
  });

  it("cuts what is still open when its grace is over, WebSockets too", async () => {
    const server = await modelServer(() => undefined);
    server.onUpgrade((_request, socket) => socket.write(SWITCHING));
    const running = await sidecar(server.port, "--grace-seconds=0.2");
    const hanging = call(running.port).catch(() => "cut");
    const socket = await webSocket(running.port);
    await until(() => server.asked.length === 1);
    const closed = once(socket, "close");
    expect(await running.stop()).to.equal(0);
    expect(await hanging).to.equal("cut");
    await closed;
    await server.stop();
  });
});

const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Answer: 1\r\n\r\n";
const HANDSHAKE =
  "GET /v1/realtime HTTP/1.1\r\nhost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Ask: 2\r\n\r\n";

async function webSocket(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(HANDSHAKE);
  await once(socket, "data");
  return socket.resume();
}

describe("foresail chat: WebSockets", function () {
  this.timeout(20_000);

  it("are handed on as bytes, handshake included, until one side closes", async () => {
    const server = await modelServer(() => undefined);
    const seen: string[] = [];
    server.onUpgrade((request, socket, head) => {
      seen.push(`${request.url} ${request.headers["x-ask"]} ${request.headers["connection"]} ${head}`);
      socket.write(`${SWITCHING}hello`);
      socket.on("data", (bytes: Buffer) => socket.write(Buffer.from(`<${bytes.toString("latin1")}>`, "latin1")));
      socket.once("end", () => {
        seen.push("end");
        socket.end();
      });
    });
    const running = await sidecar(server.port);
    const socket = connect(running.port, "127.0.0.1");
    let received = "";
    socket.on("data", (bytes: Buffer) => {
      received += bytes.toString("latin1");
    });
    socket.write(`${HANDSHAKE}early`);
    await until(() => received.includes("hello<early>") || seen[0]?.endsWith("early") === true);
    socket.write(Buffer.from([0, 255]));
    await until(() => received.endsWith("<\u0000\u00ef\u00bf\u00bd>") || received.endsWith(">"));
    expect(received)
      .to.match(/^HTTP\/1\.1 101 Switching Protocols\r\n/)
      .and.to.include("X-Answer: 1\r\n");
    expect(seen[0]).to.match(/^\/v1\/realtime 2 Upgrade/);
    socket.end();
    await until(() => seen.includes("end"));
    await running.stop();
    await server.stop();
  });

  it("that are refused get the refusal", async () => {
    const server = await modelServer(() => undefined);
    server.onUpgrade((_request, socket) => {
      socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
    });
    const running = await sidecar(server.port);
    const socket = connect(running.port, "127.0.0.1");
    socket.write(HANDSHAKE);
    let received = "";
    socket.on("data", (bytes: Buffer) => {
      received += bytes.toString();
    });
    await once(socket, "close");
    expect(received).to.match(/^HTTP\/1\.1 401 Unauthorized\r\n[\s\S]*\r\n\r\n\{\}$/);
    await server.stop();
    const down = connect(running.port, "127.0.0.1");
    down.write(HANDSHAKE);
    expect(String((await once(down, "data"))[0])).to.match(/^HTTP\/1\.1 503 /);
    await running.stop();
  });

  it("end nothing but themselves, whatever the handshake says", async () => {
    const server = await modelServer(() => undefined);
    server.onUpgrade((_request, socket) => socket.end(SWITCHING));
    const running = await sidecar(server.port);
    const lines = [
      "Trailer: x",
      "TE: trailers",
      "Expect: 100-continue",
      "Expect: x",
      "Upgrade: h2c",
      "Host: y",
      "X: \u00e9",
    ];
    for (const line of lines) {
      const socket = connect(running.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.end(Buffer.from(HANDSHAKE.replace("X-Ask: 2", line), "latin1"));
      await once(socket.resume(), "close");
      expect(running.process.exitCode, line).to.equal(null);
    }
    const socket = await webSocket(running.port);
    socket.destroy();
    expect(await running.stop()).to.equal(0);
    await server.stop();
  });

  it("are the only protocol switched to: others are answered as if not asked for", async () => {
    const server = await completing();
    const running = await sidecar(server.port);
    const headers = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABk" };
    const answer = await call(running.port, { path: "/v1/models", headers });
    expect(answer.status).to.be.oneOf([200, 400]);
    expect(server.asked.flatMap(({ rawHeaders }) => rawHeaders)).not.to.include("h2c");
    await running.stop();
    await server.stop();
  });
});

describe("foresail chat: the command", () => {
  it("prints its options, and ends with 2 for one it does not know and 3 for a port it cannot have", async () => {
    const help = await foresail(["chat", "--help"]);
    expect(help.code).to.equal(0);
    for (const flag of ["--port", "--upstream-port", "--model", "--grace-seconds"])
      expect(help.stdout).to.include(flag);
    expect((await foresail(["chat", "--prot=1"])).code).to.equal(2);
    const taken = await completing();
    // Listening on all addresses meets the listener on loopback.
    const second = await sidecar(taken.port);
    expect((await foresail(["chat", `--port=${second.port}`])).code).to.equal(3);
    await second.stop();
    await taken.stop();
  });
});
