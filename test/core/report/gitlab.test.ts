import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { gitlab } from "../../../src/core/report/gitlab.ts";
import { plainOptions } from "../../../src/core/report/options.ts";
import { hostileReport, steering } from "./support/hostile.ts";
import { finding, report, sample } from "./support/sample.ts";
import { codeQualityFaults } from "./support/schemas.ts";

describe("gitlab", () => {
  it("is an entry for each finding that is not waived", () => {
    const entries = JSON.parse(gitlab(sample, plainOptions));
    expect(entries).to.have.lengthOf(2);
    const { fingerprint, ...rest } = entries[1];
    expect(rest).to.deep.equal({
      check_name: "preset/unknown",
      description:
        'Workspace models/phi: inference.preset.name "phi-44" is not in catalogue 2026.11.0: did you mean phi-4? (fix: use phi-4)',
      severity: "critical",
      location: { path: "deploy/phi.yaml", lines: { begin: 10 } },
    });
    expect(fingerprint).to.match(/^[0-9a-f]{32}$/);
    expect(entries[0].severity).to.equal("minor");
    expect(codeQualityFaults(gitlab(sample, plainOptions))).to.deep.equal([]);
    expect(codeQualityFaults(gitlab(sample, plainOptions).replace("critical", "bad"))).to.not.deep.equal([]);
  });

  it("gives each a fingerprint of its own that stays while lines move", () => {
    const at = (line: number, file = "a.yaml") =>
      finding({ code: "config/conflict", message: `line ${line}`, place: { file, line, column: 1 } });
    const prints = (...findings: readonly ReturnType<typeof at>[]): readonly string[] =>
      JSON.parse(gitlab(report(findings), plainOptions)).map((one: { fingerprint: string }) => one.fingerprint);
    const first = prints(at(1), at(2), at(1, "b.yaml"));
    expect(new Set(first).size).to.equal(3);
    expect(prints(at(5), at(9), at(4, "b.yaml"))).to.deep.equal(first);
  });

  it("is valid whatever names, messages and paths hold, and steers no terminal", () => {
    fc.assert(
      fc.property(hostileReport, (given) => {
        const text = gitlab(given, plainOptions);
        expect(codeQualityFaults(text)).to.deep.equal([]);
        expect(text).to.not.match(steering);
      }),
    );
  });
});
