import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { apportioned } from "../../src/cli/explain/memory-bar.ts";
import { asAscii, type Style, styleOf } from "../../src/cli/explain/style.ts";
import { explanationSvg } from "../../src/cli/explain/svg.ts";
import { table, wrapped } from "../../src/cli/explain/table.ts";
import { explanationText } from "../../src/cli/explain/text.ts";
import { explain } from "../../src/core/explain/explain.ts";
import type { Explanation } from "../../src/core/explain/explanation.ts";
import { catalogue, serving } from "../core/support/workspaces.ts";

const plain: Style = { width: 80, colour: false, ascii: false };
const ESCAPE = "\u001b";

function explained(preset: string, size?: string): Explanation {
  return explain({ workspace: serving(preset, size), catalogue, today: "2026-07-01" });
}

const some = [explained("phi-4"), explained("gemma-3-27b-it", "Standard_NC48ads_A100_v4"), explained("nobody-knows")];

function longest(text: string): number {
  return Math.max(...text.split("\n").map((line) => line.length));
}

describe("explain: layout", () => {
  it("keeps to the width of the screen, however narrow", () => {
    for (const width of [40, 60, 80, 100, 160]) {
      for (const one of some) {
        expect(longest(explanationText(one, { ...plain, width })), `${one.name} at ${width}`).to.be.at.most(width);
      }
    }
  });

  it("fills the bar, and shows every part there is", () => {
    for (const width of [40, 80, 160]) {
      const bar = /^ {2}\[(.*)\]$/m.exec(explanationText(explained("phi-4"), { ...plain, width }))?.[1] ?? "";
      expect(bar).to.have.length(width - 4);
      expect(new Set(bar)).to.have.length(4);
    }
    const giB = fc.double({ min: 0, max: 200, noNaN: true });
    fc.assert(
      fc.property(fc.array(giB, { minLength: 1, maxLength: 5 }), fc.integer({ min: 36, max: 156 }), (sizes, cells) => {
        const parts = sizes.map((size) => ({ kind: "weights" as const, giB: size }));
        const given = apportioned(parts, cells);
        const total = sizes.reduce((sum, size) => sum + size, 0);
        expect(given.reduce((sum, one) => sum + one, 0)).to.equal(total === 0 ? 0 : cells);
        for (const [i, size] of sizes.entries()) {
          // A share may be too small for floating point.
          if ((size / total) * cells > 0) expect(given[i]).to.be.above(0);
        }
      }),
    );
  });

  it("colours on a terminal only, and not where NO_COLOR or a dumb terminal forbids it", () => {
    const terminal = { isTTY: true, columns: 120 };
    expect(styleOf(terminal, { LANG: "en_US.UTF-8" })).to.deep.equal({ width: 120, colour: true, ascii: false });
    expect(styleOf({}, { LANG: "en_US.UTF-8" })).to.deep.equal({ width: 80, colour: false, ascii: false });
    expect(styleOf(terminal, { NO_COLOR: "1" }).colour).to.equal(false);
    expect(styleOf(terminal, { NO_COLOR: "" }).colour).to.equal(true);
    expect(styleOf(terminal, { TERM: "dumb" }).colour).to.equal(false);
    expect(styleOf(terminal, { LC_ALL: "C", LANG: "en_US.UTF-8" }).ascii).to.equal(true);
    expect(styleOf({ isTTY: true, columns: 20 }, {}).width).to.equal(40);
    expect(styleOf(terminal, {}, 100).width).to.equal(100);
    const text = explanationText(explained("phi-4"), { ...plain, colour: true });
    expect(text).to.contain(`${ESCAPE}[1m`).and.contain(`${ESCAPE}[34m█`);
    expect(explanationText(explained("phi-4"), plain)).not.to.contain(ESCAPE);
    expect(text.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, "g"), "")).to.equal(
      explanationText(explained("phi-4"), plain),
    );
  });

  it("writes ASCII only where nothing else is read, with as many columns", () => {
    for (const one of some) {
      const text = explanationText(one, { ...plain, ascii: true });
      expect(text).to.match(/^[\x20-\x7e\n]*$/);
      expect(text).not.to.contain("?");
    }
    expect(asAscii("≤ 3 × 4 → 12 ÷ 2 − 1")).to.equal("<= 3 x 4 -> 12 / 2 - 1");
  });

  it("obeys no control character of a Workspace", () => {
    const hostile = { ...explained("phi-4"), name: `x${ESCAPE}[2J<script>&"\u0000` };
    expect(explanationText(hostile, plain)).not.to.contain(ESCAPE);
    const svg = explanationSvg([hostile]);
    expect(svg.replaceAll("\n", "")).not.to.match(/\p{Cc}|<script/u);
    expect(svg).to.contain("&lt;script&gt;&amp;&quot;");
  });

  it("squeezes first the columns that are told to yield", () => {
    const rows = [["short", "a long text of many words", "another long text here"]];
    const [first = ""] = table(rows, 50, { yielding: [[1, 8]] });
    expect(first).to.equal("  short  a long text of     another long text here");
    expect(wrapped("docs/a/very/long/path.yaml:12", 16)).to.deep.equal(["docs/a/very/", "long/path.yaml:", "12"]);
  });
});

describe("explain: SVG", () => {
  const svg = explanationSvg(some);
  const numberOf = (text: string, name: string): number => Number(new RegExp(` ${name}="([\\d.]+)"`).exec(text)?.[1]);
  const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([element, text = ""]) => ({ element, text }));

  it("opens and closes every element, and needs nothing from elsewhere", () => {
    const open: string[] = [];
    for (const [, close = "", name = "", empty = ""] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
      if (close === "/") expect(open.pop()).to.equal(name);
      else if (empty === "") open.push(name);
    }
    expect(open).to.deep.equal([]);
    expect(svg).not.to.match(/href|url\(|@import|<script|<style/);
  });

  it("says in words what it shows", () => {
    expect(svg).to.match(/role="img" aria-labelledby="title desc"/);
    expect(svg).to.match(/<desc id="desc">[^<]*holds weights 27\.86 GiB, overhead 3\.69 GiB, KV cache/);
    expect(svg).to.match(/<desc id="desc">[^<]*models\/phi: refused/);
  });

  it("keeps every line inside the picture, and none on another", () => {
    const [width, height] = [numberOf(svg, "width"), numberOf(svg, "height")];
    const rows = texts.filter(({ element }) => !element.includes("text-anchor"));
    let last = 0;
    for (const { element, text } of rows) {
      // 13 px of a monospaced font are 7.8 px a character.
      expect(numberOf(element, "x") + text.length * 7.8, text).to.be.at.most(width);
      expect(numberOf(element, "y") - last, text).to.be.at.least(13);
      last = numberOf(element, "y");
    }
    expect(last).to.be.below(height);
  });

  it("draws the bar in proportion", () => {
    const one = explained("phi-4");
    const bars = [...explanationSvg([one]).matchAll(/<rect [^>]*height="40"[^>]*>/g)].map(([rect]) =>
      numberOf(rect, "width"),
    );
    const { parts = [], perGpuGiB = 0 } = one.memory ?? {};
    const whole = bars.reduce((sum, part) => sum + part, 0);
    for (const [i, { giB }] of parts.entries()) expect((bars[i] ?? 0) / whole).to.be.closeTo(giB / perGpuGiB, 0.001);
  });
});
