import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { callsOf } from "../cluster/crash/calls.ts";
import { Gate } from "../cluster/crash/gate.ts";
import type { Lane, Mode } from "../cluster/crash/lane.ts";
import { type CrashProxy, startProxy } from "../cluster/crash/proxy.ts";

describe("the proxy of the crash harness", () => {
  let arrived: string[] = [];
  let server: Server;
  let proxy: CrashProxy;
  let gate: Gate;
  let lane: Lane;
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
    lane = gate.lane();
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
    lane.begin({ mode, at: 2 });
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
    expect(lane.calls().map(({ path }) => path)).to.deep.equal(["/a", "/b", "/b"]);
    return arrived.map((line) => line.split(" ")[1] ?? "");
  };

  it("passes a request with its token, and the answer with its headers", async () => {
    const answer = await send("/a?x=1");
    expect([answer.status, answer.headers.get("retry-after"), await answer.text()]).to.deep.equal([201, "7", "made"]);
    expect(arrived).to.deep.equal(["POST /a?x=1 Bearer t"]);
    expect(lane.calls()).to.deep.equal([{ verb: "POST", path: "/a", name: "POST /a #1", status: 201 }]);
  });

  it("does not count what only reads, and streams it", async () => {
    const answer = await send("/watch", "GET");
    const reader = answer.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).to.equal("first\n");
    expect(lane.calls()).to.deep.equal([]);
    await reader?.cancel();
  });

  it("tells the runs of one process apart by their namespace and the claims made for it", async () => {
    gate.close(lane);
    const [one, other] = [gate.lane(callsOf("ns-1")), gate.lane(callsOf("ns-2"))];
    const post = async (path: string, body: object): Promise<void> => {
      await fetch(`${proxy.url}${path}`, { method: "POST", body: JSON.stringify(body) });
    };
    for (const n of [1, 2]) {
      const metadata = { name: `c${n}`, labels: { run: `ns-${n}` } };
      await post("/apis/karpenter.sh/v1/nodeclaims", { metadata });
    }
    await post("/api/v1/namespaces/ns-2/services", {});
    await post("/events", { regarding: { name: "c1" } });
    await post("/nodes/aks-c1-vmss0", {});
    await post("/nodes/aks-c1-vmss0", {});
    await post("/nodes/other", {});
    expect(one.calls().map(({ name }) => name)).to.deep.equal([
      "POST /apis/karpenter.sh/v1/nodeclaims #1",
      "POST /events #1",
      "POST /nodes/aks-CLAIM-vmss0 #1",
      "POST /nodes/aks-CLAIM-vmss0 #2",
    ]);
    expect(other.calls().map(({ name }) => name)).to.deep.equal([
      "POST /apis/karpenter.sh/v1/nodeclaims #1",
      "POST /api/v1/namespaces/SPACE/services #1",
    ]);
    expect(gate.strangers()).to.deep.equal(["POST /nodes/other"]);
  });

  it("stands still for all runs at the call by name of one", async () => {
    gate.close(lane);
    const [one, other] = [gate.lane(callsOf("ns-1")), gate.lane(callsOf("ns-2"))];
    one.begin({ mode: "before", at: "POST /SPACE #2" });
    await send("/ns-1");
    const lost = send("/ns-1").catch(() => "cut");
    expect((await gate.struck()).name).to.equal("POST /SPACE #2");
    const held = fetch(`${proxy.url}/ns-2`, { method: "POST", signal: AbortSignal.timeout(200) });
    expect(await held.catch((error: Error) => error.name)).to.equal("TimeoutError");
    proxy.cut();
    await lost;
    gate.reopen();
    await send("/ns-2");
    expect([one.calls().length, other.calls().length, arrived.length]).to.deep.equal([2, 1, 2]);
    expect([one.struck()?.path, other.struck()]).to.deep.equal(["/ns-1", undefined]);
  });

  it("before: the call never arrives", async () => {
    expect(await strike("before")).to.deep.equal(["/a", "/b"]);
  });

  it("after: the call arrives, its answer does not", async () => {
    expect(await strike("after")).to.deep.equal(["/a", "/b", "/b"]);
    expect(lane.calls()[1]?.status).to.equal(201);
  });

  it("late: the call arrives just before its successor's, or when it is told to", async () => {
    lane.begin({ mode: "late", at: 1 });
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
