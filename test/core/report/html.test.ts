import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { html5 } from "../../../src/core/report/html.ts";
import { foreignMarkup } from "../../support/page-markup.ts";
import { hostileReport } from "./support/hostile.ts";
import { finding, report, running, sample, workspace } from "./support/sample.ts";

/** The part of a page that one Workspace is told in. */
function cardOf(page: string, name: string): string {
  return page.split('<details class="card"').find((card) => card.includes(`<h3>${name}</h3>`)) ?? "";
}

describe("the page of check", () => {
  it("has a summary on top: errors, warnings with waived ones, Workspaces, price", () => {
    const metrics = /<dl class="metrics">([\s\S]*?)<\/dl>/.exec(html5(sample))?.[1] ?? "";
    const values = [...metrics.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>(?:<dd class="note">(.*?)<\/dd>)?/g)];
    expect(values.map(([, ...cells]) => cells)).to.deep.equal([
      ["Errors", "1", undefined],
      ["Warnings", "1", "1 waived"],
      ["Workspaces", "2", undefined],
      ["Price a month", "$5,362.58", "$7.35 an hour"],
    ]);
    expect(html5(sample)).to.contain('<h1 class="error">1 error, 1 warning</h1>');
    expect(html5(report([]))).to.contain('<h1 class="good">Nothing to mend</h1>');
  });

  it("tells findings in their Workspace, errors first, with place, rule, remedy and fix", () => {
    const card = cardOf(html5(sample), "models/phi");
    const parts = [
      "preset/unknown",
      "deploy/phi.yaml:10:5",
      "did you mean phi-4?",
      "<b>Remedy</b> Use one of the nearest names",
      "<b>Fix</b> use phi-4",
      "<ins>+    name: phi-4  # reviewed</ins>",
      "field/ignored",
      "lines 7 to 9 removed",
    ];
    const places = parts.map((part) => card.indexOf(part));
    expect(places.filter((at) => at < 0)).to.deep.equal([]);
    expect(places).to.deep.equal(places.toSorted((a, b) => a - b));
    expect(cardOf(html5(sample), "models/qwen")).to.not.contain("preset/unknown");
  });

  it("draws the memory of a GPU to scale", () => {
    const memory = {
      perGpuGiB: 80,
      weightsGiB: 20,
      overheadGiB: 4,
      kvCacheGiB: 40,
      maxModelLen: 16384,
      maxConcurrency: 9,
    };
    const card = cardOf(html5(report([], [workspace("a", { ...running, memory })])), "models/a");
    const bars = [...card.matchAll(/<rect class="(\w+)" x="([\d.]+)" width="([\d.]+)"/g)].map(([, ...all]) => all);
    expect(bars).to.deep.equal([
      ["weights", "0.0", "250.0"],
      ["overhead", "250.0", "50.0"],
      ["cache", "300.0", "500.0"],
      ["left", "800.0", "200.0"],
    ]);
    expect(card).to.contain("KV cache <b>40.00 GiB</b>").and.contain("left over <b>16.00 GiB</b>");
  });

  it("shows a finding of a name that several files have with the one of its file, and of no Workspace by itself", () => {
    const there = { file: "b/phi.yaml", line: 1, column: 1 };
    const two = [workspace("phi", running), { ...workspace("phi", running), place: there }];
    const other = { kind: "Deployment", namespace: "models", name: "web" };
    const found = [
      finding({ code: "preset/unknown", place: { ...there, line: 9 } }),
      finding({ code: "preset/retired", subject: other }),
    ];
    const [head = "", first = "", second = ""] = html5(report(found, two)).split('<details class="card"');
    expect(head).to.contain("preset/retired").and.contain("Deployment models/web");
    expect(first).to.not.contain("preset/unknown");
    expect(second).to.contain("preset/unknown");
  });

  it("has no markup, attribute, address or steering character of anybody else", () => {
    fc.assert(
      fc.property(hostileReport, (given) => {
        expect(foreignMarkup(html5(given))).to.deep.equal([]);
      }),
    );
  });
});
