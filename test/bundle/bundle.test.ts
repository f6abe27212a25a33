import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { packageRoot, packageVersion } from "../../src/package-root.ts";
import { program } from "../cli/support/program.ts";

const root = packageRoot();
const PHI = "examples/inference/kaito_workspace_phi_3.yaml";

describe("the single file", () => {
  let folder = "";
  let file = "";
  before(function () {
    this.timeout(60_000);
    folder = mkdtempSync(join(tmpdir(), "foresail-bundle-"));
    file = join(folder, "foresail.mjs");
    execFileSync(process.execPath, [join(root, "bundle/build.ts"), file]);
    mkdirSync(join(folder, "home"));
    mkdirSync(join(folder, "work"));
    cpSync(join(root, "examples"), join(folder, "work/examples"), { recursive: true });
    writeFileSync(
      join(folder, "work/wrong.yaml"),
      readFileSync(join(root, PHI), "utf8").replace("name: phi-3-mini-4k-instruct", "name: phi-33"),
    );
    const git = (...args: readonly string[]) =>
      execFileSync("git", args, { cwd: join(folder, "work"), stdio: "ignore" });
    git("init");
    git("add", ".");
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-m", "a");
    const changed = readFileSync(join(root, PHI), "utf8").replace("Standard_NC6s_v3", "Standard_NC24ads_A100_v4");
    writeFileSync(join(folder, "work", PHI), changed);
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Nothing of the user's and no module but Node's own is in reach. */
  function run(path: string, args: readonly string[]) {
    const env = { PATH: process.env["PATH"], HOME: join(folder, "home") };
    const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
      cwd: join(folder, "work"),
      env,
      encoding: "utf8",
      input: "",
    });
    return { status, stdout, stderr };
  }

  const rows: readonly (readonly [status: number, ...args: string[]])[] = [
    [0, "--version"],
    [0, "--help"],
    [0, "check", "--help"],
    [0, "render", "examples", "--objects"],
    [1, "check", "wrong.yaml"],
    [0, "check", "-o", "json", "--today", "2026-11-29", "examples"],
    [0, "check", "-o", "sarif", "--today", "2026-11-29", "examples"],
    [1, "check", "--policy", "shipped", "--today", "2026-11-29", "examples"],
    [0, "diff", "--base", "HEAD", "examples"],
    [0, "diff", "--base", "HEAD", "-o", "markdown", "examples"],
    [0, "cost", "--today", "2026-11-29", "examples"],
    [0, "explain", "--today", "2026-11-29", "--width", "100", PHI],
    [0, "images", "--mirrors", "--registry", "registry.example/mirror", "examples"],
    [0, "pin", "--diff", PHI],
    [0, "plan", PHI],
    [0, "completion", "bash"],
    [0, "comment", "--help"],
    [2, "render", "nowhere.yaml"],
    [2, "rendr"],
  ];
  for (const [status, ...args] of rows) {
    it(`prints what the package prints: foresail ${args.join(" ")}`, () => {
      const expected = run(program, args);
      expect(expected.status, expected.stderr).to.equal(status);
      expect(run(file, args)).to.deep.equal(expected);
    });
  }

  it("writes what the package's init writes", () => {
    const written = [program, file].map((path, i) => {
      const directory = join(folder, `init-${i}`);
      mkdirSync(directory);
      expect(run(path, ["init", directory]).status).to.equal(0);
      return [".foresail.yaml", ".github/workflows/foresail.yaml"].map((name) =>
        readFileSync(join(directory, name), "utf8"),
      );
    });
    expect(written[1]).to.deep.equal(written[0]);
  });

  for (const args of [
    ["demo", "--plain"],
    ["webhook"],
    ["reconciler"],
    ["render", "--live", "--kubeconfig", "x", "--context", "y"],
  ]) {
    it(`says what has foresail ${args.join(" ")}`, () => {
      expect(run(file, args)).to.deep.equal({
        status: 2,
        stdout: "",
        stderr: `the single file reads files only, and has neither clusters nor long-running commands; for these: npm install --global foresail@${packageVersion()}\n`,
      });
    });
  }
});
