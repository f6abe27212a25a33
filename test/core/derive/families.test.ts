import { readdirSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { findModel, type LayerCache } from "../../../src/core/catalogue.ts";
import { catalogue } from "../support/workspaces.ts";
import { caseFile, derived } from "./support.ts";

const names = readdirSync(new URL("cases/", import.meta.url));

/** Groups in one order: which comes first means nothing. */
const inOrder = (cache: readonly LayerCache[]): readonly string[] => cache.map((group) => JSON.stringify(group)).sort();

describe("derive: families of the catalogue", () => {
  it("has a case for a dozen families at least", () => {
    expect(names.length).to.be.at.least(15);
  });

  for (const name of names) {
    it(`${name} comes out as the shipped preset has it`, () => {
      const shipped = findModel(catalogue.current, name);
      if (shipped === undefined) throw new Error(`no preset ${name}`);
      const { preset, issues } = derived(caseFile(name, "config.json"), {
        repository: shipped.model,
        weights: { index: caseFile(name, "model.safetensors.index.json") },
        tokenizerConfig: caseFile(name, "tokenizer_config.json"),
      });
      if (preset === undefined) throw new Error(issues.map(({ message }) => message).join("\n"));
      const { architecture, contextTokens, hiddenSize, layers, attentionHeads, quantization, experts } = shipped;
      expect(preset.name).to.equal(shipped.name);
      expect(preset.architecture).to.equal(architecture);
      expect([preset.contextTokens, preset.hiddenSize]).to.deep.equal([contextTokens, hiddenSize]);
      expect([preset.layers, preset.attentionHeads]).to.deep.equal([layers, attentionHeads]);
      expect(inOrder(preset.cache)).to.deep.equal(inOrder(shipped.cache));
      expect(preset.quantization).to.deep.equal(quantization);
      expect(preset.experts).to.equal(experts);
      expect(preset.trustRemoteCode ?? false).to.equal(shipped.trustRemoteCode);
      expect(preset.weightsGiB).to.be.closeTo(shipped.weightsGiB, 0.03);
    });

    it(`${name}: parsers are those of the shipped preset, or left out`, () => {
      const shipped = findModel(catalogue.current, name);
      const { preset } = derived(caseFile(name, "config.json"), { repository: shipped?.model ?? "" });
      for (const flag of ["tool-call-parser", "reasoning-parser"]) {
        const given = preset?.vllmFlags?.[flag];
        if (given !== undefined) expect(given).to.equal(shipped?.vllmFlags[flag]);
      }
    });
  }
});
