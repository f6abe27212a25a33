import { Agent } from "node:https";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { createAuthority } from "../../webhook/certificates.ts";
import { issueClientPair } from "./support/client-certificate.ts";
import { call, certificates, review, type TestServer, testServer } from "./support/tls-server.ts";

interface Pair {
  readonly cert: string;
  readonly key: string;
}

describe("S1: webhook server that knows its clients", () => {
  const nowMs = Date.now();
  let target: TestServer;
  let [apiServer, other, stranger]: Pair[] = [];
  before(async () => {
    const [authority, foreign] = await Promise.all([createAuthority(nowMs), createAuthority(nowMs)]);
    const name = "kube-apiserver";
    apiServer = await issueClientPair(authority, name);
    other = await issueClientPair(authority, "some-pod");
    stranger = await issueClientPair(foreign, name);
    target = await testServer(undefined, { clients: { ca: authority.cert, names: [name] } });
    target.server.setReady();
  });
  after(() => target.server.stop({ drainMs: 0, graceMs: 0 }));

  const ask = async (pair: Pair | undefined, path = "/mutate", method = "POST") => {
    const agent = new Agent({ keepAlive: false, ...pair });
    const body = method === "POST" ? { body: JSON.stringify(review("u")) } : {};
    return await call({ port: target.server.port, ca: target.ca, agent, path, method, ...body });
  };

  it("answers the one that is named", async () => {
    for (const path of ["/mutate", "/validate"]) expect((await ask(apiServer, path)).status).to.equal(200);
  });

  it("refuses everybody else before it reads a byte of the body, and says why", async () => {
    for (const [pair, why] of [
      [undefined, "a client certificate is required"],
      [other, "the name in the client certificate is not allowed"],
      [stranger, "is not of the CA that is trusted here"],
    ] as const) {
      for (const path of ["/mutate", "/validate"]) {
        const reply = await ask(pair, path);
        expect(reply.status, why).to.equal(403);
        expect(reply.text).to.include(why);
      }
    }
    expect(target.lines.filter((line) => line["msg"] === "decided" && line["uid"] !== "u")).to.deep.equal([]);
  });

  it("lets the kubelet look at its health without a certificate", async () => {
    for (const path of ["/healthz", "/readyz"]) expect((await ask(undefined, path, "GET")).status).to.equal(200);
  });

  it("goes on asking after its own certificate changed", async () => {
    target.server.setServing((await certificates()).serving);
    expect((await ask(undefined)).status).to.equal(403);
    expect((await ask(apiServer)).status).to.equal(200);
  });
});
