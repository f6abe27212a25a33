import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Compared, Comparison, Side, Verdict } from "../../../src/core/compare/comparison.ts";
import { comparisonHtml } from "../../../src/core/compare/format/html.ts";
import { foreignMarkup } from "../../support/page-markup.ts";
import { hostileText } from "../report/support/hostile.ts";

const memory = { perGpuGiB: 80, weightsGiB: 20, overheadGiB: 4, kvCacheGiB: 40, maxModelLen: 16384, maxConcurrency: 9 };
const amount = { hourlyUsd: 1, monthlyUsd: 730, bound: "exact" } as const;

const side: fc.Arbitrary<Side> = fc
  .record({ id: hostileText, preset: hostileText, instanceType: hostileText, capacity: hostileText })
  .map(({ id, preset, instanceType, capacity }) => ({
    release: { id, by: "git" },
    workload: "StatefulSet",
    running: { task: "serving", preset, instanceType, nodeCount: 1, parallelism: { tensor: 1, pipeline: 1, data: 1 } },
    replicas: 1,
    scaledByOthers: false,
    maxModelLen: 16384,
    memory,
    capacityTypes: [capacity],
    provision: true,
    nodes: 1,
    cost: amount,
  }));

const change = fc.record({ path: hostileText, from: hostileText, to: hostileText }, { requiredKeys: ["path"] });

const compared: fc.Arbitrary<Compared> = fc
  .record(
    {
      subject: fc.record({ kind: hostileText, namespace: hostileText, name: hostileText }),
      verdict: fc.constantFrom<Verdict[]>("added", "removed", "changed", "keeps", "refused"),
      before: side,
      after: side,
      inputs: fc.array(change, { maxLength: 3 }),
      fields: fc.array(change, { maxLength: 3 }),
      text: hostileText,
    },
    { requiredKeys: ["subject", "verdict", "inputs", "fields", "text"] },
  )
  .map(({ text, ...rest }) => ({
    ...rest,
    pods: { effect: "restarts", why: [text], pause: { kind: "none" } },
    nodes: [],
    issues: [
      { path: text, code: "preset/unknown", message: text, level: "error", fix: { describes: text, patch: [] } },
    ],
    notes: [text],
  }));

const sum = (monthlyUsd: number): Comparison["summary"]["before"] => ({
  ...amount,
  monthlyUsd,
  nodes: 1,
  unpricedNodes: 0,
});

function comparison(all: readonly Compared[], text: string): Comparison {
  const count = (verdict: Verdict): number => all.filter((one) => one.verdict === verdict).length;
  return {
    schemaVersion: 1,
    tool: { name: "foresail", version: text },
    catalogue: { id: text },
    base: text,
    live: true,
    compared: all,
    notes: [text],
    summary: {
      counts: {
        added: count("added"),
        removed: count("removed"),
        moved: count("moved"),
        changed: count("changed"),
        keeps: count("keeps"),
        refused: count("refused"),
      },
      ends: 0,
      restarts: 1,
      perhaps: 2,
      before: sum(730),
      after: sum(1000),
    },
  };
}

describe("the page of diff", () => {
  it("has no markup, attribute, address or steering character of anybody else", () => {
    fc.assert(
      fc.property(fc.array(compared, { maxLength: 4 }), hostileText, (all, text) => {
        expect(foreignMarkup(comparisonHtml(comparison(all, text)))).to.deep.equal([]);
      }),
    );
  });

  it("has a summary on top: errors, warnings, restarts, nodes, price and its change", () => {
    const metrics = /<dl class="metrics">([\s\S]*?)<\/dl>/.exec(comparisonHtml(comparison([], "main")))?.[1] ?? "";
    const values = [...metrics.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>(?:<dd class="note">(.*?)<\/dd>)?/g)];
    expect(values.map(([, ...cells]) => cells)).to.deep.equal([
      ["Errors", "0", "0 refused"],
      ["Warnings", "0", undefined],
      ["Restarts", "1", "2 more may restart"],
      ["Nodes", "1", "as before"],
      ["Price a month", "$1,000.00", "+$270.00, before $730.00"],
    ]);
  });
});
