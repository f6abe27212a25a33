import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { foresailHere } from "../support/here.ts";

const workspace = (name: string, use: string): string => `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: {name: ${name}, namespace: models}
resource: {instanceType: Standard_NC24ads_A100_v4, labelSelector: {matchLabels: {apps: ${name}}}}
${use}
`;
const serving = (preset: string): string => `inference: {preset: {name: ${preset}}}`;
const tuning = `tuning: {preset: {name: phi-4}, method: lora, input: {urls: ["https://example.com/a.parquet"]}, output: {image: "registry.example/a:1", imagePushSecret: push}}`;

describe("foresail check --base", () => {
  let here = "";
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], { cwd: here, stdio: "pipe" });
  const check = (...args: readonly string[]) => foresailHere(["check", "--base=main", ...args], { cwd: here });
  const write = (name: string, use: string): void => writeFileSync(join(here, `${name}.yaml`), workspace(name, use));
  before(() => {
    here = mkdtempSync(join(tmpdir(), "foresail-base-"));
    git("init", "-q", "-b", "main");
    write("same", serving("phi-4"));
    write("changed", serving("phi-4"));
    write("turned", serving("phi-4"));
    git("add", ".");
    git("commit", "-q", "-m", "base");
    git("checkout", "-q", "-b", "branch");
    write("changed", serving("phi-4-mini-instruct"));
    write("turned", tuning);
    write("new", serving("phi-44"));
  });
  after(() => rmSync(here, { recursive: true }));

  it("says which pods restart and why, and what is refused as an update only", async () => {
    const { code, stdout } = await check();
    expect(code).to.equal(1);
    const of = (rule: string) => stdout.split("\n").filter((line) => line.includes(rule));
    expect(of("upgrade/restarts")).to.have.length(1);
    expect(of("upgrade/restarts")[0]).to.match(
      /^changed\.yaml:1:1 warning upgrade\/restarts Workspace models\/changed: restarts: /,
    );
    expect(of("workspace/use-change").join()).to.match(
      /^turned\.yaml:\d+:\d+ error workspace\/use-change Workspace models\/turned/,
    );
    expect((await foresailHere(["check"], { cwd: here })).stdout).to.not.match(/use-change|upgrade\//);
  });

  it("leaves with --only-changed what base has, too", async () => {
    const whole = await check();
    expect(whole.stdout.match(/gitops\/unpinned/g)).to.have.length(3);
    const { code, stdout } = await check("--only-changed");
    expect(code).to.equal(1);
    expect(stdout).to.not.match(/^same.yaml/m);
    expect(stdout).to.match(/^new\.yaml:.*preset\/unknown/m);
  });

  it("says what stops where a Workspace moves to the other group, no name is taken, and what base has still counts as known", async () => {
    writeFileSync(join(here, "same.yaml"), workspace("same", serving("phi-4")).replace("kaito.sh", "foresail.dev"));
    const { stdout } = await check("--only-changed");
    write("same", serving("phi-4"));
    const of = stdout.split("\n").filter((line) => line.startsWith("same.yaml"));
    expect(of).to.have.length(1);
    expect(of[0]).to.match(
      /^same\.yaml:1:1 warning upgrade\/restarts Workspace\.foresail\.dev models\/same: restarts: it moves to foresail\.dev: .*nothing serves while a node comes/,
    );
    expect(stdout).to.not.include("name/taken");
  });

  it("ends with 2 without a base for it, or with one that is not there", async () => {
    expect((await foresailHere(["check", "--only-changed"], { cwd: here })).code).to.equal(2);
    const { code, stderr } = await foresailHere(["check", "--base=nowhere"], { cwd: here });
    expect([code, stderr.includes("nowhere")]).to.deep.equal([2, true]);
  });
});
