import { expect } from "chai";
import { describe, it } from "mocha";
import { formats } from "../../../src/core/report/formats.ts";
import { plainOptions } from "../../../src/core/report/options.ts";
import { finding, report, running, workspace } from "./support/sample.ts";
import { codeQualityFaults, junitFaults, sarifFaults } from "./support/schemas.ts";

const told = report(
  [finding({ code: "gitops/unpinned", level: "notice", message: "smaller would do" })],
  [workspace("phi", running)],
);
const printed = (name: string, of = told): string =>
  formats.find((one) => one.name === name)?.print(of, plainOptions) ?? "";

describe("a notice", () => {
  it("counts neither as error nor as warning, and is not mentioned where there is none", () => {
    expect(told.summary).to.include({ errors: 0, warnings: 0, notices: 1, waived: 0 });
    expect(printed("text")).to.match(
      /^deploy\/phi\.yaml:6:3 notice gitops\/unpinned Workspace models\/phi: smaller would do\n1 workspace, 0 errors, 0 warnings, 1 notice, 0 waived, /,
    );
    const none = report([], [workspace("phi", running)]);
    expect(none.summary).to.not.have.property("notices");
    expect(printed("text", none)).to.match(/0 warnings, 0 waived/);
  });

  it("is a note, an info, an output of a case that passes, and folded behind the rest", async () => {
    expect(JSON.parse(printed("sarif")).runs[0].results[0].level).to.equal("note");
    expect(sarifFaults(printed("sarif"))).to.deep.equal([]);
    expect(JSON.parse(printed("gitlab"))[0].severity).to.equal("info");
    expect(codeQualityFaults(printed("gitlab"))).to.deep.equal([]);
    expect(printed("junit"))
      .to.match(/failures="0"/)
      .and.to.match(/<system-out>[^<]*smaller would do/);
    expect(await junitFaults([printed("junit")])).to.deep.equal([]);
    expect(printed("github")).to.match(/^::notice file=deploy\/phi\.yaml,line=6/);
    expect(printed("markdown"))
      .to.match(/✅ foresail check: .*1 notice/)
      .and.to.match(/<summary>1 notice<\/summary>/);
    expect(printed("html"))
      .to.match(/Nothing to mend/)
      .and.to.match(/<span class="tag plain">1 notice<\/span>/);
  });

  it("comes behind errors and warnings where there is no room", () => {
    const many = Array.from({ length: 4999 }, (_, i) => finding({ code: "preset/unknown", path: `a${i}` }));
    const notices = Array.from({ length: 3 }, (_, i) =>
      finding({
        code: "gitops/unpinned",
        level: "notice",
        path: `0${i}`,
        place: { file: "a", line: i + 1, column: 1 },
      }),
    );
    const { results } = JSON.parse(printed("sarif", report([...notices, ...many]))).runs[0];
    expect(results.filter(({ level }: { level: string }) => level === "note")).to.have.length(1);
  });
});
