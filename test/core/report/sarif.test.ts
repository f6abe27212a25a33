import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { plainOptions } from "../../../src/core/report/options.ts";
import type { Report } from "../../../src/core/report/report.ts";
import { sarif } from "../../../src/core/report/sarif.ts";
import { hostileReport, steering } from "./support/hostile.ts";
import { finding, report, sample } from "./support/sample.ts";
import { sarifFaults } from "./support/schemas.ts";

function runOf(given: Report, options = plainOptions) {
  const text = sarif(given, options);
  expect(sarifFaults(text)).to.deep.equal([]);
  return JSON.parse(text).runs[0];
}

describe("sarif", () => {
  it("is valid, and a schema that is asked does find faults", () => {
    expect(sarifFaults(sarif(sample, plainOptions))).to.deep.equal([]);
    const broken = sarif(sample, plainOptions).replace('"startLine": 10', '"startLine": 0');
    expect(sarifFaults(broken)).to.not.deep.equal([]);
  });

  it("points at line and column, names rule, object and field, and keeps the fingerprint", () => {
    const run = runOf(sample);
    const result = run.results.find(({ ruleId }: { ruleId: string }) => ruleId === "preset/unknown");
    expect(result.locations[0]).to.deep.equal({
      physicalLocation: {
        artifactLocation: { uri: "deploy/phi.yaml", uriBaseId: "%SRCROOT%" },
        region: { startLine: 10, startColumn: 5 },
      },
      logicalLocations: [{ name: "phi", fullyQualifiedName: "Workspace models/phi", kind: "object" }],
    });
    expect(run.tool.driver.rules[result.ruleIndex].id).to.equal("preset/unknown");
    expect(result.level).to.equal("error");
    expect(result.partialFingerprints).to.deep.equal({ "foresail/v1": sample.findings[2]?.fingerprint });
    expect(result.properties).to.deep.equal({ path: "inference.preset.name" });
  });

  it("documents the rules that occur and no others, without an address", () => {
    const { rules } = runOf(sample).tool.driver;
    expect(rules.map(({ id }: { id: string }) => id)).to.deep.equal([
      "field/ignored",
      "instance-type/retired",
      "preset/unknown",
    ]);
    for (const rule of rules) {
      expect(rule.help.text).to.match(/\.$/);
      expect(rule).to.not.have.property("helpUri");
    }
  });

  it("carries edits as replacements of whole lines, and lines that go with their line feed", () => {
    const fixes = runOf(sample).results.map(({ fixes }: { fixes?: readonly unknown[] }) => fixes?.[0]);
    expect(fixes[2]).to.deep.equal({
      description: { text: "use phi-4" },
      artifactChanges: [
        {
          artifactLocation: { uri: "deploy/phi.yaml", uriBaseId: "%SRCROOT%" },
          replacements: [
            {
              deletedRegion: { startLine: 10, startColumn: 1, endLine: 10 },
              insertedContent: { text: "    name: phi-4  # reviewed" },
            },
          ],
        },
      ],
    });
    expect(fixes[1].artifactChanges[0].replacements).to.deep.equal([
      { deletedRegion: { startLine: 7, startColumn: 1, endLine: 10, endColumn: 1 } },
    ]);
  });

  it("says of each result whether it is suppressed: by its annotation in the source, else from outside", () => {
    const config = finding({ code: "name/digit", waiver: { by: "config", reason: "old" } });
    const { results } = runOf(report([...sample.findings, config]));
    expect(results.map(({ suppressions }: { suppressions: unknown }) => suppressions)).to.deep.equal([
      [{ kind: "inSource", status: "accepted", justification: "moves in January (until 2027-01-31)" }],
      [{ kind: "external", status: "accepted", justification: "old" }],
      [],
      [],
    ]);
  });

  it("names files from the root of the repository, escaped; standard input is a file of that name", () => {
    const uris = (file: string, directory = ""): string => {
      const given = report([finding({ code: "preset/unknown", place: { file, line: 1, column: 1 } })]);
      const { artifactLocation } = runOf(given, { ...plainOptions, directory }).results[0].locations[0]
        .physicalLocation;
      return artifactLocation.uri;
    };
    expect(uris("./a b/50%,c:d#?.yaml")).to.equal("a%20b/50%25%2Cc%3Ad%23%3F.yaml");
    expect(uris("phi.yaml", "deploy/prod")).to.equal("deploy/prod/phi.yaml");
    expect(uris("../base/phi.yaml", "deploy/prod")).to.equal("deploy/base/phi.yaml");
    expect(uris("-", "deploy")).to.equal("stdin");
    expect(uris("/tmp/phi.yaml", "deploy")).to.equal("file:///tmp/phi.yaml");
  });

  it("offers no link that somebody writes into a name", () => {
    const message = 'preset "[free GPUs](https://evil.example)" is not in the catalogue';
    expect(runOf(report([finding({ code: "preset/unknown", message })])).results[0].message.text).to.contain(
      "[free GPUs] (https",
    );
  });

  it("keeps 5,000 results, errors first, then warnings, then what is waived, and notes what is left out", () => {
    const of = (count: number, stated: object) =>
      Array.from({ length: count }, (_, i) =>
        finding({ code: "preset/unknown", place: { file: "a.yaml", line: i + 1, column: 1 }, ...stated }),
      );
    const waiver = { by: "config", reason: "r" } as const;
    const run = runOf(report([...of(2000, { level: "warning" }), ...of(4000, {}), ...of(500, { waiver })]));
    expect(run.results).to.have.lengthOf(5000);
    expect(run.results.filter(({ level }: { level: string }) => level === "error")).to.have.lengthOf(4000);
    expect(run.results.every(({ suppressions }: { suppressions: unknown[] }) => suppressions.length === 0)).to.equal(
      true,
    );
    expect(run.invocations[0].toolExecutionNotifications[0].message.text).to.match(
      /^1500 findings are left out.* 4,000 errors, 2,000 warnings, 500 waived/,
    );
    expect(runOf(sample).invocations).to.deep.equal([{ executionSuccessful: true }]);
  });

  it("is valid whatever names, messages and paths hold, and steers no terminal", () => {
    fc.assert(
      fc.property(hostileReport, (given) => {
        const text = sarif(given, plainOptions);
        expect(sarifFaults(text)).to.deep.equal([]);
        expect(text).to.not.match(steering);
      }),
    );
  });
});
