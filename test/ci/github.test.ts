import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { parse } from "yaml";
import { packageRoot, packageVersion } from "../../src/package-root.ts";
import { program } from "../cli/support/program.ts";

const root = packageRoot();
const PHI = "examples/inference/kaito_workspace_phi_3.yaml";

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly env?: { readonly [name: string]: string };
}
interface Action {
  readonly inputs: { readonly [name: string]: { readonly default: string } };
  readonly outputs: { readonly [name: string]: { readonly value: string } };
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}
const action: Action = parse(readFileSync(join(root, "action.yml"), "utf8"));
const check = action.runs.steps.find(({ id }) => id === "check");

describe("the action for GitHub", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-action-"));
    const repository = join(folder, "repository");
    mkdirSync(join(folder, "bin"));
    mkdirSync(repository);
    // What an installed package puts on PATH; npx is the same with the package's name before the arguments.
    for (const [name, shift] of [
      ["foresail", ""],
      ["npx", `echo "$1 $2" >> ${join(folder, "npx")}; shift 2; `],
    ]) {
      const path = join(folder, "bin", name ?? "");
      writeFileSync(path, `#!/bin/sh\n${shift}exec ${process.execPath} ${program} "$@"\n`);
      chmodSync(path, 0o755);
    }
    cpSync(join(root, "examples"), join(repository, "examples"), { recursive: true });
    const git = (...args: readonly string[]) => execFileSync("git", args, { cwd: repository, stdio: "ignore" });
    git("init", "-b", "main");
    git("add", ".");
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-m", "a");
    git("update-ref", "refs/remotes/origin/main", "HEAD");
    git("checkout", "-b", "bigger");
    change("Standard_NC6s_v3", "Standard_NC24ads_A100_v4");
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-a", "-m", "b");
  });
  after(() => rmSync(folder, { recursive: true }));

  function change(from: string, to: string): void {
    const file = join(folder, "repository", PHI);
    writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
  }

  /** The step that checks, with the inputs' defaults, as a runner starts it. */
  function run(
    inputs: { readonly [name: string]: string } = {},
    runner: NodeJS.ProcessEnv = { GITHUB_BASE_REF: "main" },
  ) {
    const [output, summary] = [join(folder, "output"), join(folder, "summary")];
    for (const file of [output, summary]) writeFileSync(file, "");
    const given = Object.entries(check?.env ?? {}).map(([variable, expression]) => {
      const [, name = ""] = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(expression) ?? [];
      return [variable, inputs[name] ?? action.inputs[name]?.default ?? ""] as const;
    });
    const { status, stdout, stderr } = spawnSync("bash", ["-e", "-o", "pipefail", "-c", check?.run ?? ""], {
      cwd: join(folder, "repository"),
      encoding: "utf8",
      env: {
        PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
        HOME: folder,
        RUNNER_TEMP: folder,
        GITHUB_ACTION_PATH: root,
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        ...runner,
        ...Object.fromEntries(given),
      },
    });
    const outputs = Object.fromEntries(
      readFileSync(output, "utf8")
        .trim()
        .split("\n")
        .map((line) => line.split(/=(.*)/s, 2)),
    );
    return { status, stdout, stderr, outputs, summary: readFileSync(summary, "utf8") };
  }

  it("says what changes and what is wrong, with every output, and needs no token", function () {
    this.timeout(60_000);
    const { status, stdout, stderr, outputs, summary } = run({ version: "installed" });
    expect([status, stderr]).to.deep.equal([0, ""]);
    const report = JSON.parse(readFileSync(outputs["report-path"] ?? "", "utf8"));
    expect(outputs).to.include({
      "exit-code": "0",
      errors: String(report.summary.errors),
      warnings: String(report.summary.warnings),
      findings: String(report.findings.length),
      "cost-delta": "447.49",
    });
    expect(report.findings.length).to.be.greaterThan(10);
    expect(stdout).to.match(/^::warning file=examples\//m);
    expect(JSON.parse(readFileSync(outputs["sarif-path"] ?? "", "utf8")).version).to.equal("2.1.0");
    const comment = readFileSync(outputs["comment-path"] ?? "", "utf8");
    expect(comment).to.match(/^<!-- foresail:diff:default -->/);
    expect(summary).to.include("workspace-phi-3-mini").and.include(comment);
    for (const name of Object.keys(action.outputs)) expect(outputs[name], name).to.be.a("string");
  });

  it("hands on the code that checks end with, after all reports are written", function () {
    this.timeout(60_000);
    const { status, outputs } = run({ version: "installed", budget: "1/month", path: `${PHI}\n\nexamples/preset-pod` });
    expect([status, outputs["exit-code"]]).to.deep.equal([0, "1"]);
    expect(existsSync(outputs["sarif-path"] ?? "")).to.equal(true);
    const warned = run({ version: "installed", "fail-on": "warning" }, {});
    expect([warned.outputs["exit-code"], warned.outputs["cost-delta"]]).to.deep.equal(["1", undefined]);
    expect(readFileSync(warned.outputs["comment-path"] ?? "", "utf8")).to.match(/^<!-- foresail:report:check -->/);
    expect(run({ version: "installed", policies: "shipped" }, {}).outputs["exit-code"]).to.equal("1");
  });

  it("ends with 2 for what cannot be read, and for a base that is not there", function () {
    this.timeout(60_000);
    const missing = run({ version: "installed", path: "nowhere" });
    expect([missing.status, missing.outputs]).to.deep.equal([0, { "exit-code": "2" }]);
    const { stdout, outputs } = run({ version: "installed", base: "origin/gone" });
    expect(stdout).to.match(/^::error title=foresail diff::.*fetch-depth: 0\./m);
    expect(readFileSync(join(folder, "output"), "utf8").match(/exit-code=\d/g)).to.deep.equal([
      "exit-code=0",
      "exit-code=2",
    ]);
    expect(outputs["comment-path"]).to.match(/check\.md$/);
  });

  it("runs no input as a script, and takes none for an option", function () {
    this.timeout(60_000);
    const trap = join(folder, "trap");
    const hostile = [`$(touch ${trap})`, `"; touch ${trap}; "`, `--write-baseline=${trap}`, `\`touch ${trap}\``];
    for (const text of hostile) {
      const ended = run({ version: "installed", path: text, base: text, budget: text, policies: text });
      expect([ended.status, ended.outputs["exit-code"], existsSync(trap)]).to.deep.equal([0, "2", false]);
      expect(run({ version: text }).status).to.equal(2);
    }
    expect(existsSync(trap)).to.equal(false);
  });

  it("takes the version of the package that it belongs to from npm", function () {
    this.timeout(60_000);
    expect(action.inputs["version"]?.default).to.equal(packageVersion());
    expect(run({}, {}).outputs["exit-code"]).to.equal("0");
    expect(readFileSync(join(folder, "npx"), "utf8")).to.equal(`--yes foresail@${packageVersion()}\n`);
  });

  it("has no expression in a script, and a token in the one step that comments", () => {
    expect(action.runs.using).to.equal("composite");
    for (const { run: script = "" } of action.runs.steps) expect(script).not.to.include("${{");
    const withToken = action.runs.steps.filter((step) => JSON.stringify(step).includes("token"));
    expect(withToken.map((step) => step.if?.startsWith("inputs.comment == 'true'"))).to.deep.equal([true]);
    const actions = action.runs.steps.flatMap(({ uses }) => uses ?? []);
    expect(actions.filter((one) => !/^(actions|github)\/[\w/-]+@v\d+$/.test(one))).to.deep.equal([]);
    for (const { value } of Object.values(action.outputs)) expect(value).to.match(/^\$\{\{ steps\.check\.outputs\./);
  });
});
