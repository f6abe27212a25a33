import { execFileSync, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { foresailHere } from "./support/here.ts";
import { program } from "./support/program.ts";

const workspace = (name: string, preset: string): string => `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: { name: ${name} }
resource: { instanceType: Standard_NC24ads_A100_v4, labelSelector: { matchLabels: { apps: m } } }
inference: { preset: { name: ${preset} } }
`;

describe("foresail diff --base", () => {
  let folder = "";
  let repository = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-diff-git-"));
    repository = join(folder, "repository");
    mkdirSync(repository);
    git("init", "--quiet", "--initial-branch", "main");
    put("deploy/phi.yaml", workspace("phi", "phi-4"));
    put("deploy/overlay/kustomization.yaml", "resources: [../../library]\nnamespace: prod\n");
    put("library/kustomization.yaml", "resources: [big.yaml]\n");
    put("library/big.yaml", workspace("big", "phi-4"));
    put("apps/one.yaml", workspace("one", "phi-4"));
    symlinkSync("../apps/one.yaml", join(repository, "deploy", "linked.yaml"));
    symlinkSync("/etc/hostname", join(repository, "deploy", "outside.yaml"));
    commit("first");
    git("tag", "first");
    git("checkout", "--quiet", "-b", "change");
    put("deploy/phi.yaml", workspace("phi", "phi-4-mini-instruct"));
    commit("change");
    git("checkout", "--quiet", "main");
    put("deploy/later.yaml", workspace("later", "phi-4"));
    commit("later");
    git("checkout", "--quiet", "change");
  });
  after(() => rmSync(folder, { recursive: true }));

  function git(...args: string[]): string {
    return gitIn(repository, args);
  }

  function put(path: string, text: string): void {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), text);
  }

  function commit(message: string): void {
    git("add", "--all");
    git("commit", "--quiet", "--message", message);
  }

  const verdicts = async (args: readonly string[], cwd = repository): Promise<readonly string[]> => {
    const { code, stdout, stderr } = await foresailHere(["diff", "-o", "json", ...args], { cwd });
    expect([code, stderr]).to.deep.equal([0, ""]);
    const { compared } = JSON.parse(stdout);
    return compared.map(
      ({ verdict, subject }: { verdict: string; subject: { namespace: string; name: string } }) =>
        `${verdict} ${subject.namespace}/${subject.name}`,
    );
  };

  it("compares with where the branch began, and leaves index and work tree as they are", async () => {
    const index = readFileSync(join(repository, ".git/index"));
    const status = git("status", "--porcelain");
    expect(await verdicts(["--base", "main", "deploy"])).to.deep.equal([
      "changed default/phi",
      "keeps default/one",
      "keeps prod/big",
    ]);
    expect(readFileSync(join(repository, ".git/index")).equals(index)).to.equal(true);
    expect(git("status", "--porcelain")).to.equal(status);
  });

  it("takes a path from the current directory, and the file a kustomization stands on from elsewhere", async () => {
    expect(await verdicts(["--base", "first", "phi.yaml"], join(repository, "deploy"))).to.deep.equal([
      "changed default/phi",
    ]);
    expect(await verdicts(["--base", "first", "overlay"], join(repository, "deploy"))).to.deep.equal([
      "keeps prod/big",
    ]);
  });

  it("follows no file name: a renamed file changes nothing, a path that is new has an empty base", async () => {
    renameSync(join(repository, "apps/one.yaml"), join(repository, "apps/renamed.yaml"));
    expect(await verdicts(["--base", "first", "apps"])).to.deep.equal(["keeps default/one"]);
    expect(await verdicts(["--base", "first", "apps/renamed.yaml"])).to.deep.equal(["added default/one"]);
    renameSync(join(repository, "apps/renamed.yaml"), join(repository, "apps/one.yaml"));
    rmSync(join(repository, "library"), { recursive: true });
    expect(await verdicts(["--base", "first", "library"])).to.deep.equal(["removed default/big"]);
    git("checkout", "--quiet", "--", "library");
  });

  it("says with its exit code whether anything differs, if asked", async () => {
    for (const [paths, code] of [
      ["deploy", 1],
      ["library", 0],
    ] as const) {
      const args = ["diff", "--base", "main", "--exit-code", paths];
      expect((await foresailHere(args, { cwd: repository })).code).to.equal(code);
    }
  });

  it("explains what it cannot compare with", async () => {
    const shallow = join(folder, "shallow");
    gitIn(folder, ["clone", "--quiet", "--depth", "1", "--branch", "change", `file://${repository}`, shallow]);
    const wrong: readonly (readonly [readonly string[], string, string])[] = [
      [["--base", "nowhere", "deploy"], repository, "--base nowhere is no commit of this repository; fetch it first"],
      [
        ["--base", "main", "deploy"],
        shallow,
        "this clone is shallow: fetch all of the history (actions/checkout: fetch-depth: 0",
      ],
      [["--base=--upload-pack=x", "deploy"], repository, "--base --upload-pack=x is no commit"],
      [
        ["--base", "main", "../outside"],
        repository,
        "../outside: with --base a path is relative and inside the repository",
      ],
      [["--base", "main", "missing.yaml"], repository, "missing.yaml: no such file or directory"],
      [["--base", "main", "-"], repository, "- has no former state"],
      [["--base", "main", "--base-dir", "x"], repository, "one of --base REF and --base-dir DIR"],
      [["--base", "main"], folder, "--base needs a git repository"],
      [["--base", "main"], join(repository, ".git"), "--base needs a work tree"],
    ];
    for (const [args, cwd, message] of wrong) {
      const { code, stdout, stderr } = await foresailHere(["diff", ...args], { cwd });
      expect([code, stdout], args.join(" ")).to.deep.equal([2, ""]);
      expect(stderr).to.include(message);
    }
    const without = await foresailHere(["diff", "--base", "main"], { cwd: repository, env: { PATH: folder } });
    expect([without.code, without.stderr]).to.deep.equal([
      2,
      "--base needs git, which is not on PATH: install it, or name a directory with --base-dir\n",
    ]);
  });

  it("names a broken file of base by its own path", async () => {
    put("deploy/broken.yaml", "apiVersion: kaito.sh/v1beta1\nkind: [\n");
    commit("broken");
    git("tag", "broken");
    rmSync(join(repository, "deploy/broken.yaml"));
    const { code, stderr } = await foresailHere(["diff", "--base", "broken", "deploy"], { cwd: repository });
    expect([code, stderr.split(":").slice(0, 2).join(":")]).to.deep.equal([2, "in base broken: deploy/broken.yaml"]);
    git("reset", "--quiet", "--hard", "HEAD~1");
  });

  it("leaves no directory behind, whether it ends or is interrupted", async () => {
    const temporary = join(folder, "tmp");
    mkdirSync(temporary);
    const env = { PATH: process.env["PATH"], TMPDIR: temporary };
    await foresailHere(["diff", "--base", "main", "deploy"], { cwd: repository, env });
    expect(readdirSync(temporary)).to.deep.equal([]);
    // Enough that it is still being read when the signal comes.
    const many = Array.from({ length: 3000 }, (_, i) => workspace(`w${i}`, "phi-4")).join("---\n");
    put("deploy/many.yaml", many);
    commit("many");
    const child = spawn(process.execPath, [program, "diff", "--base", "HEAD", "deploy"], {
      cwd: repository,
      env,
      stdio: "ignore",
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    while (readdirSync(temporary).length === 0 && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGINT");
    expect([await ended, readdirSync(temporary)]).to.deep.equal([130, []]);
  }).timeout(60_000);
});

function gitIn(directory: string, args: readonly string[]): string {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...identity, ...args], {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}
