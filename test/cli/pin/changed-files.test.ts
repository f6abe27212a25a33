import { expect } from "chai";
import { describe, it } from "mocha";
import { changedFiles } from "../../../src/cli/pin/changed-files.ts";
import { UsageError } from "../../../src/option.ts";

const TEXT = "kind: Workspace\nmetadata:\n  name: phi\n";
const PINNED = "  name: phi\n  annotations: {foresail.dev/catalog: 2026.11.0}";
const given = new Map([["f", TEXT]]);

describe("files that a pin changes", () => {
  it("change in nothing but the annotation", () => {
    const [file] = [...changedFiles([[{ file: "f", line: 3, endLine: 3, text: PINNED }]], given).values()];
    expect(file?.after).to.equal(`kind: Workspace\nmetadata:\n${PINNED}\n`);
  });

  it("are none that the Workspaces are only made of", () => {
    // Lines of what a tool printed, in the file it was told to print.
    for (const [line, text] of [
      [2, PINNED],
      [1, `kind: Kustomization\n${PINNED}`],
      [3, "  name: phi # foresail.dev/catalog"],
    ] as const) {
      expect(() => changedFiles([[{ file: "f", line, endLine: line, text }]], given), text).to.throw(UsageError, /^f/);
    }
  });

  it("have one Workspace a line", () => {
    const edit = { file: "f", line: 3, endLine: 3, text: PINNED };
    const other = { ...edit, text: PINNED.replace("2026", "2027") };
    expect(() => changedFiles([[edit], [other]], given)).to.throw(
      UsageError,
      /^f:3: two Workspaces stand on this line/,
    );
    expect(changedFiles([[edit], [edit]], given).get("f")?.edits).to.deep.equal([edit]);
  });
});
