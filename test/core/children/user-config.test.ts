import { expect } from "chai";
import { describe, it } from "mocha";
import { readConfig } from "../../../src/core/children/user-config.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { workspace } from "./workspaces.ts";

const memory = {
  perGpuGiB: 80,
  weightsGiB: 28,
  overheadGiB: 4,
  kvCacheGiB: 40,
  maxModelLen: 16384,
  maxConcurrency: 12,
};
const parallelism = { tensor: 1, pipeline: 1, data: 1 };

function withConfig(): Workspace {
  return {
    ...workspace({ memory, parallelism }),
    inference: { preset: { name: "phi-4", accessMode: "public" }, config: "mine" },
  };
}

function configMap(text: string) {
  return { data: { "inference_config.yaml": text } };
}

describe("the user's ConfigMap", () => {
  it("matters only when one is named", () => {
    expect(readConfig(workspace(), undefined)).to.deep.equal({ kind: "none" });
  });

  it("gives a hash that changes with its text", () => {
    const one = readConfig(withConfig(), configMap("vllm:\n  max-model-len: 8192\n"));
    const two = readConfig(withConfig(), configMap("vllm:\n  max-model-len: 4096\n"));
    expect(one.kind).to.equal("ok");
    expect(two.kind).to.equal("ok");
    expect(one).not.to.deep.equal(two);
  });

  const bad: readonly (readonly [string, string | undefined, string, RegExp])[] = [
    ["is absent", undefined, "missing", /ConfigMap mine does not exist: create it/],
    ["is no YAML", "a: [", "conflict", /not YAML/],
    ["is a list", "- 1\n", "conflict", /must be a map/],
    ["has aliases", "a: &x [1]\nb: [*x, *x]\n", "conflict", /aliases are not allowed/],
    ["asks for more context than fits", "vllm:\n  max-model-len: 131072\n", "conflict", /131072.*16384/],
    ["contradicts the parallelism", "vllm:\n  tensor-parallel-size: 4\n", "conflict", /is 4.*at 1/],
  ];
  for (const [title, text, kind, message] of bad) {
    it(`is refused when it ${title}`, () => {
      const config = readConfig(withConfig(), text === undefined ? undefined : configMap(text));
      expect(config.kind).to.equal(kind);
      expect((config as { message: string }).message).to.match(message);
    });
  }

  it("is refused without the key", () => {
    expect(readConfig(withConfig(), { data: {} })).to.deep.include({ kind: "missing" });
  });
});
