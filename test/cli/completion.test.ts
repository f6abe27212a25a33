import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { commands } from "../../src/cli/commands.ts";
import { foresailHere } from "./support/here.ts";

// Prints what bash would offer for a line whose last word is being written.
const ASK = `words=("$@"); COMP_WORDS=("\${words[@]}"); COMP_CWORD=$(( \${#words[@]} - 1 )); _foresail; printf '%s\\n' "\${COMPREPLY[@]}"`;
const hasBash = spawnSync("bash", ["--version"]).status === 0;

describe("foresail completion", () => {
  let folder = "";
  let scripts: { readonly [shell: string]: string } = {};
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "foresail-completion-"));
    const made = await Promise.all(["bash", "zsh", "fish"].map((shell) => foresailHere(["completion", shell])));
    const [bash = "", zsh = "", fish = ""] = made.map(({ stdout }) => stdout);
    scripts = { bash, zsh, fish };
    writeFileSync(join(folder, "bash"), bash);
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Without a PATH: completing a word starts no program. */
  function offered(...words: readonly string[]): readonly string[] {
    const script = `set -eu; source ${join(folder, "bash")}; PATH=; ${ASK}`;
    const stdout = execFileSync("bash", ["--norc", "-c", script, "ask", "foresail", ...words], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] },
    });
    return stdout.split("\n").filter((line) => line !== "");
  }

  it("offers commands, options and values in bash itself", function () {
    if (!hasBash) this.skip();
    expect(offered("")).to.deep.equal([...commands.map(({ name }) => name), "--help", "--version"]);
    expect(offered("co")).to.deep.equal(["cost", "comment", "completion"]);
    expect(offered("cost", "--budget")).to.deep.equal(["--budget", "--budget-per-workspace"]);
    expect(offered("cost", "-o", "")).to.deep.equal(["text", "json", "markdown"]);
    expect(offered("cost", "x.yaml", "--output", "m")).to.deep.equal(["markdown"]);
    expect(offered("cost", "--output", "=", "j")).to.deep.equal(["json"]);
    expect(offered("cost", "--output", "=")).to.deep.equal(["text", "json", "markdown"]);
    expect(offered("completion", "")).to.deep.equal(["bash", "fish", "zsh"]);
    expect(offered("preset", "a")).to.deep.equal(["add"]);
    expect(offered("pin", "--check", "--f")).to.deep.equal(["--followers"]);
  });

  it("leaves operands, and values that may be anything, to bash: files", function () {
    if (!hasBash) this.skip();
    expect(offered("cost", "")).to.deep.equal([]);
    expect(offered("cost", "--catalog", "")).to.deep.equal([]);
    expect(scripts["bash"]).to.include("complete -o bashdefault -o default -F _foresail foresail");
  });

  it("names every option of every command in every shell", async () => {
    for (const { name, load } of commands) {
      const { run } = await load();
      for (const option of Object.keys(run.spec?.options ?? {})) {
        const flag = option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
        expect(scripts["bash"], name).to.include(`--${flag}`);
        expect(scripts["zsh"], name).to.include(`--${flag}`);
        expect(scripts["fish"], name).to.match(new RegExp(`from ${name}' -l ${flag}( |$)`, "m"));
      }
    }
  });

  it("quotes what a shell would read", () => {
    expect(scripts["zsh"])
      .to.match(/^#compdef foresail\n/)
      .and.include("model'\\''s own files");
    expect(scripts["fish"]).to.include("model\\'s own files");
  });

  it("knows three shells", async () => {
    for (const args of [
      ["completion"],
      ["completion", "tcsh"],
      ["completion", "toString"],
      ["completion", "bash", "zsh"],
    ]) {
      const { code, stderr } = await foresailHere(args);
      expect([code, stderr]).to.deep.equal([2, "foresail completion needs one of bash, zsh and fish\n"]);
    }
  });
});
