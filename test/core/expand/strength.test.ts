import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, before, beforeEach, describe, it } from "mocha";
import { strengthScript } from "../../../src/core/expand/scripts.ts";
import { packageRoot } from "../../../src/package-root.ts";

interface LoraConfig {
  readonly r: number;
  readonly lora_alpha: number;
  readonly alpha_pattern?: { readonly [module: string]: number };
}

// Written by PEFT 0.11.1 itself (LoraConfig.save_pretrained), one of them compacted afterwards.
const fixtures = join(packageRoot(), "test/core/expand/scripts");
const fixture = (name: string): LoraConfig => JSON.parse(readFileSync(join(fixtures, name), "utf8"));

describe("the strength script", () => {
  let directory = "";
  const at = (...path: readonly string[]): string => join(directory, ...path);

  before(function () {
    if (spawnSync("python3", ["-c", ""]).status === 0 || process.env["CI"] === "true") return;
    this.skip();
  });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "foresail-strength-"));
    mkdirSync(at("source"));
    mkdirSync(at("target"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function publish(name: string, config: string): void {
    mkdirSync(at("source", name));
    cpSync(join(fixtures, config), at("source", name, "adapter_config.json"));
    writeFileSync(at("source", name, "adapter_model.safetensors"), `weights of ${name}`);
  }
  function scale(...pairs: readonly string[]): { readonly status: number | null; readonly stderr: string } {
    const args = ["-c", strengthScript, at("source"), at("target"), ...pairs];
    return spawnSync("python3", args, { encoding: "utf8" });
  }
  const scaled = (name: string): LoraConfig =>
    JSON.parse(readFileSync(at("target", name, "adapter_config.json"), "utf8"));

  const configs = [
    "adapter_config.peft-0.11.1.json",
    "adapter_config.compact.json",
    "adapter_config.rslora-pattern.json",
  ];
  for (const config of configs) {
    it(`multiplies every alpha of ${config} by each strength and changes nothing else`, () => {
      const strengths = ["0", "0.1", "0.5", ".75", "1e-2"];
      for (const strength of strengths) publish(`by${strength}`, config);
      expect(scale(...strengths.map((strength) => `by${strength}=${strength}`))).to.deep.include({
        status: 0,
        stderr: "",
      });
      for (const strength of strengths) {
        const [before, after] = [fixture(config), scaled(`by${strength}`)];
        expect(after.lora_alpha / after.r).to.be.closeTo((Number(strength) * before.lora_alpha) / before.r, 1e-12);
        for (const [module, alpha] of Object.entries(before.alpha_pattern ?? {})) {
          expect(after.alpha_pattern?.[module]).to.be.closeTo(Number(strength) * alpha, 1e-12);
        }
        const rest = ({ lora_alpha: _a, alpha_pattern: _p, ...others }: LoraConfig): unknown => others;
        expect(rest(after)).to.deep.equal(rest(before));
      }
    });
  }

  it("writes whole numbers as such: vLLM and PEFT declare lora_alpha an int", () => {
    publish("style", "adapter_config.rslora-pattern.json");
    scale("style=0.5");
    const text = readFileSync(at("target", "style", "adapter_config.json"), "utf8");
    expect(text)
      .to.match(/"lora_alpha": 16,/)
      .and.match(/o_proj": 32,/)
      .and.match(/down_proj": 6\.25\n/);
  });

  it("links the weights instead of copying them, from a source it cannot write to", () => {
    publish("style", "adapter_config.peft-0.11.1.json");
    chmodSync(at("source", "style"), 0o555);
    expect(scale("style=0.5").status).to.equal(0);
    expect(readlinkSync(at("target", "style", "adapter_model.safetensors"))).to.equal(
      at("source", "style", "adapter_model.safetensors"),
    );
    expect(readFileSync(at("target", "style", "adapter_model.safetensors"), "utf8")).to.equal("weights of style");
    expect(fixture("adapter_config.peft-0.11.1.json")).to.deep.equal(
      JSON.parse(readFileSync(at("source", "style", "adapter_config.json"), "utf8")),
    );
  });

  it("scales once however often it runs, and forgets files the source no longer has", () => {
    publish("style", "adapter_config.peft-0.11.1.json");
    writeFileSync(at("source", "style", "extra"), "");
    scale("style=0.5");
    rmSync(at("source", "style", "extra"));
    expect(scale("style=0.5").status).to.equal(0);
    expect(scaled("style").lora_alpha).to.equal(4);
    expect(readdirSync(at("target", "style")).toSorted()).to.deep.equal([
      "adapter_config.json",
      "adapter_model.safetensors",
    ]);
  });

  it("scales each adapter by its own strength", () => {
    publish("a", "adapter_config.peft-0.11.1.json");
    publish("b", "adapter_config.peft-0.11.1.json");
    expect(scale("a=0.5", "b=0.25").status).to.equal(0);
    expect([scaled("a").lora_alpha, scaled("b").lora_alpha]).to.deep.equal([4, 2]);
  });

  const wrong: { readonly [what: string]: string | undefined } = {
    "no configuration": undefined,
    "a configuration that is no JSON": "{",
    "a list": "[]",
    "no lora_alpha": '{"peft_type": "IA3"}',
    "a lora_alpha that is no number": '{"lora_alpha": "8"}',
    DoRA: readFileSync(join(fixtures, "adapter_config.dora.json"), "utf8"),
  };
  for (const [what, text] of Object.entries(wrong)) {
    it(`ends with a sentence for ${what}`, () => {
      mkdirSync(at("source", "style"));
      if (text !== undefined) writeFileSync(at("source", "style", "adapter_config.json"), text);
      const { status, stderr } = scale("style=0.5");
      expect(status).to.equal(1);
      expect(stderr)
        .to.match(/^adapter style cannot be scaled: .*adapter_config\.json/)
        .and.not.include("Traceback");
    });
  }
});
