import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { costJson } from "../../../src/cli/cost/json.ts";
import { costMarkdown } from "../../../src/cli/cost/markdown.ts";
import type { Statement } from "../../../src/cli/cost/statement.ts";
import { costText } from "../../../src/cli/cost/text.ts";
import { judge } from "../../../src/core/cost/budget.ts";
import { costsOf } from "../../../src/core/cost/cost.ts";
import { hostileText, steering } from "../../core/report/support/hostile.ts";
import { runOf } from "../../core/support/runs.ts";
import { catalogue, serving } from "../../core/support/workspaces.ts";

const dear = runOf(serving("phi-4", "Standard_NC40ads_H100_v5"));

const hostileSubject = fc.record({ kind: hostileText, namespace: hostileText, name: hostileText });

/** A statement in which every text is somebody else's. */
const hostile: fc.Arbitrary<Statement> = fc
  .record({
    subjects: fc.array(hostileSubject, { maxLength: 4 }),
    refused: fc.array(hostileSubject, { maxLength: 3 }),
    file: hostileText,
    instanceType: hostileText,
    region: hostileText,
    source: hostileText,
  })
  .map(({ subjects, refused, file, instanceType, region, source }) => {
    const place = { file, line: 1, column: 1 };
    const costs = costsOf(
      subjects.map((subject) => ({ ...dear, subject })),
      catalogue,
      "2026-07-01",
    );
    const runs = costs.runs.map((run) => ({ ...run, instanceType, region }));
    return {
      catalogue: catalogue.current.id,
      today: "2026-07-01",
      costs: { ...costs, runs, prices: costs.prices.map((price) => ({ ...price, source })) },
      places: runs.map(() => place),
      refused: refused.map((subject) => ({ subject, place })),
      verdicts: judge(runs, costs.total.amount, { perWorkspace: { usd: 1, per: "hour" } }),
    };
  });

describe("foresail cost, of what anybody may write", () => {
  it("has no tag, mention, link, command or row of theirs in Markdown", () => {
    fc.assert(
      fc.property(hostile, (statement) => {
        const text = costMarkdown(statement);
        expect((text.match(/<[^>]*>?/g) ?? []).filter((tag) => !/^<\/?code>$/.test(tag))).to.deep.equal([]);
        const rendered = text.replace(/<code>.*?<\/code>/g, "").replace(/\\[!-/:-@[-`{-~]/g, "");
        expect(rendered).to.not.match(/[`[\]]|@\w|\w:\/\/|\n\s*\//);
        expect(text).to.not.match(steering);
        const rows = text.split("\n").filter((line) => line.startsWith("|"));
        expect(rows.length).to.equal(statement.costs.runs.length === 0 ? 0 : statement.costs.runs.length + 3);
        for (const row of rows) expect(row.match(/\|/g), row).to.have.lengthOf(9);
      }),
      { numRuns: 200 },
    );
  });

  it("steers no terminal in text, and reads back the same in JSON", () => {
    fc.assert(
      fc.property(hostile, (statement) => {
        expect(costText(statement, { width: 80, colour: false, ascii: false })).to.not.match(steering);
        const json = costJson(statement);
        expect(json).to.not.match(steering);
        const { runs } = JSON.parse(json);
        expect(runs.map(({ subject }: { subject: unknown }) => subject)).to.deep.equal(
          statement.costs.runs.map(({ subject }) => subject),
        );
      }),
      { numRuns: 100 },
    );
  });

  it("is a comment that GitHub takes, with 500 Workspaces, and says what it cut", () => {
    const runs = Array.from({ length: 500 }, (_, i) => ({ ...dear, subject: { ...dear.subject, name: `model-${i}` } }));
    const costs = costsOf(runs, catalogue, "2026-07-01");
    const text = costMarkdown({
      catalogue: catalogue.current.id,
      today: "2026-07-01",
      costs,
      places: [],
      refused: [],
      verdicts: [],
    });
    expect(text.length).to.be.at.most(60_000).and.at.least(50_000);
    const shown = text.match(/^\| <code>.*\|$/gm) ?? [];
    expect(text).to.contain(`**Cut to fit:** ${500 - shown.length} of 500 runs, `);
    expect(text).to.contain("| **total** | 500 |");
  });
});
