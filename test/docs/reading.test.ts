import { expect } from "chai";
import { describe, it } from "mocha";
import { parsePage } from "./support/markdown.ts";
import { shellCommands } from "./support/shell.ts";
import { stepsOf } from "./support/steps.ts";

describe("a page as the tests of docs read it", () => {
  it("has anchors as GitHub makes them, equal headings numbered", () => {
    const { anchors } = parsePage("# A page\n\n## `/chat`, keys & [links](x.md)\n\n## Same\n\n## Same\n");
    expect([...anchors]).to.deep.equal(["a-page", "chat-keys--links", "same", "same-1"]);
  });

  it("has links of its text, and none of its code", () => {
    const { links } = parsePage(
      "[a](b.md#c) and `[no](no.md)`\n\n    [no](no.md)\n\n```\n[no](no.md)\n```\n[d](e.md)\n",
    );
    expect(links).to.deep.equal([
      { line: 1, text: "b.md#c" },
      { line: 8, text: "e.md" },
    ]);
  });

  it("has blocks of code, fenced or indented, in lists as well, and no paragraphs that go on", () => {
    const { blocks } = parsePage(
      "- text\n      goes on\n\n      a\n\n        b\n\n1. text\n   ```sh\n   c\n     d\n   ```\n",
    );
    expect(blocks.map(({ language, lines }) => [language, ...lines.map(({ text }) => text)])).to.deep.equal([
      ["", "  a", "", "    b", ""],
      ["sh", "c", "  d"],
    ]);
  });
});

describe("a page as it is walked", () => {
  const steps = (markdown: string) =>
    stepsOf({ path: "a.md", ...parsePage(markdown) }).map((step) =>
      step.kind === "save" ? [step.where, step.name, step.text] : [step.where, step.name, ...step.shown],
    );

  it("is every line of its indented and shell blocks, whatever it begins with", () => {
    expect(steps("    mkae demo   # fast\n\n    a \\\n      b\n\ntext\n\n```sh\nc\n```\n")).to.deep.equal([
      ["a.md:1", "mkae demo"],
      ["a.md:3", "a b"],
      ["a.md:9", "c"],
    ]);
  });

  it("is only the commands of a block that shows output, with what each shows", () => {
    expect(steps("    $ a b\n    one\n    two\n    $ c\n")).to.deep.equal([
      ["a.md:1", "a b", "one", "two"],
      ["a.md:4", "c", ""],
    ]);
  });

  it("has files to save in their place; pictures and other code are nothing to do", () => {
    expect(steps("```\na --> b\n```\n\n```yaml\na: 1\n```\n\n```yaml\n# a.yaml\na: 1\n```\n\n    b\n")).to.deep.equal([
      ["a.md:10", "a.yaml", "# a.yaml\na: 1\n"],
      ["a.md:14", "b"],
    ]);
  });
});

describe("a line of shell as the tests of docs read it", () => {
  const cases: readonly (readonly [string, readonly (readonly string[])[]])[] = [
    ["foresail check  a # b", [["foresail", "check", "a"]]],
    ["A=1 make x | tee y && z", [["make", "x"], ["tee", "y"], [], ["z"]]],
    [`a "b c" 'd "e"' f\\ g "h\\"i"`, [["a", "b c", 'd "e"', "f g", 'h"i']]],
    ["a < in > out 2>err b", [["a", "b"]]],
    ["source <(foresail completion bash)", [["source"], ["foresail", "completion", "bash"], []]],
    ['a --b "$(c d)"', [["a", "--b", "$(c d)"]]],
  ];
  for (const [line, commands] of cases) {
    it(`is ${commands.length} commands: ${line}`, () => expect(shellCommands(line)).to.deep.equal(commands));
  }
});
