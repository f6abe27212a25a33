import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
import { answerWith, bodyText, type ModelServer, modelServer } from "./support/model-server.ts";
import { call, type Sidecar, sidecar, until } from "./support/sidecar.ts";

const MIB = 1024 * 1024;
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const pairsOf = (raw: readonly string[]): string[] =>
  raw.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${raw[i + 1]}`] : []));

describe("foresail chat: every other path", function () {
  this.timeout(20_000);
  let upstream: ModelServer;
  let running: Sidecar;
  let handler: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
  before(async () => {
    upstream = await modelServer((request, response) => handler(request, response));
    running = await sidecar(upstream.port);
  });
  beforeEach(() => {
    upstream.asked.length = 0;
    handler = (_request, response) => answerWith(response, 200, { ok: true });
  });
  after(async () => {
    await running.stop();
    await upstream.stop();
  });

  it("reaches the model with its method, path, query and body", async () => {
    const bodies: string[] = [];
    handler = async (incoming, response) => {
      bodies.push(await bodyText(incoming));
      answerWith(response, 200, {});
    };
    const paths = ["/", "/health", "/v1/models?x=%2F..%2f&x=1", "/chat/", "/chatty", "/CHAT", "//v1/../v1/%41"];
    for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
      for (const path of paths)
        await call(running.port, { method, path, ...(method === "POST" ? { body: path } : {}) });
    const asked = upstream.asked.map(({ method, url }) => `${method} ${url}`);
    expect(asked.slice(0, 7)).to.deep.equal(paths.map((path) => `GET ${path}`));
    expect(asked.length).to.equal(42);
    expect(bodies.slice(7, 14)).to.deep.equal(paths);
  });

  it("keeps headers both ways as they were written, but those about the connection", async () => {
    handler = (_request, response) => {
      const raw = [
        "X-Answer",
        "1",
        "set-cookie",
        "a=1",
        "Set-Cookie",
        "b=2",
        "Connection",
        "close, x-hop",
        "X-Hop",
        "1",
      ];
      response.writeHead(418, "Short And Stout", [...raw, "Content-Length", "2"]).end("hi");
    };
    const headers = ["host", "model.example", "X-Twice", "1", "x-twice", "2", "Authorization", "Bearer k"];
    const hop = ["Connection", "keep-alive, X-Mine", "X-Mine", "1", "TE", "trailers", "Keep-Alive", "timeout=9"];
    const outgoing = request({ host: "127.0.0.1", port: running.port, agent: false, headers: [...headers, ...hop] });
    outgoing.end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    expect(pairsOf(upstream.asked[0]?.rawHeaders ?? []).filter((line) => !/^connection:/i.test(line))).to.deep.equal(
      pairsOf(headers),
    );
    expect([answer.statusCode, answer.statusMessage, await bodyText(answer)]).to.deep.equal([
      418,
      "Short And Stout",
      "hi",
    ]);
    const kept = pairsOf(answer.rawHeaders).filter((line) => !/^(connection|keep-alive|date):/i.test(line));
    expect(kept).to.deep.equal(["X-Answer: 1", "set-cookie: a=1", "Set-Cookie: b=2", "Content-Length: 2"]);
  });

  it("gives a HEAD, a 204 and a 304 as they are", async () => {
    handler = ({ method, url }, response) => {
      if (method === "HEAD") response.writeHead(200, { "content-length": 1234 }).end();
      else response.writeHead(Number(url?.slice(1))).end();
    };
    const head = await call(running.port, { method: "HEAD" });
    expect([head.status, head.headers["content-length"], head.text]).to.deep.equal([200, "1234", ""]);
    for (const status of [204, 304]) expect((await call(running.port, { path: `/${status}` })).status).to.equal(status);
  });

  it("streams events one by one, each before the next is made", async () => {
    const turn = { next: (): void => undefined };
    handler = async (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      for (let i = 0; i < 3; i++) {
        await new Promise<void>((resolve) => {
          turn.next = resolve;
        });
        response.write(`data: ${i}\n\n`);
      }
      response.end("data: [DONE]\n\n");
    };
    const answer = await fetch(`http://127.0.0.1:${running.port}/v1/completions`, { method: "POST", body: "{}" });
    expect(answer.headers.get("content-type")).to.equal("text/event-stream");
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const events: string[] = [];
    for (let i = 0; i < 3; i++) {
      turn.next();
      // Nothing comes before the model is told to go on, so a reader that buffers would wait here for ever.
      events.push(Buffer.from((await reader.read()).value ?? []).toString());
    }
    while (!events.join("").endsWith("[DONE]\n\n")) {
      events.push(Buffer.from((await reader.read()).value ?? []).toString());
    }
    expect(events.join("")).to.equal("data: 0\n\ndata: 1\n\ndata: 2\n\ndata: [DONE]\n\n");
    expect((await reader.read()).done).to.equal(true);
  });

  it("streams 500 answers at once, none mixed with another", async () => {
    const open: ServerResponse[] = [];
    handler = (incoming, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(`${incoming.url} `);
      open.push(response);
    };
    const answers = Array.from({ length: 500 }, (_, i) => call(running.port, { path: `/s${i}` }));
    await until(() => open.length === 500);
    for (const word of ["a ", "b ", "c"]) for (const response of open) response.write(word);
    for (const response of open) response.end();
    const texts = (await Promise.all(answers)).map(({ text }) => text);
    expect(texts).to.deep.equal(Array.from({ length: 500 }, (_, i) => `/s${i} a b c`));
  });

  it("carries an upload of 100 MiB without holding it, and its echo", async () => {
    handler = (incoming, response) => {
      response.writeHead(200, { "content-length": String(incoming.headers["content-length"]) });
      incoming.pipe(response);
    };
    const body = randomBytes(100 * MIB);
    const answer = await fetch(`http://127.0.0.1:${running.port}/v1/audio/transcriptions`, { method: "POST", body });
    expect(sha256(Buffer.from(await answer.arrayBuffer()))).to.equal(sha256(body));
    if (process.platform === "linux") expect(peakMiB(running)).to.be.lessThan(250);
  });

  it("waits for a slow reader instead of reading ahead", async () => {
    let sent = 0;
    handler = (_request, response) => {
      const write = (): void => {
        sent++;
        if (response.write(Buffer.alloc(MIB))) setImmediate(write);
        else if (sent < 200) response.once("drain", write);
      };
      write();
    };
    const socket = connect(running.port, "127.0.0.1");
    socket.pause();
    socket.write("GET /big HTTP/1.1\r\nhost: x\r\n\r\n");
    let before = -1;
    // Settled: between two looks nothing more was sent.
    await until(async () => {
      const settled = sent > 0 && sent === before;
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return settled && sent === before;
    });
    socket.destroy();
    expect(sent).to.be.lessThan(50);
  });

  it("ends the model's work when the caller goes away, before and amid an answer", async () => {
    const ended: string[] = [];
    handler = ({ url = "" }, response) => {
      response.once("close", () => ended.push(url));
      if (url === "/amid") response.writeHead(200).write("x");
    };
    for (const path of ["/before", "/amid"]) {
      const socket = connect(running.port, "127.0.0.1");
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
      await until(() => upstream.asked.some(({ url }) => url === path));
      if (path === "/amid") await once(socket, "data");
      socket.destroy();
      await until(() => ended.includes(path));
    }
    expect(running.lines.join("\n")).not.to.include("not passed on");
  });

  it("ends the model's work when the caller breaks off an upload", async () => {
    let cut = false;
    handler = (incoming) => {
      incoming.on("error", () => {
        cut = true;
      });
      incoming.resume();
    };
    const socket = connect(running.port, "127.0.0.1");
    socket.write("POST /v1/files HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nabc");
    await until(() => upstream.asked.length === 1);
    socket.destroy();
    await until(() => cut);
  });

  it("breaks off an answer that breaks off", async () => {
    handler = (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 0\n\n", () => response.destroy());
    };
    const answer = await fetch(`http://127.0.0.1:${running.port}/v1/completions`);
    const read = answer.text().then(
      () => "complete",
      () => "broken",
    );
    expect(await read).to.equal("broken");
    handler = (_request, response) => answerWith(response, 200, {});
    expect((await call(running.port, { path: "/health" })).status).to.equal(200);
  });

  it("gives an answer that comes before the upload ends", async () => {
    handler = (_request, response) => answerWith(response, 401, { error: "Unauthorized" });
    const body = Buffer.alloc(20 * MIB);
    const outgoing = request({ host: "127.0.0.1", port: running.port, method: "POST", path: "/v1/x", agent: false });
    outgoing.on("error", () => undefined);
    outgoing.end(body);
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    expect([answer.statusCode, await bodyText(answer)]).to.deep.equal([401, '{"error":"Unauthorized"}']);
  });

  it("takes a body of a sender that waits to be told so", async () => {
    handler = async (incoming, response) => {
      response.end(await bodyText(incoming));
    };
    const headers = { expect: "100-continue", "content-length": 2 };
    const outgoing = request({
      host: "127.0.0.1",
      port: running.port,
      method: "POST",
      path: "/e",
      agent: false,
      headers,
    });
    outgoing.flushHeaders();
    await once(outgoing, "continue");
    outgoing.end("hi");
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    expect(await bodyText(answer)).to.equal("hi");
  });

  it("uses connections again, on both sides", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = upstream.accepted();
    for (let i = 0; i < 20; i++) await call(running.port, { agent, path: "/v1/models" });
    expect(Object.values(agent.freeSockets).flat().length).to.equal(1);
    expect(upstream.accepted() - before).to.be.at.most(1);
    agent.destroy();
  });

  it("refuses what cannot be passed on, and goes on", async () => {
    const socket = connect(running.port, "127.0.0.1");
    socket.write("OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    expect(await bodyText(socket)).to.match(/^HTTP\/1.1 400 /);
    const long = await call(running.port, { headers: { "x-long": "x".repeat(70_000) } });
    expect(long.status).to.equal(431);
    expect((await call(running.port)).status).to.equal(200);
  });
});

/** Most memory the process has had, MiB. */
function peakMiB({ process }: Sidecar): number {
  const status = readFileSync(`/proc/${process.pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
