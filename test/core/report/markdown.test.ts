import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { markdown, reportMarker, summary } from "../../../src/core/report/markdown.ts";
import { plainOptions } from "../../../src/core/report/options.ts";
import type { Report } from "../../../src/core/report/report.ts";
import { hostileReport, steering } from "./support/hostile.ts";
import { finding, report, running, sample, workspace } from "./support/sample.ts";

const print = (given: Report): string => markdown(given, plainOptions);
const MOST = 60_000;

describe("markdown", () => {
  it("starts with its marker and a headline", () => {
    expect(print(sample).split("\n").slice(0, 4)).to.deep.equal([
      "<!-- foresail:report:check -->",
      "### ❌ foresail check: 1 error, 1 warning, 1 waived",
      "",
      "2 Workspaces, &#36;5,362.58 a month, catalogue 2026.11.0 with prices of 2026-06-18",
    ]);
    expect(print(report([]))).to.contain("### ✅ foresail check: 0 errors, 0 warnings, 0 waived");
    expect(print(report([finding({ code: "name/digit", level: "warning" })]))).to.contain("### ⚠️ ");
  });

  it("has a row for each Workspace, and says which are refused", () => {
    expect(print(sample)).to.contain("| <code>models/phi</code> | refused |");
    expect(print(sample)).to.contain(
      "| <code>models/qwen</code> | phi-4 | <code>Standard\\_NC24ads\\_A100\\_v4</code> × 1 node × 2 replicas | 2 | 16,384 | &#36;5,362.58 |",
    );
    const spot = workspace("qwen", { ...running, capacityTypes: ["spot", "on-demand"], priceBound: "at-most" });
    expect(print(report([], [spot]))).to.contain("2 replicas (spot, on-demand) | 2 | 16,384 | ≤ &#36;5,362.58 |");
  });

  it("shows errors in the open, folds warnings, fixes and what is waived", () => {
    const text = print(sample);
    expect(text).to.match(
      /\n#### 1 error\n\n- <code>deploy\/phi\.yaml:10:5<\/code> <code>preset\/unknown<\/code> .* \*Fix: use phi-4\*\n/,
    );
    expect(text).to.contain("<details><summary>1 warning</summary>\n\n- ");
    expect(text).to.contain(
      '<pre lang="diff">\n@@ deploy/phi.yaml, line 10 replaced @@\n+    name: phi-4  # reviewed\n</pre>',
    );
    expect(text).to.contain("@@ deploy/phi.yaml, lines 7 to 9 removed @@\n</pre>");
    expect(text).to.match(
      /<summary>1 waived finding<\/summary>\n\n.*\(waived by annotation until 2027-01-31: moves in January\)/,
    );
  });

  it("stays below 60,000 characters with 500 Workspaces and 1,500 findings, in whole rows, and says what it cut", () => {
    const names = Array.from({ length: 500 }, (_, i) => `model-${i}`);
    const findings = names.flatMap((name) => {
      const subject = { kind: "Workspace", namespace: "models", name };
      return [
        finding({ code: "preset/unknown", subject }),
        finding({ code: "field/ignored", level: "warning", subject }),
        finding({ code: "name/digit", level: "warning", subject }),
      ];
    });
    const text = print(
      report(
        findings,
        names.map((name) => workspace(name, running)),
      ),
    );
    expect(text.length).to.be.at.most(MOST).and.at.least(50_000);
    const [, errors, shown] = /\*\*Cut to fit:\*\* (\d+) of 500 errors, (\d+) of 500 Workspaces, /.exec(text) ?? [];
    expect(text.match(/^- .*<code>preset\/unknown<\/code>.*$/gm)).to.have.lengthOf(500 - Number(errors));
    expect(text.match(/^\| <code>models\/.*\|$/gm)).to.have.lengthOf(500 - Number(shown));
    expect(text).to.match(/of 1,000 warnings\. The output of the job has all\.\n$/);
    const clean = print(
      report(
        [],
        names.map((name) => workspace(name, running)),
      ),
    );
    expect(clean.length).to.be.at.most(MOST);
    expect(clean.match(/^\| <code>/gm)?.length).to.be.at.least(300);
  });

  it("cuts a row that no comment can hold, not the comment", () => {
    const file = `${"<".repeat(70_000)}.yaml`;
    const edits = [
      { file: "a.yaml", line: 1, endLine: 1, text: Array.from({ length: 39 }, () => "<".repeat(4000)).join("\n") },
    ];
    const huge = finding({
      code: "preset/unknown",
      message: file,
      place: { file, line: 1, column: 1 },
      fix: { describes: "x", edits },
    });
    const text = print(report([huge]));
    expect(text.length).to.be.at.most(MOST);
    expect(text).to.contain("**Cut to fit:** 1 of 1 fix.");
  });

  it("keeps its marker whatever the key is", () => {
    expect(reportMarker("prod/eu-1")).to.equal("<!-- foresail:report:prod/eu-1 -->");
    expect(reportMarker("x --> <script>\n")).to.equal("<!-- foresail:report:x-script- -->");
  });

  it("has one marker, no tag, mention, link, command or steering of others, whatever they write", () => {
    fc.assert(
      fc.property(hostileReport, (given) => {
        const text = print(given);
        expect(text.match(/<!--/g)).to.have.lengthOf(1);
        expect(text.startsWith(`${reportMarker("check")}\n`)).to.equal(true);
        const tags = text.match(/<[^>]*>?/g) ?? [];
        const ours = /^<(!-- foresail:report:check --|\/?code|\/?details( open)?|\/?summary|pre lang="diff"|\/pre)>$/;
        expect(tags.filter((tag) => !ours.test(tag))).to.deep.equal([]);
        // What is left besides blocks of code and our own tags.
        const rendered = text
          .replace(/<pre[\s\S]*?<\/pre>/g, "")
          .replace(/<code>.*?<\/code>/g, "")
          .replace(/\\[!-/:-@[-`{-~]/g, "");
        expect(rendered).to.not.match(/[`[\]]|@\w|\w:\/\/|\n\s*\//);
        expect(text).to.not.match(steering);
      }),
      { numRuns: 300 },
    );
  });

  it("parts every row of the table into six cells, whatever they write", () => {
    fc.assert(
      fc.property(hostileReport, (given) => {
        const rows = print(given)
          .split("\n")
          .filter((line) => line.startsWith("|"));
        expect(rows.length).to.equal(given.workspaces.length === 0 ? 0 : given.workspaces.length + 2);
        for (const row of rows) expect(row.match(/\|/g), row).to.have.lengthOf(7);
      }),
    );
  });
});

describe("summary", () => {
  it("is the same without a marker, within what GitHub takes of a step", () => {
    expect(`${reportMarker("check")}\n${summary(sample)}`).to.equal(print(sample));
    const workspaces = Array.from({ length: 10_000 }, (_, i) => workspace(`日本-${i}`, running));
    expect(Buffer.byteLength(summary(report([], workspaces)))).to.be.at.most(1024 * 1024);
  });
});
