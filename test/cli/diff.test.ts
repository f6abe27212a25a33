import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";

import { packageRoot } from "../../src/package-root.ts";
import { withoutStyle } from "../support/page.ts";
import { foresailHere } from "./support/here.ts";

const cases = join(packageRoot(), "test/cases/diff");
// A page is long and the same everywhere else: a few cases show all of its parts.
const pages: readonly string[] = ["added-all", "moved", "refused-hostile", "size", "unchanged"];

/** `UPDATE_GOLDEN=1 make test-fast` writes what is printed instead of comparing it. */
function expectGolden(file: string, text: string): void {
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  expect(text).to.equal(readFileSync(file, "utf8"));
}

describe("foresail diff", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-diff-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const name of readdirSync(cases)) {
    it(`prints ${name} as it did`, async () => {
      const home = join(cases, name);
      const [json, markdown, page] = ["json", "md", "html"].map((end) => join(folder, `${name}.${end}`)) as [
        string,
        string,
        string,
      ];
      const { code, stdout, stderr } = await foresailHere(
        [
          ...["diff", "--base-dir", "../base", "-o", "text", "-o", `json=${json}`, "-o", `markdown=${markdown}`],
          ...["-o", `html=${page}`],
          ...(existsSync(join(home, "live.json")) ? ["--live", "../live.json"] : []),
          ...(existsSync(join(home, "catalogue")) ? ["--catalog", "../catalogue"] : []),
        ],
        { cwd: join(home, "head") },
      );
      expect([code, stderr]).to.deep.equal([0, ""]);
      expectGolden(join(home, "out.txt"), stdout);
      expectGolden(join(home, "out.json"), readFileSync(json, "utf8"));
      expectGolden(join(home, "out.md"), readFileSync(markdown, "utf8"));
      if (pages.includes(name)) expectGolden(join(home, "out.html"), withoutStyle(readFileSync(page, "utf8")));
    });
  }

  it("refuses what it cannot read or print", async () => {
    const home = join(cases, "preset");
    const live = (name: string, text: string): readonly string[] => {
      const file = join(folder, name);
      writeFileSync(file, text);
      return ["--live", file];
    };
    const item = (more: object): string =>
      JSON.stringify({ apiVersion: "kaito.sh/v1beta1", kind: "Workspace", ...more });
    const metadata = { name: "phi", namespace: "models" };
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [["-o", "html5"], "there is no format"],
      [["-o", "jsn"], "did you mean json?"],
      [["-o", "text", "-o", "json"], "two outputs go to standard output"],
      [["-o", "json="], "name the file after ="],
      [["-o", "json=/nowhere/x"], "/nowhere/x cannot be written: ENOENT: no such file or directory"],
      [["--key", "a -->"], "--key takes up to 64"],
      [["--live", "/nowhere.json"], "--live /nowhere.json"],
      [live("a.json", "kind: List"), "is not JSON: make it with kubectl"],
      [live("b.json", '{"items": [{"kind": "Pod"}]}'), "item 0 is no Workspace"],
      [live("c.json", item({})), "item 0 has no name and namespace"],
      [live("d.json", item({ metadata, expansion: { nodeCount: "two" } })), "item 0"],
      [live("e.json", item({ metadata, status: { conditions: "none" } })), "item 0"],
      [["../../other"], "with --base-dir a path is one below the current directory"],
      [["missing.yaml"], "missing.yaml: no such file"],
    ];
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = await foresailHere(["diff", "--base-dir", "../base", ...args], {
        cwd: join(home, "head"),
      });
      expect([code, stdout], args.join(" ")).to.deep.equal([2, ""]);
      expect(stderr).to.include(message);
    }
  });

  it("tells its options, examples and exit codes", async () => {
    const { code, stdout } = await foresailHere(["diff", "--help"]);
    expect([code, stdout.includes("foresail diff --base origin/main"), stdout.includes("Exit codes:")]).to.deep.equal([
      0,
      true,
      true,
    ]);
  });
});
