import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";

import { packageRoot } from "../../src/package-root.ts";
import { foresailHere } from "./support/here.ts";

const cases = join(packageRoot(), "test/cases/diff");

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
      const [json, markdown] = [join(folder, `${name}.json`), join(folder, `${name}.md`)];
      const { code, stdout, stderr } = await foresailHere(
        [
          ...["diff", "--base-dir", "../base", "-o", "text", "-o", `json=${json}`, "-o", `markdown=${markdown}`],
          ...(existsSync(join(home, "live.json")) ? ["--live", "../live.json"] : []),
          ...(existsSync(join(home, "catalogue")) ? ["--catalog", "../catalogue"] : []),
        ],
        { cwd: join(home, "head") },
      );
      expect([code, stderr]).to.deep.equal([0, ""]);
      expectGolden(join(home, "out.txt"), stdout);
      expectGolden(join(home, "out.json"), readFileSync(json, "utf8"));
      expectGolden(join(home, "out.md"), readFileSync(markdown, "utf8"));
    });
  }
});
