import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { connect } from "../../src/kube/connect.ts";
import { KubeError } from "../../src/kube/error.ts";
import type { Kube } from "../../src/kube/kube.ts";
import { FakeApiServer } from "./support/api-server.ts";
import { failure } from "./support/failure.ts";
import { json, statusOf } from "./support/rest.ts";

const always = () => true;
const VERSION = { method: "GET", path: "/version" } as const;

describe("kube call", () => {
  let server: FakeApiServer;
  let kube: Kube;
  before(async () => {
    server = await FakeApiServer.start();
    kube = await connect({ kubeconfig: server.kubeconfig() });
  });
  after(async () => {
    await kube.close();
    await server.stop();
  });
  afterEach(() => expect(server.pendingFaults, "faults nobody met").to.equal(0));

  it("makes 300 calls over one TLS connection", async () => {
    const connections = server.connections;
    for (let i = 0; i < 300; i++) await kube.call({ method: "GET", path: "/api/v1/pods" });
    expect(server.connections - connections).to.be.at.most(1);
  });

  it("gives text as text and JSON parsed, with __proto__ as plain data", async () => {
    server.next(
      always,
      (_request, response) => response.writeHead(200, { "content-type": "text/plain" }).end("ok"),
      (_request, response) =>
        response.writeHead(200, { "content-type": "application/json" }).end('{"__proto__":{"admin":true},"a":[1]}'),
    );
    expect((await kube.call({ method: "GET", path: "/readyz" })).body).to.equal("ok");
    const { body } = await kube.call(VERSION);
    expect(JSON.stringify(body)).to.equal('{"__proto__":{"admin":true},"a":[1]}');
    expect(({} as Record<string, unknown>)["admin"]).to.equal(undefined);
  });

  it("turns a Status into an error with its parts", async () => {
    server.next(always, (_request, response) =>
      json(response, 422, {
        kind: "Status",
        code: 422,
        reason: "Invalid",
        message: "spec.replicas: must be positive",
        details: { name: "web", causes: [{ field: "spec.replicas" }] },
      }),
    );
    const error = await failure(kube.call(VERSION));
    expect(error).to.be.instanceOf(KubeError);
    expect(error).to.include({ status: 422, reason: "Invalid" });
    expect((error as KubeError).details).to.deep.equal({ name: "web", causes: [{ field: "spec.replicas" }] });
    expect(error.message).to.equal("GET /version: 422 Invalid: spec.replicas: must be positive");
  });

  it("copes with error pages that are no Status", async () => {
    server.next(always, (_request, response) => response.writeHead(502, { "content-type": "text/html" }).end("<h1>no"));
    expect(await failure(kube.call(VERSION))).to.include({ status: 502, reason: "HTTP502" });
    server.next(always, (_request, response) =>
      response.writeHead(500, { "content-type": "application/json" }).end("{"),
    );
    expect(await failure(kube.call(VERSION))).to.include({ status: 500, reason: "HTTP500" });
    server.next(always, (_request, response) =>
      response.writeHead(200, { "content-type": "application/json" }).end("{"),
    );
    expect(await failure(kube.call(VERSION))).to.include({ status: 0, reason: "InvalidAnswer" });
  });

  it("does not follow a redirect", async () => {
    server.next(always, (_request, response) => response.writeHead(302, { location: "http://169.254.169.254/" }).end());
    expect(await failure(kube.call(VERSION))).to.include({ status: 302 });
  });

  it("repeats 429 and 503 no earlier than Retry-After says", async () => {
    server.next(
      always,
      (_request, response) => statusOf(response, 429, "TooManyRequests", { "retry-after": "1" }),
      (_request, response) => statusOf(response, 503, "ServiceUnavailable", { "retry-after": "0" }),
      (_request, response) => json(response, 200, { gitVersion: "v1" }),
    );
    const from = server.seen.length;
    const { body } = await kube.call({ ...VERSION, method: "POST", body: {} });
    expect(body).to.deep.equal({ gitVersion: "v1" });
    const [first, second] = server.seen.slice(from);
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).to.be.at.least(990);
  });

  it("does not wait longer than the call may take, nor repeat what may have been carried out", async () => {
    const busy = { "retry-after": "30" };
    server.next(always, (_request, response) => statusOf(response, 429, "TooManyRequests", busy));
    const error = await failure(kube.call({ ...VERSION, timeoutMs: 2_000 }));
    expect(error).to.include({ status: 429, retryAfterMs: 30_000 });
    for (const code of [500, 503]) {
      const from = server.seen.length;
      server.next(always, (_request, response) => statusOf(response, code, "InternalError"));
      expect(await failure(kube.call(VERSION))).to.include({ status: code });
      expect(server.seen.length - from).to.equal(1);
    }
  });

  it("reads again when an idle connection turns out to be closed, but does not write again", async () => {
    const reset = () => server.resetConnections();
    server.next(always, reset, (_request, response) => json(response, 200, { fine: true }));
    expect((await kube.call(VERSION)).body).to.deep.equal({ fine: true });
    server.next(always, reset);
    const from = server.seen.length;
    expect(await failure(kube.call({ ...VERSION, method: "POST", body: {} }))).to.include({ reason: "Unreachable" });
    expect(server.seen.length - from).to.equal(1);
  });

  it("ends in time when the server says nothing, or stops in the middle", async () => {
    server.next(
      always,
      () => {},
      (_request, response) => response.writeHead(200, { "content-type": "application/json" }).write("{"),
    );
    expect(await failure(kube.call({ ...VERSION, timeoutMs: 500 }))).to.include({ status: 0, reason: "Timeout" });
    expect(await failure(kube.call({ ...VERSION, timeoutMs: 500 }))).to.include({ status: 0, reason: "Timeout" });
  });

  it("stops when the caller does", async () => {
    const reason = new Error("never mind");
    const controller = new AbortController();
    server.next(always, () => controller.abort(reason));
    expect(await failure(kube.call({ ...VERSION, signal: controller.signal }))).to.equal(reason);
    expect(await failure(kube.call({ ...VERSION, signal: controller.signal }))).to.equal(reason);
  });

  it("stops reading an answer that is too large", async () => {
    const endless = (_request: unknown, response: import("node:http").ServerResponse) => {
      response.writeHead(200, { "content-type": "application/json" });
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 32)));
      };
      response.on("drain", more);
      more();
    };
    server.next(always, endless);
    expect(await failure(kube.call({ ...VERSION, maxBytes: 1_000_000 }))).to.include({ reason: "ResponseTooLarge" });
  });

  it("says where it could not connect", async () => {
    const elsewhere = await FakeApiServer.start();
    const gone = await connect({ kubeconfig: elsewhere.kubeconfig() });
    await elsewhere.stop();
    const error = await failure(gone.call(VERSION));
    expect(error).to.include({ status: 0, reason: "Unreachable" });
    expect(error.message).to.match(/^GET \/version: https:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    await gone.close();
    expect((await failure(gone.call(VERSION))).message).to.contain("was closed");
  });
});
