import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { plainOptions } from "../../../src/core/report/options.ts";
import { text } from "../../../src/core/report/text.ts";
import { hostileReport, steering } from "./support/hostile.ts";
import { finding, report, running, sample, workspace } from "./support/sample.ts";

describe("text", () => {
  it("is one line for each finding, and a summary", () => {
    expect(text(sample, plainOptions).split("\n")).to.deep.equal([
      "deploy/phi.yaml:7:3 warning field/ignored Workspace models/phi: resource.preferredNodes is wrong (fix: remove it)",
      'deploy/phi.yaml:10:5 error preset/unknown Workspace models/phi: inference.preset.name "phi-44" is not in catalogue 2026.11.0: did you mean phi-4? (fix: use phi-4)',
      "2 workspaces, 1 error, 1 warning, 1 waived, $5,362.58/month, catalogue 2026.11.0",
      "",
    ]);
  });

  it("shows waived findings when asked, with who says why until when", () => {
    expect(text(sample, { ...plainOptions, waived: true })).to.match(
      /^deploy\/phi\.yaml:6:3 waived instance-type\/retired .* \(waived by annotation until 2027-01-31: moves in January\)$/m,
    );
  });

  it("always ends with the summary, also when there is nothing", () => {
    expect(text(report([]), plainOptions)).to.equal(
      "0 workspaces, 0 errors, 0 warnings, 0 waived, $0.00/month, catalogue 2026.11.0\n",
    );
    const pods = { ...report([]), summary: { ...report([]).summary, presetTemplates: 1 } };
    expect(text(pods, plainOptions)).to.match(/^0 workspaces, 1 template of preset pods, 0 errors/);
  });

  it("names no object where a finding is about none, and colours only when told", () => {
    const { subject: _, ...bare } = finding({ code: "preset/unknown" });
    expect(text(report([bare]), plainOptions)).to.match(/ error preset\/unknown: resource/);
    expect(text(sample, plainOptions)).to.not.contain("\x1b");
    expect(text(sample, { ...plainOptions, colour: true })).to.contain("\x1b[31merror\x1b[0m preset/unknown");
  });

  it("sums replicas and months: two replicas at 3.673 an hour are 5,362.58 in 730 hours", () => {
    expect(report([], [workspace("a", running)]).summary).to.deep.include({
      hourlyPriceUsd: 7.346,
      monthlyPriceUsd: 5362.58,
    });
  });

  it("starts with a command of no log, whatever a file is called", () => {
    const named = (file: string): string =>
      text(report([finding({ code: "preset/unknown", place: { file, line: 1, column: 1 } })]), plainOptions);
    expect(named("::error::x.yaml")).to.match(/^\.\/::error::x\.yaml:1:1 error/);
    expect(named("##[error]x.yaml")).to.match(/^##\\x5berror\]x\.yaml:1:1 error/);
  });

  it("stays one line for each finding whatever names, messages and paths hold, and steers no terminal", () => {
    fc.assert(
      fc.property(hostileReport, (given) => {
        const printed = text(given, { ...plainOptions, waived: true });
        expect(printed.split("\n")).to.have.lengthOf(given.findings.length + 2);
        expect(printed).to.not.match(steering);
      }),
    );
  });
});
