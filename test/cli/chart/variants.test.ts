import { expect } from "chai";
import { describe, it } from "mocha";
import { mergeVariants } from "../../../src/cli/chart/variants.ts";

const base = ["a: 1", "b:", "  - x"];
const merged = (providers: Readonly<Record<string, readonly string[]>>, from: readonly string[] | undefined = base) =>
  mergeVariants({ base: from, providers: new Map(Object.entries(providers)) }, "Thing/one");

describe("a template for several providers", () => {
  it("is the base where no overlay adds anything", () => {
    expect(merged({ karpenter: base, byo: base })).to.deep.equal(base);
  });

  it("puts what overlays add under a condition, the same lines once, in the place they have", () => {
    expect(
      merged({ karpenter: base, aks: [...base, "  - y"], byo: ["a: 1", "c: 2", "b:", "  - x", "  - y"] }),
    ).to.deep.equal([
      "a: 1",
      '{{- if eq .Values.provider "byo" }}',
      "c: 2",
      "{{- end }}",
      "b:",
      "  - x",
      '{{- if eq .Values.provider "aks" "byo" }}',
      "  - y",
      "{{- end }}",
    ]);
  });

  it("is there for those that have it where the base has it not", () => {
    expect(mergeVariants({ base: undefined, providers: new Map([["aks", ["a: 1"]]]) }, "Thing/one")).to.deep.equal([
      '{{- if eq .Values.provider "aks" }}',
      "a: 1",
      "{{- end }}",
    ]);
  });

  it("has lines of a trial, and lines that a trial does not have, after those of the providers", () => {
    const variants = {
      base: [...base, "  - z"],
      providers: new Map([["aks", [...base, "  - y", "  - z"]]]),
      trial: ["a: 1", "b:", "  - w", "  - z", "d: 4"],
    };
    expect(mergeVariants(variants, "Thing/one")).to.deep.equal([
      "a: 1",
      "b:",
      "{{- if not .Values.trial }}",
      "  - x",
      "{{- end }}",
      '{{- if eq .Values.provider "aks" }}',
      "  - y",
      "{{- end }}",
      "{{- if .Values.trial }}",
      "  - w",
      "{{- end }}",
      "  - z",
      "{{- if .Values.trial }}",
      "d: 4",
      "{{- end }}",
    ]);
  });

  it("is refused where an overlay changes or takes away what no value stands for", () => {
    expect(() => merged({ aks: ["a: 2", "b:", "  - x"] })).to.throw(
      'Thing/one, aks: the overlay changes the line "a: 1"',
    );
    expect(() => merged({ aks: ["a: 1", "b:"] })).to.throw('changes the line "  - x"');
  });
});
