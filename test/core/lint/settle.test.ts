import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { type Decisions, isRefusal, settled } from "../../../src/core/lint/settle.ts";
import { concerns, type Waived, waiversOf } from "../../../src/core/lint/waivers.ts";
import type { Finding } from "../../../src/core/report/report.ts";
import { type RuleCode, ruleCodes } from "../../../src/core/rules.ts";
import { undecided } from "../support/undecided.ts";

const subject = { kind: "Workspace", namespace: "models", name: "phi" };
const finding = (code: RuleCode, level: Finding["level"], print = code): Finding => ({
  path: "",
  code,
  level,
  message: code,
  subject,
  place: { file: "apps/in.yaml", line: 1, column: 1 },
  fingerprint: print,
});
const decisions = (more: Partial<Decisions> = {}): Decisions => ({ ...undecided, ...more });
const waiver = (more: Partial<Waived> = {}): Waived => ({
  by: "config",
  where: ".foresail.yaml",
  rule: "gitops/unpinned",
  reason: "because",
  ...more,
});

describe("what is decided about findings", () => {
  it("never lowers, waives or hides what the cluster refuses, whatever is asked", () => {
    const some = fc.constantFrom(...ruleCodes);
    const level = fc.constantFrom("error" as const, "warning" as const);
    const levels = fc.array(fc.tuple(some, fc.constantFrom("error" as const, "warning" as const, "off" as const)));
    fc.assert(
      fc.property(fc.array(fc.tuple(some, level)), levels, fc.array(some), (found, changed, waived) => {
        const findings = found.map(([code, one], i) => finding(code, one, `${code}${i}` as RuleCode));
        const told = settled(
          findings,
          [],
          decisions({ levels: new Map(changed), waivers: waived.map((rule) => waiver({ rule })) }),
        );
        for (const one of findings.filter(isRefusal)) expect(told).to.deep.include(one);
      }),
    );
  });

  it("counts a finding of the baseline no more, and one that is new", () => {
    const told = settled(
      [finding("preset/unknown", "error", "a" as RuleCode), finding("preset/unknown", "error", "b" as RuleCode)],
      [],
      decisions({ baseline: new Set(["a"]) }),
    );
    expect(told.map(({ waiver: by }) => by?.by)).to.deep.equal(["baseline", undefined]);
  });

  it("tells a waiver that waives nothing", () => {
    const told = settled([], [], decisions({ waivers: [waiver()] }));
    expect(told.map(({ code, place }) => [code, place.file])).to.deep.equal([["waiver/unused", ".foresail.yaml"]]);
  });

  it("keeps a waiver of an object to that object", () => {
    const other = { ...finding("gitops/unpinned", "warning"), subject: { ...subject, name: "other" } };
    const mine = finding("gitops/unpinned", "warning", "mine" as RuleCode);
    const annotated = [{ waiver: waiver({ by: "annotation" }), subject, place: mine.place }];
    expect(settled([mine, other], annotated, decisions()).map(({ waiver: by }) => by?.by)).to.deep.equal([
      "annotation",
      undefined,
    ]);
  });

  it("reads waivers of annotations with and without their last day", () => {
    const read = (text: string) =>
      waiversOf({ metadata: { annotations: { "waive.foresail.dev/gitops.unpinned": text, other: "x" } } }).map(
        ({ rule, reason, until }) => [rule, reason, until],
      );
    expect(read("later; until 2027-01-31")).to.deep.equal([["gitops/unpinned", "later", "2027-01-31"]]);
    expect(read("until 2027-01-31")).to.deep.equal([["gitops/unpinned", "", "2027-01-31"]]);
    expect(read("wait until spring")).to.deep.equal([["gitops/unpinned", "wait until spring", undefined]]);
  });

  it("matches names and paths by their stars, in a time that does not grow wild", () => {
    const matches = (pattern: string, text: string): boolean => concerns(waiver({ object: pattern }), text, "");
    for (const [pattern, text] of [
      ["a/*", "a/b"],
      ["*", ""],
      ["*/b", "a/b"],
      ["a*b*c", "axxbyyc"],
      ["a/b", "a/b"],
    ] as const) {
      expect(matches(pattern, text), pattern).to.equal(true);
    }
    for (const [pattern, text] of [
      ["a/*", "b/a"],
      ["a*b*c", "acb"],
      ["a/b", "a/bc"],
      ["ab*ab", "ab"],
      ["*b", "ba"],
    ] as const) {
      expect(matches(pattern, text), pattern).to.equal(false);
    }
    expect(matches(`${"*a".repeat(500)}`, "a".repeat(5000).concat("b"))).to.equal(false);
  });
});
