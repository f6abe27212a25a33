import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { packageRoot } from "../../src/package-root.ts";
import { program } from "../cli/support/program.ts";

const root = packageRoot();

interface Hook {
  readonly [key: string]: unknown;
  readonly id: string;
  readonly language: string;
  readonly entry: string;
  readonly files: string;
}
const hooks: readonly Hook[] = parse(readFileSync(join(root, ".pre-commit-hooks.yaml"), "utf8"));

// From pre-commit's documentation, "Creating new hooks".
const KEYS = [
  "id",
  "name",
  "entry",
  "language",
  "files",
  "exclude",
  "types",
  "types_or",
  "exclude_types",
  "always_run",
  "fail_fast",
  "verbose",
  "pass_filenames",
  "require_serial",
  "description",
  "language_version",
  "minimum_pre_commit_version",
  "args",
  "stages",
  "additional_dependencies",
]; // prettier-ignore

describe("the hooks for pre-commit", () => {
  it("have the keys that pre-commit documents, and those it requires", () => {
    expect(hooks.map(({ id, language }) => [id, language])).to.deep.equal([
      ["foresail-check", "node"],
      ["foresail-check-system", "system"],
    ]);
    for (const hook of hooks) {
      expect(Object.keys(hook).filter((key) => !KEYS.includes(key))).to.deep.equal([]);
      for (const key of ["id", "name", "entry", "language"]) expect(hook[key]).to.be.a("string");
      expect(hook["pass_filenames"]).to.equal(true);
    }
  });

  it("judge this repository's own files as pre-commit would hand them over, and find no error", function () {
    this.timeout(60_000);
    const tracked = execFileSync("git", ["ls-files", "examples", "manifests/base", "manifests/crds"], {
      cwd: root,
      encoding: "utf8",
    });
    for (const { entry, files } of hooks) {
      const matching = tracked.split("\n").filter((file) => new RegExp(files).test(file));
      expect(matching).to.include("examples/inference/kaito_workspace_phi_3.yaml");
      expect(matching).to.include("manifests/base/kustomization.yaml");
      const [name, ...args] = entry.split(" ");
      expect(name).to.equal("foresail");
      const run = spawnSync(process.execPath, [program, ...args, ...matching], { cwd: root, encoding: "utf8" });
      expect([run.status, run.stderr]).to.deep.equal([0, ""]);
      expect(run.stdout).to.match(/4 workspaces, 1 template of preset pods, 0 errors/);
    }
  });

  it("are used by this repository itself, with the program of the checkout", function () {
    this.timeout(60_000);
    const config = parse(readFileSync(join(root, ".pre-commit-config.yaml"), "utf8"));
    const [own]: readonly Hook[] = config.repos.flatMap((repo: { readonly hooks: readonly Hook[] }) => repo.hooks);
    if (own === undefined) throw new Error("no hook of our own");
    const { files: _, entry: __, description: ___, ...shipped } = hooks.find(({ id }) => id === own.id) ?? ({} as Hook);
    expect(own).to.deep.include(shipped);
    const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).split("\n");
    const matching = tracked.filter((file) => new RegExp(own.files).test(file));
    expect(matching).to.include("examples/inference/kaito_workspace_phi_3.yaml");
    const [file = "", ...args] = own.entry.split(" ");
    const run = spawnSync(join(root, file), [...args, ...matching], { cwd: root, encoding: "utf8" });
    expect([run.status, run.stderr]).to.deep.equal([0, ""]);
    expect(run.stdout).to.match(/4 workspaces, 1 template of preset pods, 0 errors/);
  });
});
