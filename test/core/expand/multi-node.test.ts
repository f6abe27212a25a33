import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { until } from "../../../src/local/until.ts";
import { catalogue, serving } from "../support/workspaces.ts";

const A10 = "Standard_NV36ads_A10_v5";
const PATIENCE_MS = 10_000;

interface Container {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly livenessProbe: { readonly exec: { readonly command: readonly string[] }; readonly failureThreshold: number };
  readonly startupProbe: { readonly failureThreshold: number; readonly periodSeconds: number };
}

function container(with_ = catalogue): Container {
  const { expansion } = expand(serving("phi-4", A10), with_);
  const spec = expansion?.podTemplate["spec"] as { readonly containers: readonly JsonObject[] };
  return spec.containers[0] as unknown as Container;
}

/** Runs the container's script in a real shell, with programs of the test in the place of the image's. */
describe("the script of several nodes", () => {
  let folder = "";
  let running: ChildProcess | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-nodes-"));
  });
  afterEach(() => {
    running?.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  const program = (name: string, body: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  const log = (): readonly string[] => {
    try {
      return readFileSync(join(folder, "log"), "utf8").trim().split("\n");
    } catch {
      return [];
    }
  };
  const start = (index: string, with_ = catalogue): ChildProcess => {
    const { command, args } = container(with_);
    const script = (command[2] ?? "")
      .replaceAll("/workspace/vllm/multi-node-serving.sh", join(folder, "serving"))
      .replaceAll("sleep 5", "sleep 0.01");
    const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}`, POD_INDEX: index, LOG: join(folder, "log") };
    running = spawn(command[0] ?? "", ["-c", script, command[3] ?? "", ...args], { env, stdio: "ignore" });
    return running;
  };
  const logged = (count: number): Promise<unknown> =>
    until("lines of the log", PATIENCE_MS, () => log().length >= count);
  const recordsAndWaits = 'echo "$$ $*" >> "$LOG"; exec sleep 60';
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it("leads on index 0: waits for all nodes, then becomes the server", async () => {
    program("serving", 'echo "serving $*" >> "$LOG"');
    program("python3", 'echo "$$ server $1" >> "$LOG"');
    const child = start("0");
    const [code] = (await once(child, "exit")) as [number];
    expect([code, log()]).to.deep.equal([
      0,
      [
        "serving leader --ray_cluster_size=2 --ray_port=29500 --ray_init_timeout=3600 --include-dashboard=false",
        // Same process: SIGTERM of the kubelet reaches the server.
        `${child.pid} server /workspace/vllm/inference_api.py`,
      ],
    ]);
  });

  it("hands flags of a distributed run to the server as they are, whatever a shell would read in them", async () => {
    const value = `{"a": "$(id)", 'b': \`c\` & *}`;
    const models = catalogue.current.models.map((m) => ({ ...m, vllmFlags: { "kv-events-config": value } }));
    const release = { ...catalogue.current, models };
    const with_ = { current: release, releases: [release] };
    program("serving", "exit 0");
    program("python3", `printf '%s\\n' "$@" > "$LOG"`);
    await once(start("0", with_), "exit");
    expect(log()).to.deep.equal(["/workspace/vllm/inference_api.py", ...container(with_).args]);
    expect(log()).to.include(`--kv-events-config=${value}`);
  });

  it("starts no server where the nodes do not come", async () => {
    program("serving", "exit 7");
    program("python3", 'echo server >> "$LOG"');
    const [code] = (await once(start("0"), "exit")) as [number];
    expect([code, log()]).to.deep.equal([1, []]);
  });

  it("joins the leader everywhere else, again whenever its cluster is gone", async () => {
    program("ray", 'echo "$*" >> "$LOG"; exit 1');
    start("1");
    await logged(3);
    const line = "start --address=phi-0.phi-headless.models.svc.cluster.local:29500 --block";
    expect(log().slice(0, 3)).to.deep.equal([line, line, line]);
  });

  for (const [role, index, name] of [
    ["worker", "1", "ray"],
    ["leader that waits", "0", "serving"],
  ] as const) {
    it(`ends at once with its child when a ${role} gets SIGTERM`, async () => {
      program(name, recordsAndWaits);
      const child = start(index);
      await logged(1);
      const pid = Number(log()[0]?.split(" ")[0]);
      expect(isAlive(pid)).to.equal(true);
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      // The shell's own code: it was not killed, so it would not have been as the first process of a container either.
      expect(await ended).to.deep.equal([143, null]);
      await until("the child's end", PATIENCE_MS, () => !isAlive(pid));
    });
  }
});

describe("probes of several nodes", () => {
  const ask = async (index: string, status: number): Promise<number | null> => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === "/health" ? status : 404;
      response.end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const [shell = "", ...rest] = container().livenessProbe.exec.command.map((part) =>
      part.replace("127.0.0.1:5000", `127.0.0.1:${port}`),
    );
    const env = { PATH: process.env["PATH"] ?? "", POD_INDEX: index, http_proxy: "http://127.0.0.1:1" };
    const [code] = (await once(spawn(shell, rest, { env, stdio: "ignore" }), "exit")) as [number | null];
    server.close();
    return code;
  };

  it("ask the leader's own server, and workers nothing", async function () {
    if (
      (
        await once(
          spawn("curl", ["--version"], { stdio: "ignore" }).on("error", () => {}),
          "close",
        )
      )[0] !== 0
    )
      this.skip();
    expect(await ask("0", 200)).to.equal(0);
    expect(await ask("0", 503)).to.not.equal(0);
    expect(await ask("1", 503)).to.equal(0);
  });

  it("give the peers half an hour more than one node has, and do not end a server for one missed answer", () => {
    const { startupProbe, livenessProbe } = container();
    expect(startupProbe.failureThreshold * startupProbe.periodSeconds).to.equal(1800 + 1800);
    expect(livenessProbe.failureThreshold).to.be.greaterThan(3);
  });
});
