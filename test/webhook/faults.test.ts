import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../../src/package-root.ts";
import { DEFAULT_LOAD } from "../../webhook/overload.ts";

const root = packageRoot();
const page = readFileSync(join(root, "docs", "webhook-faults.md"), "utf8");
const rows = [...page.matchAll(/^\| ([A-Z]\d+) \|.*\| `([^`]+)`: (.*) \|$/gm)].map(([, id, file, title]) => ({
  id: String(id),
  file: String(file),
  title: String(title),
}));

describe("docs/webhook-faults.md", () => {
  it("has every fault, and each names a test that is there", () => {
    const ids = [...Array.from({ length: 21 }, (_, i) => `W${i + 1}`), "S1", "S2", "S3", "S4", "S5", "F1"];
    expect(rows.map(({ id }) => id)).to.deep.equal(ids);
    const absent = rows.filter(({ file, title }) => {
      const path = join(root, file);
      return !existsSync(path) || !readFileSync(path, "utf8").includes(title);
    });
    expect(absent).to.deep.equal([]);
  });

  it("states the bounds that hold", () => {
    expect(DEFAULT_LOAD).to.deep.equal({
      mostInFlight: 1_000,
      mostBodyBytes: 64 * 1024 ** 2,
      longestTurnMs: 1_000,
      mostConnections: 1_000,
    });
    for (const bound of ["| 64 MiB |", "not complete | 1,000 |", "event loop | 1 s |", "connections | 1,000 |"]) {
      expect(page).to.include(bound);
    }
  });
});
