import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { connect } from "node:tls";
import { expect } from "chai";
import jsonpatch from "jsonpatch";
import { after, before, describe, it } from "mocha";
import { admit } from "../../src/core/admit.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { packageRoot } from "../../src/package-root.ts";
import { catalogue, review, serving } from "../core/support/workspaces.ts";
import { call, type TestServer, testServer } from "./support/tls-server.ts";

interface Response {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patch?: string;
  readonly status?: { readonly code: number; readonly message: string };
}

function patchOf({ patch = "" }: Response): { readonly path: string }[] {
  return JSON.parse(Buffer.from(patch, "base64").toString()) as { readonly path: string }[];
}

/** The real server with the real decision; ids are those of the table of faults in docs/webhook-faults.md. */
describe("webhook and hostile senders", () => {
  let target: TestServer;
  before(async () => {
    target = await testServer((body, phase) => admit(body, catalogue, phase));
  });
  after(() => target.server.stop({ drainMs: 0, graceMs: 0 }));

  const send = (body: string | Uint8Array, path = "/mutate") =>
    call({ port: target.server.port, ca: target.ca, body, path });
  const decided = async (body: string | Uint8Array, path?: string): Promise<Response> => {
    const reply = await send(body, path);
    expect(reply.status, reply.text).to.equal(200);
    return (JSON.parse(reply.text) as { readonly response: Response }).response;
  };
  const create = JSON.stringify(review(serving("phi-4", "Standard_NC24ads_A100_v4")));
  const uid = String((JSON.parse(create) as { request: JsonObject }).request["uid"]);

  it("W7: gets an answer to every method, CONNECT and unknown ones included, and to what is no HTTP", async () => {
    for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]) {
      const reply = await call({ port: target.server.port, ca: target.ca, method, path: "/mutate" });
      expect(reply.status, method).to.equal(405);
    }
    expect(await raw("CONNECT /mutate:443 HTTP/1.1\r\nhost: x\r\n\r\n")).to.match(/^HTTP\/1\.1 405 /);
    expect(await raw("BREW /mutate HTTP/1.1\r\nhost: x\r\n\r\n")).to.match(/^HTTP\/1\.1 400 /);
    expect(await raw("\u0000\u0001 rubbish\r\n\r\n")).to.match(/^HTTP\/1\.1 400 /);
    expect(await raw(`GET / HTTP/1.1\r\nx: ${"y".repeat(100_000)}\r\n\r\n`)).to.match(/^HTTP\/1\.1 431 /);
    const upgrade = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: h2c\r\n\r\n";
    expect(await raw(upgrade)).to.match(/^HTTP\/1\.1 200 /);
    const expecting =
      "POST /mutate HTTP/1.1\r\nhost: x\r\nexpect: rubbish\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    expect(await raw(expecting)).to.match(/^HTTP\/1\.1 417 /);
  });

  it("W7: takes no body whose length is told in two ways", async () => {
    const head = "POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    const both = `${head}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`;
    const twice = `${head}content-length: 4\r\ncontent-length: 5\r\n\r\nnull`;
    for (const request of [both, twice]) expect(await raw(request)).to.match(/^HTTP\/1\.1 400 /);
  });

  it("W11: leaves Object.prototype alone, whatever has __proto__ and constructor for keys", async () => {
    const keys = ["__proto__", "constructor", "prototype", "hasOwnProperty", "toString"];
    for (const key of keys) {
      const poison = `"${key}":{"polluted":"yes","labels":{"polluted":"yes"}},`;
      const levels = ['"request":{', '"object":{', '"metadata":{', '"inference":{', '"matchLabels":{'];
      for (const level of levels) {
        const body = create.replace(level, level + poison);
        expect(body).to.not.equal(create);
        expect((await send(body)).status).to.equal(200);
      }
      expect(({} as JsonObject)["polluted"]).to.equal(undefined);
      expect(Object.hasOwn(Object.prototype, "polluted")).to.equal(false);
    }
  });

  for (const [where, from, to] of [
    ["the object", '"preset":{', '"preset":{"name":"nope",'],
    ["the review", '"operation":', '"operation":"DELETE","operation":'],
    ["metadata, once escaped", '"metadata":{', '"metadata":{"n\\u0061me":"other",'],
  ] as const) {
    it(`W12: denies a key that ${where} states twice, and names it`, async () => {
      const body = create.replace(from, to);
      expect(body).to.not.equal(create);
      for (const path of ["/mutate", "/validate"]) {
        const response = await decided(body, path);
        expect(response).to.deep.include({ uid, allowed: false });
        expect(response.status?.message).to.match(/states the key "(name|operation)" twice: state it once/);
        expect(response.status?.code).to.equal(403);
      }
    });
  }

  it("W12: takes equal keys of different objects, and keys that only look equal", async () => {
    const body = create.replace('"matchLabels":{', '"matchLabels":{"a":"a:\\"a\\":","A":"1","á":"2","a ":"3",');
    expect(JSON.parse(body)).to.be.an("object");
    expect((await decided(body)).status?.message ?? "").to.not.include("twice");
  });

  it("W12: denies a number it could not keep, and keeps the others", async () => {
    const template = (number: string) =>
      create.replace('"preset":{', `"template":{"spec":{"securityContext":{"runAsUser":${number}}}},"preset":{`);
    for (const number of ["9007199254740993", "-9007199254740993", "1e400", "123456789012345678901234567890"]) {
      const { allowed, status } = await decided(template(number));
      expect(allowed).to.equal(false);
      expect(status?.message).to.include(`the number ${number.replace("-", "")} cannot be kept exactly`);
    }
    for (const number of ["9007199254740991", "-0", "1e3", "0.1", "1.5E-7"]) {
      expect((await decided(template(number))).status?.message ?? "").to.not.include("exactly");
    }
  });

  it("W12: counts no digits inside strings, and refuses what no number of JSON is", async () => {
    const text = create.replace('"phi-4"', '"phi-4","accessMode":"public","x":"9007199254740993 1e400"');
    expect((await decided(text)).status?.message ?? "").to.not.include("exactly");
    for (const number of ["01", "1e", "+1", "0x10", "1.", "NaN", "1e400e400"]) {
      expect((await send(create.replace('"count":1', `"count":${number}`))).status, number).to.equal(400);
    }
  });

  it("W15: echoes the uid of what is none of its business, with no patch", async () => {
    const foreign = [
      { kind: { group: "apps", version: "v1", kind: "Deployment" } },
      { operation: "DELETE", object: null },
      { operation: "CONNECT", object: null },
      { subResource: "status" },
      { subResource: "scale" },
    ];
    for (const request of foreign) {
      const body = JSON.stringify(review(serving("phi-4"), undefined, request as JsonObject));
      for (const path of ["/mutate", "/validate"]) {
        const response = await decided(body, path);
        const { uid } = JSON.parse(body).request;
        expect(response, JSON.stringify(request)).to.deep.equal({ uid, allowed: true });
      }
    }
  });

  it("W17: answers a review of thousands of containers, variables and labels at once", async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      name: `c${i}`,
      image: "x",
      env: [{ name: "A", value: "b" }],
    }));
    const template = { metadata: {}, spec: { containers: many } };
    const body = JSON.stringify(review({ ...serving("phi-4"), inference: { template } }));
    const started = performance.now();
    expect((await decided(body)).allowed).to.equal(false);
    // 1 MB over TLS on a busy machine; the decision itself is bounded in test/core/hostile.test.ts.
    expect(performance.now() - started).to.be.lessThan(2_000);
  });

  it("W13: escapes keys with / in its patch, and needs no labels to be there", async () => {
    // Keys with ~ are no labels; test/core/diff.test.ts has them.
    const labels = { "example.com/a": "1", "b.example.com/c_d": "2", ["n".repeat(63)]: "3" };
    const plain = serving("phi-4", "Standard_NC24ads_A100_v4");
    const before = await stored({ ...plain, metadata: { name: "n".repeat(52), namespace: "team" } });
    const changed = { ...before, resource: { ...plain.resource, labelSelector: { matchLabels: labels } } };
    const patch = patchOf(await decided(JSON.stringify(review(changed, before))));
    expect(patch.some(({ path }) => path.includes("~1"))).to.equal(true);
    const { expansion, ...rest } = jsonpatch.apply_patch(changed, patch as never) as JsonObject;
    const { expansion: _, ...stated } = changed as JsonObject;
    expect(rest).to.deep.equal(stated);
    const fresh = await stored(stated);
    expect(expansion).to.deep.equal(fresh["expansion"]);
  });

  it("W18: decides without asking anybody: nothing it is made of can open a connection", () => {
    const outside = new Set<string>();
    const seen = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const [, to = ""] of readFileSync(file, "utf8").matchAll(/^(?:import|export)[^"';]*from "([^"]+)";/gm)) {
        if (to.startsWith(".")) visit(join(dirname(file), to));
        else outside.add(to);
      }
    };
    visit(join(packageRoot(), "src", "core", "admit.ts"));
    expect(seen.size).to.be.greaterThan(50);
    expect([...outside].sort()).to.deep.equal(["ajv", "node:crypto", "yaml"]);
  });

  /** An object as the API server stores it: with the patch. */
  async function stored(object: object): Promise<JsonObject> {
    const patch = patchOf(await decided(JSON.stringify(review(object))));
    return jsonpatch.apply_patch(object, patch as never) as JsonObject;
  }

  /** What the server sends to bytes that are written as they are, until it ends the connection. */
  function raw(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: target.server.port, ca: target.ca });
      let text = "";
      socket.on("secureConnect", () => socket.write(bytes, "latin1"));
      socket.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
      });
      socket.once("error", reject);
      socket.once("close", () => resolve(text));
    });
  }
});
