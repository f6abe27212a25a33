import { existsSync } from "node:fs";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { isAlive } from "../../src/local/lock.ts";
import { type Supervised, superviseProcesses } from "../../src/local/supervised.ts";
import { until } from "../../src/local/until.ts";

const env = { PATH: process.env.PATH ?? "" };
const DEADLINE_MS = 10_000;

describe("supervised processes", () => {
  const started: Supervised[] = [];
  const supervise = async () => {
    const supervised = await superviseProcesses();
    started.push(supervised);
    return supervised;
  };
  afterEach(async () => {
    for (const supervised of started.splice(0)) await supervised.shutdown();
  });

  it("end with their supervisor, and the work folder goes", async () => {
    const supervised = await supervise();
    const pid = await supervised.start({ name: "sleeper", command: ["sleep", "1000"], env });
    expect(isAlive(pid)).to.equal(true);
    expect(supervised.processes()).to.deep.equal(new Map([["sleeper", pid]]));
    await supervised.shutdown();
    expect(isAlive(pid)).to.equal(false);
    expect(existsSync(supervised.workDir)).to.equal(false);
    await supervised.shutdown();
  });

  it("end though their supervisor is killed", async () => {
    const supervised = await supervise();
    const pid = await supervised.start({ name: "sleeper", command: ["sleep", "1000"], env });
    process.kill(supervised.pid, "SIGKILL");
    await until("the process to be gone", DEADLINE_MS, () => !isAlive(pid) && !existsSync(supervised.workDir));
  });

  it("are stopped by signal, harder after the grace time, and started again", async () => {
    const supervised = await supervise();
    const stubborn = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"] as const;
    await supervised.start({ name: "stubborn", command: stubborn, env });
    await until("the trap to be set", DEADLINE_MS, () => supervised.logTail("stubborn") === "ready");
    await supervised.stop("stubborn", "SIGTERM", 50);
    expect(supervised.exitOf("stubborn")).to.deep.equal({ code: null, signal: "SIGKILL" });
    await supervised.start({ name: "stubborn", command: ["sleep", "1000"], env });
    expect(supervised.exitOf("stubborn")).to.equal(undefined);
    await supervised.stop("stubborn");
    expect(supervised.exitOf("stubborn")).to.deep.equal({ code: null, signal: "SIGTERM" });
    await supervised.stop("stubborn");
  });

  it("see only the environment they are given, and leave a log", async () => {
    const supervised = await supervise();
    await supervised.start({ name: "env", command: ["env"], env: { ...env, ONLY: "this" } });
    const exit = await until("the end", DEADLINE_MS, () => supervised.exitOf("env"));
    expect(exit.code).to.equal(0);
    const seen = supervised
      .logTail("env", 100)
      .split("\n")
      .filter((line) => !/^(PWD|SHLVL|_)=/.test(line));
    expect(seen.sort()).to.deep.equal(["ONLY=this", `PATH=${env.PATH}`]);
  });

  it("are refused twice under one name, or when the program is missing", async () => {
    const supervised = await supervise();
    const twice = { name: "same", command: ["sleep", "1000"], env } as const;
    await supervised.start(twice);
    expect(await supervised.start(twice).catch((error) => error.message)).to.match(/same is running already/);
    const missing = { name: "missing", command: ["/no/such/program"], env } as const;
    expect(await supervised.start(missing).catch((error) => error.message)).to.match(/ENOENT/);
  });
});
