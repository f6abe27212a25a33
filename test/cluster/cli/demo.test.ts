import { readdirSync, readFileSync, rmSync } from "node:fs";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { simulatedInstanceTypes } from "../../../src/cli/demo/instance-types.ts";
import { play } from "../../../src/cli/demo/play.ts";
import { createView } from "../../../src/cli/demo/view.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { type ControlPlane, startControlPlane } from "../../../src/local/control-plane.ts";
import { prepareTools } from "../../../src/local/tools.ts";
import { cluster, waitFor } from "../support/cluster.ts";
import { ownTemporaryFolder, type Program, start } from "./process.ts";

// Twice over what a machine with two idle cores needs; the suite is loaded with other tests.
const DEMO_TIMEOUT_MS = 240_000;

/** Pids of processes that were started below a folder: their work folder is in their environment or arguments. */
function processesOf(folder: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const said = readFileSync(`/proc/${pid}/environ`, "utf8") + readFileSync(`/proc/${pid}/cmdline`, "utf8");
      return said.includes(folder);
    } catch {
      return false;
    }
  });
}

describe("foresail demo", function () {
  this.timeout(DEMO_TIMEOUT_MS);
  let folder = "";

  before(function () {
    if (!cluster().capabilities.karpenter || process.platform !== "linux") this.skip();
    folder = ownTemporaryFolder();
  });
  after(() => {
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });
  const demo = (...args: string[]): Program =>
    start(["demo", ...args], { TMPDIR: folder, KUBECONFIG: "/nonexistent/production" });
  const nothingLeft = async (): Promise<void> => {
    await waitFor("all processes of the demo to end", () => processesOf(folder).length === 0);
    expect(readdirSync(folder)).to.deep.equal([]);
  };

  it("shows every step until all four examples run, then the tables, and leaves nothing", async () => {
    const program = demo();
    expect(await program.ended, program.stderr()).to.equal(0);
    const text = program.stdout();
    for (const step of [
      / s {2}workspace {2}default\/workspace-phi-3-mini: admission made Deployment of it, .*1 x Standard_NC6s_v3/,
      / s {2}workspace {2}tuning\/workspace-phi-3-mini: admission made Job of it/,
      / s {2}pod {8}default\/workspace-phi-3-mini-\S+: is Unschedulable: /,
      / s {2}claim {6}c[a-z0-9]{11}: asks for Standard_NC6s_v3/,
      / s {2}node {7}\S+: is Ready with 1 GPU/,
      / s {2}pod {8}tuning\/workspace-phi-3-mini-\S+: is Running and Ready/,
      / s {2}workspace {2}default\/workspace-phi-3-mini-adapter: WorkspaceReady is True/,
    ]) {
      expect(text).to.match(step);
    }
    expect(text).to.match(/^NAME +INSTANCE +RESOURCEREADY +INFERENCEREADY +WORKSPACEREADY +AGE$/m);
    for (const name of ["workspace-phi-3-mini", "workspace-phi-3-mini-adapter"]) {
      expect(text).to.match(new RegExp(`^${name} +Standard_NC6s_v3 +True +True +True +\\d+s$`, "m"));
      expect(text).to.match(
        new RegExp(`^${name} +ClusterIP +10\\.0\\.\\d+\\.\\d+ +<none> +80/TCP,29500/TCP +\\d+s$`, "m"),
      );
    }
    expect(text).to.match(/curl -X POST http:\/\/10\.0\.\d+\.\d+\/chat /);
    expect(text).to.contain("the nodes are simulated");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looked for because it must not be there.
    expect(text).not.to.match(/\u001b|\r/);
    await nothingLeft();
  });

  it("ends at once and leaves nothing after Ctrl-C", async () => {
    const program = demo();
    await program.said("admission made Deployment of it");
    program.kill("SIGINT");
    expect(await program.ended).to.equal(130);
    await nothingLeft();
  });

  it("leaves nothing when it is killed", async () => {
    const program = demo();
    await program.said("admission made Deployment of it");
    program.kill("SIGKILL");
    await program.ended;
    await nothingLeft();
  });

  it("keeps running on request, until its supervisor is ended", async () => {
    const program = demo("--keep");
    expect(await program.ended, program.stderr()).to.equal(0);
    const [, pid] = /^kill (\d+) /m.exec(program.stdout()) ?? expect.fail("it does not say how to end it");
    expect(processesOf(folder).length).to.be.greaterThan(6);
    process.kill(Number(pid), "SIGTERM");
    await nothingLeft();
  });

  it("shows offline what it can, with 0, where there is no Go", async () => {
    const program = start(["demo"], { PATH: "/nonexistent" });
    expect(await program.ended).to.equal(0);
    expect(program.stderr()).to.match(/^no local control plane: Go is not on PATH/);
    expect(program.stdout()).to.contain("admission made Deployment of it");
    expect(program.stdout().match(/it would ask for the node Standard_NC6s_v3/g)).to.have.length(4);
  });
});

describe("the view of the demo", function () {
  this.timeout(DEMO_TIMEOUT_MS);
  let controlPlane: ControlPlane | undefined;

  before(async function () {
    if (!cluster().capabilities.karpenter) this.skip();
    const answer = await prepareTools();
    if (answer.kind === "unavailable") throw new Error(answer.reason);
    const instanceTypes = simulatedInstanceTypes(loadCatalogue().current);
    controlPlane = await startControlPlane({ tools: answer.tools, instanceTypes });
    await controlPlane.stopProcess("karpenter");
  });
  after(async () => await controlPlane?.stop());

  it("says what is missing and is not ready while Karpenter is stopped", async () => {
    const stage = controlPlane ?? expect.fail("no control plane");
    const lines: string[] = [];
    const report = { progress: () => {}, line: (text: string) => void lines.push(text) };
    const view = createView({ report, live: false, now: () => performance.now() });
    // Long enough for claims to appear; nothing can make nodes of them, so waiting longer changes nothing.
    const { ready, end } = await play({
      controlPlane: stage,
      view,
      timeoutMs: 15_000,
      signal: new AbortController().signal,
    });
    await end();
    const text = lines.join("\n");
    expect(ready).to.equal(false);
    expect(text).to.contain("Not ready after 15 s. What is missing:");
    expect(text).to.contain("- karpenter is not running");
    expect(text).to.match(/- pod default\/workspace-phi-3-mini-\S+ has no node: /);
    expect(text).to.match(/- claim c[a-z0-9]{11}: nobody has launched a machine for it/);
    expect([...stage.processes().keys()]).not.to.include.members(["webhook", "reconciler"]);
  });
});
