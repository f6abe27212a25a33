import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { formats } from "../../../src/core/report/formats.ts";
import { plainOptions } from "../../../src/core/report/options.ts";
import { codeQualityFaults, junitFaults, sarifFaults } from "../../core/report/support/schemas.ts";
import { withoutStyle } from "../../support/page.ts";
import { cases, reportOfCase } from "./support/case.ts";

/** `UPDATE_GOLDEN=1 make test-fast` writes what is printed instead of comparing it. */
function expectGolden(file: string, text: string): void {
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).to.equal(existsSync(file) ? readFileSync(file, "utf8") : "no golden file");
}

const names = readdirSync(cases);

describe("foresail check, format by format", () => {
  for (const name of names) {
    const report = reportOfCase(name);
    for (const { name: format, print } of formats) {
      it(`says of ${name} in ${format} what it said`, () => {
        const text = print(report, plainOptions);
        expectGolden(join(cases, name, "out", format), format === "html" ? withoutStyle(text) : text);
      });
    }
  }

  it("gives what the schemas of SARIF, JUnit and GitLab take, in every case", async () => {
    const printed = (format: string): readonly string[] =>
      names.map((name) => readFileSync(join(cases, name, "out", format), "utf8"));
    expect(printed("sarif").flatMap(sarifFaults)).to.deep.equal([]);
    expect(printed("gitlab").flatMap(codeQualityFaults)).to.deep.equal([]);
    expect(await junitFaults(printed("junit"))).to.deep.equal([]);
  });

  it("has at least 30 cases, which together raise most of the rules", () => {
    expect(names.length).to.be.at.least(30);
    const raised = new Set(names.flatMap((name) => reportOfCase(name).findings.map(({ code }) => code)));
    expect(raised.size).to.be.at.least(95);
  });
});
