import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../src/package-root.ts";

const FAULTS = Array.from({ length: 29 }, (_, i) => `N${i + 1}`);
const root = packageRoot();

/** Numbers with which titles in a test file begin, as in `it("N12, N13: refused"`. */
function named(file: string): ReadonlySet<string> {
  const text = readFileSync(join(root, "test", file), "utf8");
  const titles = text.matchAll(/[(,]\s*["`]((?:N\d+, )*N\d+): /g);
  return new Set([...titles].flatMap(([, numbers = ""]) => numbers.split(", ")));
}

describe("the table of named faults in docs/testing.md", () => {
  const text = readFileSync(join(root, "docs", "testing.md"), "utf8");
  const rows = [...text.matchAll(/^\| (N\d+) \| [^|]+ \| (.*) \|$/gm)].map(
    ([, number = "", tests = ""]) => [number, [...tests.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file)] as const,
  );

  it("has each fault once, with a test at least", () => {
    expect(rows.map(([number]) => number)).to.deep.equal(FAULTS);
    expect(rows.filter(([, files]) => files.length === 0)).to.deep.equal([]);
  });

  it("names files whose tests say so in their titles", () => {
    const untrue = rows.flatMap(([number, files]) =>
      files.filter((file) => !named(file).has(number)).map((file) => `${number}: ${file}`),
    );
    expect(untrue).to.deep.equal([]);
  });
});
