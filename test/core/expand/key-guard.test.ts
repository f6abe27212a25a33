import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { children } from "../../../src/core/children/children.ts";
import { keyGuardSource } from "../../../src/core/expand/key-guard.ts";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { catalogue, serving } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const python = spawnSync("python3", ["-c", ""]).status === 0;

/** Calls the guard with scopes from stdin, prints what each was answered; "through" where it reached the server. */
const DRIVER = `
import asyncio, json, sys
from foresail_key_guard import KeyGuard

async def call(scope):
    sent = []
    async def send(message): sent.append(message)
    async def app(scope, receive, send): sent.append("through")
    scope["headers"] = [(name.encode(), value.encode()) for name, value in scope["headers"]]
    await KeyGuard(app)(scope, None, send)
    if sent == ["through"]: return "through"
    return sent[0].get("status", sent[0].get("code"))

print(json.dumps([asyncio.run(call(scope)) for scope in json.load(sys.stdin)]))
`;

describe("the key guard", () => {
  let folder = "";
  before(function () {
    if (!python) this.skip();
    folder = mkdtempSync(join(tmpdir(), "foresail-guard-"));
    writeFileSync(join(folder, "foresail_key_guard.py"), keyGuardSource);
    writeFileSync(join(folder, "driver.py"), DRIVER);
  });
  after(() => {
    if (folder !== "") rmSync(folder, { recursive: true });
  });
  const run = (scopes: readonly JsonObject[], key: string | undefined): { stdout: string; stderr: string } =>
    spawnSync("python3", [join(folder, "driver.py")], {
      input: JSON.stringify(scopes),
      encoding: "utf8",
      env: { PATH: process.env["PATH"] ?? "", ...(key === undefined ? {} : { VLLM_API_KEY: key }) },
    });
  const answers = (scopes: readonly JsonObject[]): unknown => JSON.parse(run(scopes, "sesam").stdout);
  const http = (path: string, authorization?: string, method = "POST"): JsonObject => ({
    type: "http",
    method,
    path,
    headers: authorization === undefined ? [] : [["authorization", authorization]],
  });

  it("asks for the key on paths that vLLM leaves open", () => {
    const paths = [
      "/invocations",
      "/tokenize",
      "/detokenize",
      "/pooling",
      "/",
      "/docs",
      "/chat",
      "/health/",
      "/metricsx",
    ];
    expect(answers(paths.map((path) => http(path)))).to.deep.equal(paths.map(() => 401));
    expect(answers(paths.map((path) => http(path, "Bearer sesam")))).to.deep.equal(paths.map(() => "through"));
    expect(answers([{ type: "websocket", path: "/ws", headers: [] }])).to.deep.equal([1008]);
  });

  it("takes the key whole, as vLLM does, and nothing else", () => {
    const given = [
      "bearer sesam",
      "BEARER sesam",
      "Bearer sesa",
      "Bearer sesamo",
      "Bearer  sesam",
      "Basic sesam",
      "sesam",
      "",
    ];
    expect(answers(given.map((value) => http("/invocations", value)))).to.deep.equal([
      "through",
      "through",
      401,
      401,
      401,
      401,
      401,
      401,
    ]);
  });

  it("leaves probes, scrapers, preflights and what vLLM asks for itself alone", () => {
    const scopes = [
      ...["/health", "/ping", "/metrics"].map((path) => http(path, undefined, "GET")),
      ...["/v1/completions", "/v2/embed", "/inference/v1/generate"].map((path) => http(path)),
      http("/invocations", undefined, "OPTIONS"),
      { type: "websocket", path: "/v1/realtime", headers: [] },
      { type: "lifespan", headers: [] },
    ];
    expect(answers(scopes)).to.deep.equal(scopes.map(() => "through"));
  });

  it("reads paths as vLLM does where --root-path stands before them", () => {
    const below = (path: string): JsonObject => ({ ...http(`/v1${path}`), root_path: "/v1" });
    expect(answers(["/invocations", "/health", "/v1/completions"].map(below))).to.deep.equal([
      401,
      "through",
      "through",
    ]);
  });

  it("does not start with an empty key, for vLLM would then ask for none", () => {
    for (const key of [undefined, "", " \n"]) expect(run([], key).stderr).to.include("has an empty API_KEY");
  });
});

describe("the pod of a model with a key", () => {
  const object = serving("phi-4", A100, { "foresail.dev/api-key-secret": "callers" });
  const { expansion } = expand(object, catalogue);
  const spec = expansion?.podTemplate["spec"] as { containers: JsonObject[]; volumes: JsonObject[] };

  it("carries the guard as a file that the server loads", () => {
    const container = spec.containers[0] as JsonObject;
    expect(container["args"]).to.include("--middleware=foresail_key_guard.KeyGuard");
    const mount = (container["volumeMounts"] as JsonObject[]).find(({ name }) => name === "key-guard");
    expect(mount).to.deep.include({
      mountPath: "/workspace/vllm/foresail_key_guard.py",
      subPath: "foresail_key_guard.py",
    });
    const configMap = children({ ...object, ...(expansion && { expansion }) }).find(
      ({ kind }) => kind === "ConfigMap",
    ) as JsonObject;
    const name = (configMap["metadata"] as JsonObject)["name"];
    expect(spec.volumes).to.deep.include({ name: "key-guard", configMap: { name } });
    expect(configMap["data"]).to.deep.equal({ "foresail_key_guard.py": keyGuardSource });
  });

  it("has none without a key", () => {
    const plain = expand(serving("phi-4", A100), catalogue).expansion;
    expect(JSON.stringify(plain)).not.to.match(/guard/);
    expect(plain).not.to.have.property("files");
  });
});
