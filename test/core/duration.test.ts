import { expect } from "chai";
import { describe, it } from "mocha";
import { durationMs } from "../../src/core/duration.ts";

describe("a time as text", () => {
  const table: readonly (readonly [string, number | undefined])[] = [
    ["90s", 90_000],
    ["1h30m", 5_400_000],
    ["7d", 604_800_000],
    ["0.5h", 1_800_000],
    ["250ms", 250],
    ["", undefined],
    ["5", undefined],
    ["-1h", undefined],
    ["1 h", undefined],
    ["soon", undefined],
    ["Never", undefined],
    ["1h".repeat(50), undefined],
  ];
  for (const [text, ms] of table) {
    it(`${JSON.stringify(text)} is ${ms}`, () => {
      expect(durationMs(text)).to.equal(ms);
    });
  }
});
