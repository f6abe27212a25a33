import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { junit } from "../../../src/core/report/junit.ts";
import { plainOptions } from "../../../src/core/report/options.ts";
import { hostileReport, steering } from "./support/hostile.ts";
import { finding, report, running, sample, workspace } from "./support/sample.ts";
import { junitFaults } from "./support/schemas.ts";

const print = (given: typeof sample): readonly string[] =>
  junit(given, plainOptions)
    .split("\n")
    .map((line) => line.trim());

describe("junit", () => {
  it("is a suite for each file and a case for each object and area: failed, passed with output, skipped, passed", () => {
    const lines = print(sample);
    expect(lines.filter((line) => /^<test/.test(line))).to.deep.equal([
      '<testsuites name="foresail check" tests="4" failures="1" errors="0">',
      '<testsuite name="deploy/phi.yaml" tests="3" failures="1" errors="0" skipped="1">',
      '<testcase name="Workspace models/phi: instance-type" classname="deploy/phi.yaml">',
      '<testcase name="Workspace models/phi: field" classname="deploy/phi.yaml">',
      '<testcase name="Workspace models/phi: preset" classname="deploy/phi.yaml">',
      '<testsuite name="deploy/qwen.yaml" tests="1" failures="0" errors="0" skipped="0">',
      '<testcase name="Workspace models/qwen" classname="deploy/qwen.yaml"/>',
    ]);
    expect(lines).to.include('<skipped message="waived by annotation until 2027-01-31: moves in January"/>');
    expect(lines).to.include(
      "deploy/phi.yaml:7:3 warning field/ignored: resource.preferredNodes is wrong (fix: remove it)",
    );
  });

  it("tells all errors of a case in its failure", () => {
    const two = [finding({ code: "preset/unknown" }), finding({ code: "preset/retired" })];
    const text = junit(report(two), plainOptions);
    expect(text).to.match(/<failure type="preset\/retired" message="resource\.instanceType is wrong \(and 1 more\)">/);
    expect(text).to.contain(" error preset/unknown: ").and.to.contain(" error preset/retired: ");
    expect(text.match(/<failure/g)).to.have.lengthOf(1);
  });

  it("has a test when nothing is wrong and when nothing is there", () => {
    expect(print(report([], [workspace("qwen", running)]))).to.include(
      '<testcase name="Workspace models/qwen" classname="deploy/qwen.yaml"/>',
    );
    expect(print(report([]))).to.include('<testcase name="no Workspaces" classname="-"/>');
  });

  it("has a test for a Workspace of the same name in another file, as overlays have them", () => {
    const place = { file: "overlays/prod.yaml", line: 1, column: 1 };
    const text = junit(
      report(sample.findings, [workspace("phi"), { ...workspace("phi", running), place }]),
      plainOptions,
    );
    expect(text).to.contain('<testcase name="Workspace models/phi" classname="overlays/prod.yaml"/>');
    expect(text).to.not.contain('<testcase name="Workspace models/phi" classname="deploy/phi.yaml"/>');
  });

  it("is valid whatever names, messages and paths hold, and steers no terminal", async () => {
    const reports = [sample, report([]), ...fc.sample(hostileReport, 200)];
    const texts = reports.map((given) => junit(given, plainOptions));
    for (const text of texts) expect(text).to.not.match(steering);
    expect(await junitFaults(texts)).to.deep.equal([]);
    expect(await junitFaults([texts[0]?.replace("classname", "class-name") ?? ""])).to.not.deep.equal([]);
    expect(await junitFaults([texts[0]?.replace("</testsuites>", "") ?? ""])).to.not.deep.equal([]);
  });
});
