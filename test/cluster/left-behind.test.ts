import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { kubectl } from "../../src/local/kubectl.ts";
import { isAlive } from "../../src/local/lock.ts";
import { cluster, waitFor } from "./support/cluster.ts";

const GONE_WITHIN_MS = 10_000;

interface Owned {
  readonly url: string;
  readonly workDir: string;
  readonly kubeconfig: string;
  readonly supervisorPid: number;
  readonly pids: readonly number[];
}

describe("a control plane leaves nothing behind", () => {
  const owners: ChildProcess[] = [];
  const own = async (...args: string[]): Promise<{ readonly owner: ChildProcess; readonly owned: Owned }> => {
    const file = fileURLToPath(new URL("./support/owner.ts", import.meta.url));
    const owner = spawn(process.execPath, [file, ...args], { stdio: ["pipe", "pipe", "inherit"] });
    owners.push(owner);
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: owner.stdout! }).once("line", resolve);
      owner.once("exit", (code) =>
        reject(new Error(`the owner ended with ${code} before its control plane was ready`)),
      );
    });
    return { owner, owned: JSON.parse(line) as Owned };
  };
  afterEach(() => {
    for (const owner of owners.splice(0)) owner.kill("SIGKILL");
  });

  const gone = async (owned: Owned) => {
    await waitFor(
      "all processes, the work folder and the port to be gone",
      async () => {
        const alive = [owned.supervisorPid, ...owned.pids].filter(isAlive);
        return alive.length === 0 && !existsSync(owned.workDir) && !(await listens(owned.url));
      },
      GONE_WITHIN_MS,
    );
  };

  for (const signal of ["SIGKILL", "SIGINT", "SIGTERM"] as const) {
    it(`when its owner gets ${signal}`, async () => {
      const { owner, owned } = await own(...(signal === "SIGKILL" ? [] : ["--api-server-only"]));
      const all = Object.values(cluster().capabilities).filter(Boolean).length + 1;
      expect(owned.pids).to.have.length(signal === "SIGKILL" ? all : 2);
      expect(owned.pids.every(isAlive)).to.equal(true);
      owner.kill(signal);
      await gone(owned);
    });
  }

  it("when it was detached and its supervisor is told to end", async () => {
    const { owner, owned } = await own("--detach", "--api-server-only");
    if (owner.exitCode === null) await new Promise((resolve) => owner.once("exit", resolve));
    expect(owner.exitCode).to.equal(0);
    const command = [cluster().kubectlPath] as const;
    expect((await kubectl({ command, kubeconfig: owned.kubeconfig }, ["get", "--raw", "/readyz"])).stdout).to.equal(
      "ok",
    );
    process.kill(owned.supervisorPid, "SIGTERM");
    await gone(owned);
  });

  it("and several run side by side", async () => {
    const both = await Promise.all([own("--api-server-only"), own("--api-server-only")]);
    const urls = new Set([cluster().url, ...both.map(({ owned }) => owned.url)]);
    expect(urls.size).to.equal(3);
    const command = [cluster().kubectlPath] as const;
    for (const [index, { owned }] of both.entries()) {
      const target = { command, kubeconfig: owned.kubeconfig };
      expect((await kubectl(target, ["create", "namespace", `mine-${index}`])).code).to.equal(0);
      const others = await kubectl(target, ["get", "namespace", `mine-${1 - index}`]);
      expect(others.stderr).to.match(/NotFound/);
    }
    for (const { owner, owned } of both) {
      owner.kill("SIGKILL");
      await gone(owned);
    }
  });
});

function listens(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
