import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { applyEdits } from "../../../src/cli/input/edit/apply-edits.ts";
import { unifiedDiff } from "../../../src/core/pin/unified-diff.ts";
import type { Edit } from "../../../src/core/report/report.ts";

const twenty = Array.from({ length: 20 }, (_, i) => `line ${i + 1}`);

function edit(line: number, endLine: number, text: string): Edit {
  return { file: "f", line, endLine, text };
}

describe("the unified diff of edits", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-diff-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const rows: readonly (readonly [string, string, readonly Edit[]])[] = [
    ["an insertion", `${twenty.join("\n")}\n`, [edit(10, 10, "line 10\nnew")]],
    ["the first line", `${twenty.join("\n")}\n`, [edit(1, 1, "new\nline 1")]],
    ["the last line", `${twenty.join("\n")}\n`, [edit(20, 20, "other")]],
    ["a last line without its end", twenty.join("\n"), [edit(20, 20, "line 20\nnew")]],
    ["an endless last line that goes", twenty.join("\n"), [edit(20, 20, "")]],
    ["lines before an endless last one", twenty.join("\n"), [edit(19, 19, "line 19\nnew")]],
    ["lines that go", `${twenty.join("\n")}\n`, [edit(5, 7, "")]],
    [
      "far and near changes, given in any order",
      `${twenty.join("\n")}\n`,
      [edit(18, 18, "x"), edit(1, 2, "y"), edit(4, 4, "z")],
    ],
    ["lines from Windows", `${twenty.join("\r\n")}\r\n`, [edit(3, 3, "line 3\nnew"), edit(15, 16, "one")]],
  ];
  for (const [name, text, edits] of rows) {
    it(`is what git and applyEdits make the same file of: ${name}`, () => {
      writeFileSync(join(folder, "f"), text);
      const { status, stderr } = spawnSync("git", ["apply", "--whitespace=nowarn", "-"], {
        cwd: folder,
        input: unifiedDiff("f", text, edits),
        encoding: "utf8",
      });
      expect([status, stderr]).to.deep.equal([0, ""]);
      const { files } = applyEdits(new Map([["f", text]]), [edits]);
      expect(readFileSync(join(folder, "f"), "utf8")).to.equal(files.get("f"));
    });
  }

  it("shows three lines around a change, and joins what they would overlap", () => {
    const text = `${twenty.join("\n")}\n`;
    const diff = unifiedDiff("f", text, [edit(10, 10, "line 10\nnew")]);
    expect(diff).to.equal(
      "--- a/f\n+++ b/f\n@@ -8,6 +8,7 @@\n line 8\n line 9\n line 10\n+new\n line 11\n line 12\n line 13\n",
    );
    const joined = unifiedDiff("f", text, [edit(5, 5, "a"), edit(11, 11, "b")]);
    expect(joined.match(/^@@/gm)).to.have.length(1);
    expect(unifiedDiff("f", text, [])).to.equal("");
  });
});
