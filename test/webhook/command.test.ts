import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { packageRoot } from "../../src/package-root.ts";
import { foresailHere } from "../cli/support/here.ts";

describe("foresail webhook", () => {
  let folder: string;
  let kubeconfig: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-test-"));
    kubeconfig = join(folder, "kubeconfig");
    // Port 1 of loopback: nobody listens there.
    const cluster = { name: "c", cluster: { server: "https://127.0.0.1:1" } };
    const context = { name: "x", context: { cluster: "c", user: "u" } };
    const user = { name: "u", user: { token: "none" } };
    const config = { clusters: [cluster], contexts: [context], users: [user], "current-context": "x" };
    writeFileSync(kubeconfig, JSON.stringify({ apiVersion: "v1", kind: "Config", ...config }));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("prints its options", async () => {
    const { code, stdout } = await foresailHere(["webhook", "--help"]);
    expect(code).to.equal(0);
    for (const flag of ["--port", "--kubeconfig", "--configuration-name", "--catalog"]) expect(stdout).to.include(flag);
  });

  it("ends with 2 for an option it does not know, and says which was meant", async () => {
    const { code, stderr } = await foresailHere(["webhook", "--kubeconfg=x"]);
    expect(code).to.equal(2);
    expect(stderr).to.include("--kubeconfg").and.to.include("--kubeconfig");
  });

  it("ends with 2 for a catalogue that is wrong, naming file and line", async () => {
    writeFileSync(join(folder, "wrong.yaml"), "models: 7\n");
    const { code, stdout } = await foresail(`--kubeconfig=${kubeconfig}`, `--catalog=${folder}`);
    expect(code).to.equal(2);
    expect(stdout).to.match(/wrong\.yaml:\d/);
  });

  it("ends with 3 when no API server answers in time", async () => {
    const { code, stdout } = await foresail(`--kubeconfig=${kubeconfig}`, "--startup-seconds=0");
    expect(code).to.equal(3);
    expect(stdout).to.include("cannot serve").and.to.include("127.0.0.1:1");
  });
});

function foresail(...args: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const program = join(packageRoot(), "bin/foresail.js");
  return new Promise((resolve) => {
    execFile(process.execPath, [program, "webhook", ...args], { env: {} }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}
