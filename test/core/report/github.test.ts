import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Level } from "../../../src/core/issue.ts";
import { github } from "../../../src/core/report/github.ts";
import { plainOptions } from "../../../src/core/report/options.ts";
import { hostileReport, steering } from "./support/hostile.ts";
import { finding, report, sample } from "./support/sample.ts";

const OURS = /^::(error|warning|notice) [^:]*::/;

describe("github", () => {
  it("is a command for each finding that is not waived, then the summary", () => {
    expect(github(sample, { ...plainOptions, directory: "apps" }).split("\n")).to.deep.equal([
      '::error file=apps/deploy/phi.yaml,line=10,endLine=10,col=5,title=preset/unknown Workspace models/phi::inference.preset.name "phi-44" is not in catalogue 2026.11.0: did you mean phi-4? (fix: use phi-4)',
      "::warning file=apps/deploy/phi.yaml,line=7,endLine=7,col=3,title=field/ignored Workspace models/phi::resource.preferredNodes is wrong (fix: remove it)",
      "2 workspaces, 1 error, 1 warning, 1 waived, $5,362.58/month, catalogue 2026.11.0",
      "",
    ]);
  });

  it("escapes as GitHub's toolkit does: % first, then what ends a property or a line", () => {
    const place = { file: "50%,a:b.yaml", line: 1, column: 1 };
    const text = github(
      report([finding({ code: "preset/unknown", place, message: "100% of a\nb, c:d" })]),
      plainOptions,
    );
    expect(text).to.contain("::error file=50%25%2Ca%3Ab.yaml,line=1,");
    expect(text).to.contain("::100%25 of a\\nb, c:d\n");
  });

  it("shows ten errors, ten warnings and nine notices, and counts the rest in a tenth", () => {
    const many = (level: Level, count: number) =>
      Array.from({ length: count }, (_, i) => finding({ code: "preset/unknown", level, path: `field${i}` }));
    const all = report([...many("error", 12), ...many("warning", 11), ...many("notice", 20)]);
    const lines = github(all, plainOptions).split("\n");
    const of = (word: string): number => lines.filter((line) => line.startsWith(`::${word} `)).length;
    expect([of("error"), of("warning"), of("notice")]).to.deep.equal([10, 10, 10]);
    expect(lines.at(-3)).to.equal(
      "::notice title=foresail check::2 more errors, 1 more warning and 11 more notices: the job summary or -o text has all",
    );
    expect(github(report([...many("error", 10), ...many("notice", 9)]), plainOptions)).to.not.contain(
      "the job summary",
    );
  });

  it("names no file for standard input", () => {
    const place = { file: "-", line: 3, column: 1 };
    expect(github(report([finding({ code: "preset/unknown", place })]), plainOptions)).to.match(
      /^::error title=preset/,
    );
  });

  it("says no command but ours whatever names, messages and paths hold, and steers no terminal", () => {
    fc.assert(
      fc.property(hostileReport, (given) => {
        const printed = github(given, plainOptions);
        const lines = printed.split("\n").filter((line) => /^\s*::|##\w*\[/.test(line));
        const open = given.findings.filter(({ waiver }) => waiver === undefined);
        expect(lines.every((line) => OURS.test(line))).to.equal(true);
        const shown = { error: 10, warning: 10, notice: 9 };
        const count = (level: keyof typeof shown): number => open.filter((one) => one.level === level).length;
        const expected = (["error", "warning", "notice"] as const).map((one) => Math.min(count(one), shown[one]));
        expect(lines.filter((line) => !line.startsWith("::notice title=foresail check:"))).to.have.lengthOf(
          expected.reduce((sum, one) => sum + one, 0),
        );
        expect(printed).to.not.match(steering);
      }),
    );
  });
});
