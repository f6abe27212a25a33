import type { IncomingMessage, ServerResponse } from "node:http";
import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
import { answerWith, bodyText, type ModelServer, modelServer } from "./support/model-server.ts";
import { call, chat, type Sidecar, sidecar, until } from "./support/sidecar.ts";

const MIB = 1024 * 1024;

describe("foresail chat: POST /chat", function () {
  this.timeout(20_000);
  let upstream: ModelServer;
  let running: Sidecar;
  let handler: (request: IncomingMessage, response: ServerResponse, body: { prompt: string }) => void;
  before(async () => {
    upstream = await modelServer(async (request, response) => {
      handler(request, response, JSON.parse(await bodyText(request)));
    });
    running = await sidecar(upstream.port);
  });
  beforeEach(() => {
    upstream.asked.length = 0;
    handler = (_request, response, body) => answerWith(response, 200, { choices: [{ text: ` of ${body.prompt}` }] });
  });
  after(async () => {
    await running.stop();
    await upstream.stop();
  });

  it("is answered with the prompt and what the model's completion adds", async () => {
    let asked: unknown;
    const answer = handler;
    handler = (request, response, body) => {
      asked = body;
      answer(request, response, body);
    };
    const { status, body } = await chat(running.port, { prompt: "Jokes", generate_kwargs: { max_new_tokens: 7 } });
    expect({ status, body }).to.deep.equal({ status: 200, body: { Result: "Jokes of Jokes" } });
    expect(asked).to.deep.include({ prompt: "Jokes", max_tokens: 7 });
    expect(upstream.asked.map(({ method, url }) => `${method} ${url}`)).to.deep.equal(["POST /v1/completions"]);
    const alone = await chat(running.port, { prompt: "Jokes", return_full_text: false });
    expect(alone.body).to.deep.equal({ Result: " of Jokes" });
  });

  it("keeps every character", async () => {
    const prompt = '"\\\n \u0000 ü 漢 🦜 </s>';
    const { body } = await chat(running.port, { prompt });
    expect(body).to.deep.equal({ Result: `${prompt} of ${prompt}` });
  });

  it("hands on who asks and no other header", async () => {
    const headers = { authorization: "Bearer k", "x-request-id": "r1", cookie: "c=1", "x-other": "2" };
    await chat(running.port, { prompt: "p" }, headers);
    const raw = upstream.asked[0]?.rawHeaders ?? [];
    const names = raw.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
    expect(names.sort()).to.deep.equal([
      "authorization",
      "connection",
      "content-length",
      "content-type",
      "host",
      "x-request-id",
    ]);
    expect(raw).to.include("Bearer k").and.to.include("r1");
  });

  it("gives errors of the model server with its status and its words", async () => {
    const errors: readonly (readonly [number, unknown, number, string])[] = [
      [400, { error: { message: "too long", type: "BadRequestError", code: 400 } }, 400, "too long"],
      [401, { error: "Unauthorized" }, 401, "Unauthorized"],
      [404, { error: { message: "The model `x` does not exist." } }, 404, "The model `x` does not exist."],
      [500, { detail: "engine dead" }, 500, "engine dead"],
      [503, [], 503, "the model server answered with status 503"],
      [302, {}, 502, "the model server answered with status 302"],
      [200, { choices: [] }, 502, "the model server answered with something else than a completion"],
    ];
    for (const [given, said, status, error] of errors) {
      handler = (_request, response) => answerWith(response, given, said);
      const answer = await chat(running.port, { prompt: "p" });
      expect({ status: answer.status, body: answer.body }).to.deep.equal({ status, body: { error } });
    }
  });

  it("says when to come again as the model server says", async () => {
    handler = (_request, response) => answerWith(response, 429, { error: "busy" }, { "retry-after": "7" });
    const busy = await chat(running.port, { prompt: "p" });
    expect([busy.status, busy.headers["retry-after"]]).to.deep.equal([429, "7"]);
    // KAITO's wrapper while the weights are downloaded.
    handler = (_request, response) => response.writeHead(404, { "content-length": 0 }).end();
    const loading = await chat(running.port, { prompt: "p" });
    expect([loading.status, loading.body["error"]]).to.deep.equal([503, "the model is being downloaded"]);
    expect(loading.headers["retry-after"]).to.match(/^\d+$/);
  });

  it("answers what is no request with 4xx and asks the model nothing", async () => {
    const json = { "content-type": "application/json" };
    const post = { method: "POST", path: "/chat", headers: json };
    const answers = [
      await call(running.port, { ...post, body: "{" }),
      await call(running.port, { ...post, body: Buffer.from([0x22, 0xff, 0x22]) }),
      await call(running.port, { ...post, body: "" }),
      await call(running.port, { ...post, body: "[".repeat(500_000) }),
      await call(running.port, { ...post, body: JSON.stringify({ prompt: "p", generate_kwargs: { wings: 2 } }) }),
      await call(running.port, { ...post, headers: { "content-type": "text/plain" }, body: "{}" }),
      await call(running.port, { ...post, headers: { ...json, "content-encoding": "gzip" }, body: "{}" }),
      await call(running.port, { path: "/chat" }),
    ];
    expect(answers.map(({ status }) => status)).to.deep.equal([400, 400, 400, 400, 400, 415, 415, 405]);
    for (const { text } of answers) expect(JSON.parse(text).error).to.be.a("string");
    expect(answers[7]?.headers["allow"]).to.equal("POST");
    expect(upstream.asked).to.deep.equal([]);
  });

  it("takes a body of 1 MiB and refuses a longer one, stated or not, so that the sender reads it", async () => {
    const fits = JSON.stringify({ prompt: "x".repeat(MIB - 100) });
    expect((await chat(running.port, fits)).status).to.equal(200);
    const over = Buffer.from(JSON.stringify({ prompt: "x".repeat(MIB) }));
    const stated = await chat(running.port, over);
    expect([stated.status, stated.body["error"]]).to.deep.equal([413, `the body exceeds ${MIB} bytes`]);
    const chunked = await chat(running.port, over, { "transfer-encoding": "chunked" });
    expect(chunked.status).to.equal(413);
    expect(upstream.asked.length).to.equal(1);
  });

  it("answers many at once, each with its own", async () => {
    const prompts = Array.from({ length: 200 }, (_, i) => `p${i}`);
    const answers = await Promise.all(prompts.map((prompt) => chat(running.port, { prompt })));
    expect(answers.map(({ body }) => body["Result"])).to.deep.equal(prompts.map((prompt) => `${prompt} of ${prompt}`));
  });

  it("ends the model's work when the caller goes away", async () => {
    const ended: string[] = [];
    handler = (_request, response) => {
      response.once("close", () => ended.push(response.writableFinished ? "answered" : "cut"));
    };
    const away = new AbortController();
    const lost = fetch(`http://127.0.0.1:${running.port}/chat`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"prompt":"p"}',
      signal: away.signal,
    }).catch((error: Error) => error.name);
    await until(() => upstream.asked.length === 1);
    away.abort();
    expect(await lost).to.equal("AbortError");
    await until(() => ended.length === 1);
    expect(ended).to.deep.equal(["cut"]);
  });

  it("asks for the served name it was started with", async () => {
    const named = await sidecar(upstream.port, "--model=adapter-1");
    let model: unknown;
    handler = (_request, response, body) => {
      model = (body as { model?: string }).model;
      answerWith(response, 200, { choices: [{ text: "" }] });
    };
    expect((await chat(named.port, { prompt: "p" })).status).to.equal(200);
    expect(await named.stop()).to.equal(0);
    expect(model).to.equal("adapter-1");
  });
});
