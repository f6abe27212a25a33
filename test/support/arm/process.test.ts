import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { SIZE } from "./arm.ts";
import { controlArm } from "./client.ts";
import { clusterPath, DEFAULTS } from "./settings.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
let child: ChildProcess | undefined;

async function startProcess(...args: readonly string[]): Promise<string> {
  child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout as NonNullable<ChildProcess["stdout"]> });
  const [line] = (await once(lines, "line")) as [string];
  expect(line).to.match(/^ready http:\/\/127\.0\.0\.1:\d+$/);
  return line.slice("ready ".length);
}

const call = (url: string, method: string, pool: string, body?: object): Promise<Response> =>
  fetch(`${url}${clusterPath(DEFAULTS)}/agentPools/${pool}?api-version=2026-06-01`, {
    method,
    headers: { authorization: "Bearer token" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

describe("fake ARM: as a process", () => {
  afterEach(async () => {
    if (child === undefined) return;
    const ended = once(child, "exit");
    child.kill();
    expect((await ended)[0], "it ends by itself on SIGTERM").to.equal(0);
    child = undefined;
  });

  it("is steered and read through its control API", async () => {
    const url = await startProcess("--virtual-time");
    const control = controlArm(url);
    await control.configure({ createMs: 5_000, pageSize: 1 });
    await control.script({ match: { call: "put", nth: 1 }, effect: { kind: "throttle", retryAfterSeconds: 3 } });
    expect((await control.faults()).length).to.equal(1);
    const body = { properties: { vmSize: SIZE } };
    expect((await call(url, "PUT", "c1", body)).status).to.equal(429);
    expect((await call(url, "PUT", "c1", body)).status).to.equal(201);
    await control.advance(5_000);
    const state = await control.state();
    expect(state.pools.map(({ name, state }) => [name, state])).to.deep.equal([
      ["system", "Succeeded"],
      ["c1", "Succeeded"],
    ]);
    expect(state.pools[1]?.nodes[0]?.name).to.match(/^aks-c1-\d{8}-vmss000000$/);
    expect(state.pools[1]?.nodes[0]?.providerID).to.match(
      /^azure:\/\/\/subscriptions\/.*\/resourceGroups\/MC_rg_aks_eastus\/providers\/Microsoft\.Compute\/virtualMachineScaleSets\/aks-c1-\d{8}-vmss\/virtualMachines\/0$/,
    );
    expect(
      (await control.calls()).map(({ n, call, pool, status, body }) => [n, call, pool, status, body]),
    ).to.deep.equal([
      [1, "put", "c1", 429, body],
      [2, "put", "c1", 201, body],
    ]);
    expect(JSON.stringify(await control.calls())).not.to.contain("Bearer");
    await control.clearFaults();
    expect(await control.faults()).to.deep.equal([]);
    await control.schedule(9, 3);
    expect([(await control.faults()).length, (await control.settings()).seed]).to.deep.equal([3, 9]);
    await control.clearFaults();
    await control.portalPut("theirs", body, "Failed");
    await control.evict("c1");
    await control.stopCluster();
    await control.portalDelete("system");
    const stopped = await control.state();
    expect([stopped.stopped, stopped.pools.map(({ name }) => name)]).to.deep.equal([true, ["c1", "theirs"]]);
    await control.startCluster();
    expect((await control.state()).pools.map(({ nodes }) => nodes.length)).to.deep.equal([0, 0]);
    expect(await control.evict("nobody").catch((error: Error) => error.message)).to.contain("there is no pool nobody");
  });

  it("runs faster than the clock on the wall, and tells clients to wait by theirs", async () => {
    const url = await startProcess("--time-scale", "600");
    const control = controlArm(url);
    await control.configure({ retryAfterSeconds: 1_200 });
    const put = await call(url, "PUT", "c1", { properties: { vmSize: SIZE } });
    const poll = put.headers.get("azure-asyncoperation") ?? "";
    const headers = { authorization: "Bearer token" };
    expect((await fetch(poll, { headers })).headers.get("retry-after")).to.equal("2");
    let status: unknown;
    // Three minutes of its time are 0.3 s.
    do status = ((await (await fetch(poll, { headers })).json()) as { status: string }).status;
    while (status === "InProgress");
    expect(status).to.equal("Succeeded");
    expect(await control.advance(1).catch((error: Error) => error.message)).to.contain("gave 400");
  });
});
