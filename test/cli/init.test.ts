import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { parse } from "yaml";
import { checkConfigIssues, checkConfigSchema } from "../../src/core/lint/config.ts";
import { packageRoot, packageVersion } from "../../src/package-root.ts";
import { foresailHere } from "./support/here.ts";

describe("foresail init", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-init-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  function empty(name: string): string {
    mkdirSync(join(folder, name));
    return join(folder, name);
  }

  function filesOf(directory: string): readonly string[] {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
      .sort();
  }

  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    [
      "github",
      [],
      [
        ".foresail.yaml",
        ".github/workflows/foresail-comment.yaml",
        ".github/workflows/foresail.yaml",
        ".pre-commit-config.yaml",
      ],
    ],
    ["gitlab", ["--ci", "gitlab"], [".foresail.yaml", ".gitlab/foresail.gitlab-ci.yml", ".pre-commit-config.yaml"]],
    ["none", ["--ci", "none", "--no-hook"], [".foresail.yaml"]],
  ];
  for (const [name, args, files] of rows) {
    it(`writes what ${name} needs, as YAML with this version pinned`, async () => {
      const directory = empty(name);
      const { code, stdout } = await foresailHere(["init", directory, ...args]);
      expect([code, filesOf(directory)]).to.deep.equal([0, files]);
      for (const file of files) {
        expect(stdout).to.include(`wrote ${join(directory, file)}\n`);
        const text = readFileSync(join(directory, file), "utf8");
        parse(text);
        if (file === ".foresail.yaml") continue;
        const versions = [...text.matchAll(/(?:foresail@|FORESAIL_VERSION: ")([^\s"$]+)/g)].map(
          ([, version]) => version,
        );
        expect([...new Set(versions)]).to.deep.equal([packageVersion()]);
      }
    });
  }

  it("writes for GitLab the template that others include", async () => {
    const directory = empty("gitlab-template");
    await foresailHere(["init", directory, "--ci", "gitlab"]);
    const [, ...written] = readFileSync(join(directory, ".gitlab/foresail.gitlab-ci.yml"), "utf8").split("\n");
    expect(written.join("\n")).to.equal(readFileSync(join(packageRoot(), "ci/gitlab.yml"), "utf8"));
  });

  it("states every key of the configuration, all commented out", async () => {
    const directory = empty("config");
    await foresailHere(["init", directory, "--ci", "none", "--no-hook"]);
    const text = readFileSync(join(directory, ".foresail.yaml"), "utf8");
    expect(parse(text)).to.equal(null);
    const uncommented = parse(text.replaceAll(/^#(?! [A-Z])/gm, ""));
    expect(Object.keys(uncommented)).to.have.members(Object.keys(checkConfigSchema.json["properties"] as object));
    expect(checkConfigIssues(uncommented), "check takes it").to.deep.equal([]);
    expect(Object.keys(uncommented.waivers[0])).to.deep.equal(["rule", "workspace", "path", "reason", "until"]);
  });

  it("lets the workflow that reads a fork write nothing, and the one that writes run nothing of the fork", async () => {
    const directory = empty("rights");
    await foresailHere(["init", directory]);
    const workflow = (name: string) => parse(readFileSync(join(directory, ".github/workflows", name), "utf8"));
    const [reads, writes] = [workflow("foresail.yaml"), workflow("foresail-comment.yaml")];
    expect([reads.on, reads.permissions]).to.deep.equal(["pull_request", { contents: "read" }]);
    expect(writes.permissions).to.deep.equal({ actions: "read", "pull-requests": "write" });
    const uses = writes.jobs.comment.steps.map(({ uses }: { readonly uses?: string }) => uses ?? "");
    expect(uses.filter((one: string) => one.startsWith("actions/checkout"))).to.deep.equal([]);
    // An expression in a script would be a text of the fork run by a shell.
    for (const { run = "" } of [...reads.jobs.foresail.steps, ...writes.jobs.comment.steps]) {
      expect(run).not.to.include("${");
    }
  });

  it("overwrites nothing without --force, writes nothing at all then, and no link ever", async () => {
    const directory = empty("taken");
    writeFileSync(join(directory, ".foresail.yaml"), "fail-on: never\n");
    const { code, stderr } = await foresailHere(["init", directory]);
    const taken = join(directory, ".foresail.yaml");
    expect([code, stderr]).to.deep.equal([2, `already there: ${taken}; nothing is written (--force overwrites)\n`]);
    expect(filesOf(directory)).to.deep.equal([".foresail.yaml"]);
    expect(readFileSync(taken, "utf8")).to.equal("fail-on: never\n");
    expect((await foresailHere(["init", directory, "--force"])).code).to.equal(0);
    expect(readFileSync(taken, "utf8")).to.include("#fail-on: error");
    const linked = empty("linked");
    symlinkSync(taken, join(linked, ".foresail.yaml"));
    const link = await foresailHere(["init", linked, "--force"]);
    expect([link.code, link.stderr]).to.deep.equal([
      2,
      `${join(linked, ".foresail.yaml")}: no plain file; nothing is written\n`,
    ]);
  });

  it("takes one directory that is there", async () => {
    expect((await foresailHere(["init", join(folder, "nowhere")])).stderr).to.include("no such directory");
    expect((await foresailHere(["init", folder, folder])).stderr).to.equal("foresail init takes one DIR\n");
  });
});
