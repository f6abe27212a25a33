import { expect } from "chai";
import { describe, it } from "mocha";
import { type Document, LineCounter } from "yaml";
import { documentOf, documentsOf, MOST_LEVELS } from "../../../src/core/yaml/parse.ts";

const read = (text: string): readonly Document.Parsed[] => [...documentsOf(text, { lines: new LineCounter() })];
const merged = (text: string): Document.Parsed => documentOf(text, { lines: new LineCounter(), merge: true });
/** The first fault of the last document, and the line it is at. */
function faultOf(text: string): string {
  const lines = new LineCounter();
  const error = [...documentsOf(text, { lines, merge: true })].at(-1)?.errors[0];
  return error === undefined ? "none" : `${lines.linePos(error.pos[0]).line}: ${error.message}`;
}

describe("the reading of YAML", () => {
  it("gives documents as the library does", () => {
    const text = "a: 1\n---\n- x\n- {b: [1, 2]}\n--- |\n text\n";
    expect(read(text).map((document) => document.toJS())).to.deep.equal([{ a: 1 }, ["x", { b: [1, 2] }], "text\n"]);
    expect(read("")).to.have.length(0);
    expect(documentOf("a: 1\n---\nb: 2\n", { lines: new LineCounter() }).errors[0]?.message).to.match(/multiple/);
  });

  const nested: readonly (readonly [what: string, text: (levels: number) => string])[] = [
    ["lists in brackets", (n) => `${"[".repeat(n)}${"]".repeat(n)}`],
    ["maps in braces", (n) => `${"{a: ".repeat(n)}1${"}".repeat(n)}`],
    ["maps by indentation", (n) => Array.from({ length: n }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
    ["lists on one line", (n) => `${"- ".repeat(n)}a`],
    ["keys that are maps", (n) => `${"? ".repeat(n)}a`],
  ];
  for (const [what, text] of nested) {
    it(`ends at ${MOST_LEVELS} levels of ${what}`, () => {
      expect(faultOf(text(MOST_LEVELS - 2))).to.equal("none");
      expect(faultOf(`# one\n${text(MOST_LEVELS + 1)}`)).to.match(/^\d+: nested more than 256 levels deep$/);
    });
  }

  it("keeps what stands before the document in which it ends, and reads nothing behind it", () => {
    const documents = read(`a: 1\n---\n${"[".repeat(1000)}\n---\nb: 2\n`);
    expect(documents.map(({ errors }) => errors.length)).to.deep.equal([0, 1]);
    // Brackets in text are no levels.
    expect(faultOf(`a: |\n  ${"[".repeat(1000)}\nb: "${"[".repeat(1000)}"\n# ${"[".repeat(1000)}\n`)).to.equal("none");
  });

  it("finds a repeated key among many at once", () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join("\n");
    const startMs = performance.now();
    expect(faultOf(`${keys}\nk7: 2\n`)).to.equal("20001: Map keys must be unique");
    // A second and a half for the pairs of a map, where this takes a tenth of one.
    expect(performance.now() - startMs).to.be.lessThan(5000);
  });

  it("counts what aliases and merge keys stand for, not how many there are", () => {
    const list = `a: &a [${"0,".repeat(300)}0]\n`;
    const named = (count: number): string => `b: [${Array(count).fill("*a").join(", ")}]\n`;
    expect(faultOf(list + named(600))).to.equal("none");
    expect(faultOf(list + named(700))).to.match(/^2: aliases stand for more than 200000 values/);
    const map = `a: &a {${Array.from({ length: 300 }, (_, i) => `k${i}: 0`).join(", ")}}\n`;
    const merges = Array.from({ length: 400 }, (_, i) => `m${i}: {<<: *a}\n`).join("");
    expect(faultOf(map + merges)).to.match(/^\d+: aliases stand for/);
    expect(merged(`${map}b: {<<: *a, k0: 1}\n`).toJS().b.k0).to.equal(1);
  });

  it("refuses an alias inside of what it names, which has no end", () => {
    expect(faultOf("a: 1\nb: &b {c: [*b]}\n")).to.equal("2: alias *b stands inside what it names");
    expect(faultOf("a: &a 1\nb: &b {c: *a, d: &a [*a]}\n")).to.equal("2: alias *a stands inside what it names");
    expect(faultOf("a: &a 1\nb: [*a, &a {c: 2}, *a]\n")).to.equal("none");
  });

  it("does not gather faults without end", () => {
    const [document] = read(`x: ${"]".repeat(100_000)}\n`);
    expect(document?.errors.length).to.be.within(1, 102);
  });
});
