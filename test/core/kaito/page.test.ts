import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../../../src/package-root.ts";

const page = readFileSync(join(packageRoot(), "docs", "kaito.md"), "utf8");
const rows = page.split("\n").filter((line) => /^\| \d+ \|/.test(line));
const named = [...page.matchAll(/`(test\/[^` ]+\.ts) › ([^`]+)`/g)].map(([, file = "", title = ""]) => ({
  file,
  title,
}));

describe("docs/kaito.md", () => {
  it("has every divergence, weak spot and surprise, each fixed, kept or not yet", () => {
    const numbers = rows.map((row) => Number(/^\| (\d+)/.exec(row)?.[1]));
    const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, i) => i + 1);
    expect(numbers).to.deep.equal([...upTo(15), ...upTo(20), ...upTo(22)]);
    for (const row of rows) {
      expect(row).to.match(/\| (fixed\b|kept\b|not yet: )/);
      if (/\| fixed/.test(row)) expect(row).to.include(" › ");
      if (/\| kept/.test(row)) expect(row).to.include("because");
    }
  });

  it("names tests that exist", () => {
    expect(named.length).to.be.greaterThan(60);
    for (const { file, title } of named) {
      const path = join(packageRoot(), file);
      expect(existsSync(path), file).to.equal(true);
      const text = readFileSync(path, "utf8");
      for (const part of title.split("…")) expect(text, file).to.include(part.trim());
    }
  });

  it("names files that exist", () => {
    for (const [, file = ""] of page.matchAll(/\]\(([^)]+)\)/g)) {
      expect(existsSync(join(packageRoot(), "docs", file)), file).to.equal(true);
    }
  });
});
