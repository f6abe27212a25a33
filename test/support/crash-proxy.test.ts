import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Gate, type Mode } from "../cluster/crash/gate.ts";
import { type CrashProxy, startProxy } from "../cluster/crash/proxy.ts";

describe("the proxy of the crash harness", () => {
  let arrived: string[] = [];
  let server: Server;
  let proxy: CrashProxy;
  let gate: Gate;
  beforeEach(async () => {
    arrived = [];
    server = createServer((request, response) => {
      arrived.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      if (request.url === "/watch") response.write("first\n");
      else response.writeHead(201, { "retry-after": "7" }).end("made");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    gate = new Gate();
    proxy = await startProxy({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, gate);
  });
  afterEach(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });

  const send = async (path: string, method = "POST"): Promise<Response> => {
    return await fetch(`${proxy.url}${path}`, { method, headers: { authorization: "Bearer t" } });
  };

  /** What arrives of three calls, the second of which is struck and sent again by a successor. */
  const strike = async (mode: Mode): Promise<readonly string[]> => {
    gate.begin({ mode, at: 2 });
    await send("/a");
    const lost = send("/b").then(
      () => "answered",
      () => "cut",
    );
    await gate.struck();
    proxy.cut();
    expect(await lost).to.equal("cut");
    gate.reopen();
    await send("/b");
    expect(gate.calls().map(({ path }) => path)).to.deep.equal(["/a", "/b", "/b"]);
    return arrived.map((line) => line.split(" ")[1] ?? "");
  };

  it("passes a request with its token, and the answer with its headers", async () => {
    const answer = await send("/a?x=1");
    expect([answer.status, answer.headers.get("retry-after"), await answer.text()]).to.deep.equal([201, "7", "made"]);
    expect(arrived).to.deep.equal(["POST /a?x=1 Bearer t"]);
    expect(gate.calls()).to.deep.equal([{ verb: "POST", path: "/a", status: 201 }]);
  });

  it("does not count what only reads, and streams it", async () => {
    const answer = await send("/watch", "GET");
    const reader = answer.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).to.equal("first\n");
    expect(gate.calls()).to.deep.equal([]);
    await reader?.cancel();
  });

  it("before: the call never arrives", async () => {
    expect(await strike("before")).to.deep.equal(["/a", "/b"]);
  });

  it("after: the call arrives, its answer does not", async () => {
    expect(await strike("after")).to.deep.equal(["/a", "/b", "/b"]);
    expect(gate.calls()[1]?.status).to.equal(201);
  });

  it("late: the call arrives just before its successor's, or when it is told to", async () => {
    gate.begin({ mode: "late", at: 1 });
    const lost = send("/a").catch(() => "cut");
    await gate.struck();
    expect(arrived).to.deep.equal([]);
    // Nothing passes while it stands still.
    const held = fetch(`${proxy.url}/other`, { method: "POST", signal: AbortSignal.timeout(200) });
    expect(await held.catch((error: Error) => error.name)).to.equal("TimeoutError");
    proxy.cut();
    expect(await lost).to.equal("cut");
    gate.reopen();
    await send("/b");
    expect(arrived).to.have.length(1);
    await send("/a");
    expect(arrived.map((line) => line.split(" ")[1])).to.deep.equal(["/b", "/a", "/a"]);
  });
});
