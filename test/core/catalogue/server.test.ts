import { expect } from "chai";
import { describe, it } from "mocha";
import type { RuntimeImage, ServerVersion } from "../../../src/core/catalogue.ts";
import { catalogue } from "../support/workspaces.ts";

const { models, runtimes, servers, defaults, instanceTypes } = catalogue.current;
const images = runtimes.filter(({ runtime }) => runtime === "vllm");

function serverOf(image: RuntimeImage): ServerVersion {
  const found = servers.find(({ name }) => name === image.server);
  if (found === undefined) throw new Error(`${image.name} names no server version that the catalogue has`);
  return found;
}

/** Why the server would refuse a flag; undefined where it takes it. A dotted flag reaches into an option of JSON. */
function refusal(server: ServerVersion, flag: string, value: string): string | undefined {
  const [option = "", ...inside] = flag.split(".");
  const takes = server.flags[option];
  if (takes === undefined) return `--${flag} is no option`;
  if (inside.length > 0) return takes === "value" ? undefined : `--${option} takes no JSON`;
  if (takes === "flag") return value === "" ? undefined : `--${flag} takes no value, given ${value}`;
  if (takes === "value") return value === "" ? `--${flag} takes a value` : undefined;
  return takes.includes(value) ? undefined : `--${flag} takes ${takes.join(", ")}, given ${value}`;
}

function refusals(flags: { readonly [flag: string]: string }): readonly string[] {
  return images.flatMap((image) =>
    Object.entries(flags).flatMap(([flag, value]) => refusal(serverOf(image), flag, value) ?? []),
  );
}

describe("catalogue: what the server knows", () => {
  it("knows the server inside every vLLM image", () => {
    expect(images).to.not.equal([]);
    for (const image of images) expect(serverOf(image).architectures.length).to.be.greaterThan(300);
  });

  it("takes every flag of every model, size, image and default", () => {
    const tuned = [...models, ...runtimes].flatMap((entry) => entry.tuned);
    const all = [defaults.vllmFlags, ...models.map((model) => model.vllmFlags), ...tuned.map(({ flags }) => flags)];
    expect(all.flatMap(refusals)).to.deep.equal([]);
  });

  it("refuses what it does not take, so that the test above can fail", () => {
    expect(refusals({ "no-such-flag": "" })).to.have.length(images.length);
    expect(refusals({ "gdn-prefill-backend": "cuda" })[0]).to.match(/takes .*triton/);
    expect(refusals({ "enable-auto-tool-choice": "true" })[0]).to.match(/takes no value/);
    expect(refusals({ "tool-call-parser": "" })[0]).to.match(/takes a value/);
  });

  it("has every parser, and none without the flag that makes it count", () => {
    for (const { name, vllmFlags } of models) {
      const { "tool-call-parser": tool, "reasoning-parser": reasoning } = vllmFlags;
      for (const image of images) {
        if (tool !== undefined) expect(serverOf(image).toolCallParsers, name).to.include(tool);
        if (reasoning !== undefined) expect(serverOf(image).reasoningParsers, name).to.include(reasoning);
      }
      expect(Object.hasOwn(vllmFlags, "enable-auto-tool-choice"), name).to.equal(tool !== undefined);
    }
  });

  it("has every architecture and quantisation of the models it serves", () => {
    for (const { name, architecture, quantization, runtimes: only } of models) {
      for (const image of images) {
        if (only !== undefined && !only.includes(image.name)) continue;
        expect(serverOf(image).architectures, name).to.include(architecture);
        if (quantization !== undefined)
          expect(serverOf(image).quantizations, name).to.have.property(quantization.method);
      }
    }
  });

  it("states capabilities for architectures it has", () => {
    for (const server of servers) {
      expect(server.architectures).to.include.members(Object.keys(server.architectureCapabilities));
    }
  });

  it("loads mistral's own format whole or not at all", () => {
    for (const { name, vllmFlags } of models) {
      const formats = ["config-format", "load-format", "tokenizer-mode"].map((flag) => vllmFlags[flag] === "mistral");
      expect(new Set(formats).size, name).to.equal(1);
    }
  });

  it("reads chat templates that the image has", () => {
    // KAITO v0.12.0, presets/workspace/inference/chat_templates, copied to /workspace/chat_templates.
    const files = ["deepseekr1", "deepseekv3", "gemma4", "hermes", "llama3.1-json", "mistral", "phi4-mini"];
    const known = files.map((file) => `/workspace/chat_templates/tool-chat-${file}.jinja`);
    for (const { name, vllmFlags } of models) {
      const template = vllmFlags["chat-template"];
      if (template !== undefined) expect(known, name).to.include(template);
    }
  });

  it("puts tokeniser modes of DeepSeek on the models that speak them", () => {
    const modes = models.filter(({ vllmFlags }) => /^deepseek/.test(vllmFlags["tokenizer-mode"] ?? ""));
    expect(modes.map(({ architecture, vllmFlags }) => `${architecture} ${vllmFlags["tokenizer-mode"]}`)).to.deep.equal([
      "DeepseekV32ForCausalLM deepseek_v32",
      "DeepseekV4ForCausalLM deepseek_v4",
      "DeepseekV4ForCausalLM deepseek_v4",
    ]);
  });

  it("tunes for GPUs of the catalogue, with source and date", () => {
    const gpus = new Set(instanceTypes.map(({ gpuModel }) => gpuModel));
    for (const { name, tuned } of [...models, ...runtimes]) {
      for (const { gpuModel, source, date } of tuned) {
        if (gpuModel !== undefined) expect([...gpus], name).to.include(gpuModel);
        expect(source.length, name).to.be.greaterThan(10);
        expect(date, name).to.match(/^2026-\d\d-\d\d$/);
      }
    }
  });
});
