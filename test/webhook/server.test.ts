import { Agent } from "node:https";
import { connect, type TLSSocket } from "node:tls";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { BODY_LIMIT_BYTES } from "../../webhook/body.ts";
import { createCertificateSet } from "../../webhook/certificate-set.ts";
import { allowAll, answer, call, review, type TestServer, testServer } from "./support/tls-server.ts";

describe("webhook server", () => {
  let target: TestServer;
  before(async () => {
    target = await testServer((value) => {
      const uid = (value as { request?: { uid?: string } } | null)?.request?.uid;
      if (uid === "throw") throw new Error("inner detail");
      if (uid === "deny") return answer({ uid, allowed: false, status: denial });
      return allowAll(value);
    });
  });
  after(() => target.server.stop({ drainMs: 0, graceMs: 0 }));

  const denial = { code: 403, details: { causes: [{ reason: "preset/unknown" }, { reason: "gpu/too-small" }] } };
  const post = (body: string, headers: Record<string, string> = {}, path = "/mutate") =>
    call({ port: target.server.port, ca: target.ca, body, headers, path });

  it("answers a review on both paths", async () => {
    for (const path of ["/mutate", "/validate?timeout=5s"]) {
      const reply = await post(JSON.stringify(review("u1")), {}, path);
      expect(reply.status).to.equal(200);
      expect(JSON.parse(reply.text)).to.deep.equal(answer({ uid: "u1", allowed: true }));
      expect(reply.headers).to.not.have.any.keys("etag", "x-powered-by");
    }
  });

  for (const [what, body] of [
    ["nothing", ""],
    ["an empty object", "{}"],
    ["an empty list", "[]"],
    ["null", "null"],
    ["a null request", '{"kind":"AdmissionReview","request":null}'],
    ["no JSON", "hello"],
    ["truncated JSON", '{"kind":"AdmissionReview","request":{"uid":"x'],
    ["10,000 levels", `${"[".repeat(10_000)}${"]".repeat(10_000)}`],
    ["a million levels", `{"a":${"[".repeat(1_000_000)}`],
  ] as const) {
    it(`${what.includes("levels") ? "W10" : "W7"}: refuses ${what} with 400`, async () => {
      expect((await post(body)).status).to.equal(400);
    });
  }

  it("W7: refuses bytes that are not UTF-8", async () => {
    const body = Buffer.concat([Buffer.from('{"request":{"uid":"'), Buffer.from([0xff]), Buffer.from('"}}')]);
    expect((await call({ port: target.server.port, ca: target.ca, body })).status).to.equal(400);
  });

  it("W10: counts only brackets outside strings as depth", async () => {
    const name = `\\"${"[{".repeat(5_000)}`;
    expect((await post(`{"request":{"uid":"u","name":"${name}"}}`)).status).to.equal(200);
  });

  it("W7: takes JSON only, with or without charset, and never compressed", async () => {
    const body = JSON.stringify(review("u"));
    expect((await post(body, { "content-type": "application/json; charset=utf-8" })).status).to.equal(200);
    expect((await post(body, { "content-type": "application/yaml" })).status).to.equal(415);
    expect((await post(body, { "content-encoding": "gzip" })).status).to.equal(415);
  });

  it("W7: knows its paths and methods", async () => {
    const get = { port: target.server.port, ca: target.ca, method: "GET" };
    expect((await call({ ...get, path: "/mutate" })).status).to.equal(405);
    expect((await call({ ...get, path: "/metrics/../etc" })).status).to.equal(404);
  });

  it("W8: takes a chunked body, to the last byte of the limit", async () => {
    const text = JSON.stringify(review("big"));
    const padding = Buffer.alloc(BODY_LIMIT_BYTES - text.length, " ");
    const reply = await call({ port: target.server.port, ca: target.ca, body: [Buffer.from(text), padding] });
    expect(reply.status).to.equal(200);
  });

  it("W8: refuses one byte more, announced or chunked, and goes on", async () => {
    const bytes = Buffer.alloc(BODY_LIMIT_BYTES + 1, " ");
    for (const body of [bytes, [bytes.subarray(0, 4096), bytes.subarray(4096)]]) {
      const reply = await call({ port: target.server.port, ca: target.ca, body });
      expect(reply.status).to.equal(413);
      expect(reply.headers["connection"]).to.equal("close");
    }
    expect((await post(JSON.stringify(review("next")))).status).to.equal(200);
  });

  it("W8: refuses an endless body without keeping it", async () => {
    const piece = Buffer.alloc(64 * 1024, " ");
    const before = process.memoryUsage().rss;
    let sent = 0;
    function* endless() {
      for (; sent < 4 * 1024 ** 3; sent += piece.length) yield piece;
    }
    const outcome = await call({ port: target.server.port, ca: target.ca, body: endless() }).catch(
      (error: Error) => error,
    );
    // The answer can be overtaken by the cut connection; what counts is that the sender is stopped.
    if (!(outcome instanceof Error)) expect(outcome.status).to.equal(413);
    expect(sent).to.be.lessThan(4 * 1024 ** 3);
    expect(process.memoryUsage().rss - before).to.be.lessThan(128 * 1024 ** 2);
    expect((await post(JSON.stringify(review("next")))).status).to.equal(200);
  });

  it("W19: answers a throw with a denial under the review's uid, and lives", async () => {
    const reply = await post(JSON.stringify(review("throw")));
    expect(reply.status).to.equal(200);
    const { response } = JSON.parse(reply.text);
    expect(response).to.deep.include({ uid: "throw", allowed: false });
    expect(response.status).to.include({ code: 500, reason: "InternalError" });
    expect(reply.text).to.not.include("inner detail");
    expect((await post(JSON.stringify(review("after")))).status).to.equal(200);
  });

  it("logs one line for a decision: who, what, why, and no object", async () => {
    const object = { metadata: { annotations: { password: "hunter2" } } };
    await post(JSON.stringify(review("deny", { object, dryRun: true })), {}, "/validate");
    const lines = target.lines.filter((line) => line["uid"] === "deny");
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ phase: "validate", object: "team/phi", operation: "CREATE", verdict: "denied" });
    expect(lines[0]?.["codes"]).to.deep.equal(["preset/unknown", "gpu/too-small"]);
    expect(lines[0]?.["ms"]).to.be.a("number");
    expect(JSON.stringify(target.lines)).to.not.include("hunter2");
  });

  it("serves many reviews over one connection", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<string | undefined>();
    agent.on("free", (socket: TLSSocket) => sockets.add(`${socket.localPort}`));
    for (let i = 0; i < 20; i++) {
      const reply = await call({
        port: target.server.port,
        ca: target.ca,
        body: JSON.stringify(review(`k${i}`)),
        agent,
      });
      expect(reply.headers["keep-alive"]).to.match(/timeout=(9[1-9]|\d{3,})/);
    }
    expect(sockets.size).to.equal(1);
    agent.destroy();
  });

  it("speaks HTTP/1.1 only, also after a change of certificate, which open connections survive", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const body = JSON.stringify(review("u"));
    const first = await testServer();
    const { port } = first.server;
    await call({ port, ca: first.ca, body, agent });
    const next = await createCertificateSet(["127.0.0.1"], Date.now());
    first.server.setServing(next.serving);
    expect((await call({ port, ca: first.ca, body, agent })).status).to.equal(200);
    agent.destroy();
    const socket = connect({ host: "127.0.0.1", port, ca: next.caBundle, ALPNProtocols: ["h2", "http/1.1"] });
    await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
    expect(socket.authorized).to.equal(true);
    expect(socket.alpnProtocol).to.equal("http/1.1");
    socket.destroy();
    await first.server.stop({ drainMs: 0, graceMs: 0 });
  });
});
