import { expect } from "chai";
import { describe, it } from "mocha";
import { type Config, readConfig } from "../../../src/core/children/user-config.ts";
import { expand } from "../../../src/core/expand.ts";
import type { Expansion } from "../../../src/core/kinds/expansion.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const T4 = "Standard_NC4as_T4_v3";

interface Given {
  readonly preset?: string;
  readonly size?: string;
}

function expanded({ preset = "phi-4", size = A100 }: Given = {}): Workspace & { readonly expansion: Expansion } {
  const object = serving(preset, size);
  const stated = { ...object, inference: { ...object.inference, config: "mine" } } as Workspace;
  const { expansion, issues } = expand(stated, catalogue);
  if (expansion === undefined) throw new Error(issues.map(({ message }) => message).join("\n"));
  return { ...stated, expansion };
}

/** The file below `vllm:`, one option a line. */
function read(options: string, given?: Given): Config {
  const lines = options.split("\n").map((line) => `  ${line}\n`);
  return readConfig(expanded(given), { data: { "inference_config.yaml": `vllm:\n${lines.join("")}` } }, catalogue);
}
const file = (text: string): Config => readConfig(expanded(), { data: { "inference_config.yaml": text } }, catalogue);
const conflictOf = (config: Config): string => (config.kind === "conflict" ? config.message : config.kind);
const notesOf = (config: Config): readonly string[] =>
  config.kind === "ok" ? config.notes.map(({ message }) => message) : [conflictOf(config)];

describe("settings of the server", () => {
  // Each line was given to vLLM 0.25.1's own parser the way KAITO's wrapper does, and taken.
  const taken = [
    "max-model-len: 2048",
    'max-model-len: "2048"',
    "max_model_len: 2k",
    "max-model-len: auto",
    "max-model-len: -1",
    "gpu-memory-utilization: 0.84",
    "dtype: bfloat16",
    "kv-cache-dtype: fp8",
    "cpu-offload-gb: 0",
    "enable-prefix-caching: true",
    "enable-prefix-caching: ''",
    "no-enable-prefix-caching: true",
    "compilation-config: '{\"mode\": 3}'",
    "compilation-config.mode: 3",
    "compilation_config.pass_config.fuse_allreduce_rms: false",
    "allowed-origins: '[\"*\"]'",
    "tensor-parallel-siz: 1",
    "tensor-parallel-size: 1",
    "port: 5000",
    "host: 0.0.0.0",
    "served-model-name: mine",
    "distributed-executor-backend: mp",
  ];
  for (const option of taken) {
    it(`takes ${option}`, () => {
      expect(read(option)).to.deep.include({ kind: "ok", notes: [] });
    });
  }

  // And each of these was refused there, or would do something else than it says.
  const refused: { readonly [option: string]: RegExp } = {
    "swap-space: 4": /vllm\.swap-space is no option of vllm-0\.25\.1: /,
    "tensor-paralel-size: 1": /vllm\.tensor-paralel-size is no option .* nearest are tensor-parallel-size/,
    "tp: 2": /vllm\.tp is no option/,
    "kaito-adapters-dir: /x": /is no option/,
    "dtype: BFLOAT16": /vllm\.dtype is "BFLOAT16", dtype takes .*bfloat16/,
    "kv-cache-dtype: fp9": /vllm\.kv-cache-dtype is "fp9", kv-cache-dtype takes auto, /,
    "compilation-config: {mode: 3}": /vllm\.compilation-config is a map, which does not reach the server: write JSON/,
    "cudagraph-capture-sizes: [1, 2]": /is a list, which does not reach the server/,
    "limit-mm-per-prompt: {image: 2}": /is a map/,
    "max-num-seqs:": /vllm\.max-num-seqs has no value: state one, or remove it/,
    "enable-prefix-caching: false": /switches it on all the same: state no-enable-prefix-caching: true/,
    "no-enable-prefix-caching: false": /state enable-prefix-caching: true/,
    // A bare `no` is false to the server's YAML reader.
    "enforce-eager: no": /switches it on all the same/,
    "enforce-eager: true\nenable-prefix-caching: true": /one switch too many \(enforce-eager, enable-prefix-caching\)/,
    "max-model-len: 1.5K": /must be a whole number of tokens such as 16384 or 16k, or auto/,
    "max-model-len: 2048.5": /must be a whole number/,
    "max-model-len: 0": /must be a whole number/,
    "max-model-len: long": /vllm\.max-model-len is "long"/,
    "gpu-memory-utilization: 90%": /must be above 0 and at most 0\.98/,
    "gpu-memory-utilization: 0.99": /is "0\.99": it must be above 0 and at most 0\.98/,
    "gpu-memory-utilization: 0": /must be above 0/,
  };
  for (const [option, message] of Object.entries(refused)) {
    it(`refuses ${JSON.stringify(option)}`, () => {
      expect(conflictOf(read(option))).to.match(message);
    });
  }

  it("has codes that tell a wrong name from a wrong value", () => {
    const config = read("swap-space: 4\nport: 8000");
    const codes = config.kind === "conflict" ? config.issues.map(({ code, path }) => [code, path]) : [];
    expect(codes).to.deep.equal([
      ["config/unknown-flag", "vllm.swap-space"],
      ["config/conflict", "vllm.port"],
    ]);
  });

  const contradictions: { readonly [option: string]: RegExp } = {
    "port: 8000": /vllm\.port is "8000", the pod has port at "5000": remove it/,
    "host: 127.0.0.1": /vllm\.host is "127\.0\.0\.1", where probes and the Service do not reach it: remove it/,
    "uds: /tmp/s": /vllm\.uds would take the server off the port/,
    "ssl-keyfile: /k": /speak TLS/,
    "headless: true": /answers no requests/,
    "model: microsoft/phi-3": /vllm\.model is "microsoft\/phi-3", the pod has model at "microsoft\/phi-4"/,
    "revision: other": /vllm\.revision is "other", the pod has revision at /,
    "download-dir: /tmp": /the pod has download-dir at/,
    "tensor-parallel-size: 4": /vllm\.tensor-parallel-size is "4", the pod has tensor-parallel-size at "1": remove it/,
    "tensor_parallel_size: 4": /is "4", the pod has tensor-parallel-size at "1"/,
    "tensor-parallel: 4": /is "4", the pod has tensor-parallel-size at "1"/,
    "pipeline-parallel-size: 2": /is "2", the pod has pipeline-parallel-size at "1"/,
    "data-parallel-size: 2": /is "2", the pod has data-parallel-size at "1"/,
    "data-parallel-rank: 1": /is decided by the pod/,
    "nnodes: 2": /the pod has nnodes at "1"/,
  };
  for (const [option, message] of Object.entries(contradictions)) {
    it(`is a conflict with the pod: ${option}`, () => {
      expect(conflictOf(read(option))).to.match(message);
    });
  }

  it("knows what the GPU cannot do", () => {
    const small = { preset: "phi-3-mini-4k-instruct", size: T4 };
    expect(conflictOf(read("dtype: bfloat16", small))).to.match(/needs compute capability 8\.0, and the GPU has 7\.5/);
    expect(read("dtype: half", small).kind).to.equal("ok");
  });

  it("notes what KAITO knows and nothing reads, and keeps the rest", () => {
    const notes = notesOf(file("kv_cache_cpu_memory_utilization: 0.5\nmax_probe_steps: 6\nport: 1\nvllm: {seed: 1}\n"));
    expect(notes).to.have.length(3);
    expect(notes[0]).to.match(/^kv_cache_cpu_memory_utilization has no effect: the pod sets it to 0/);
    expect(notes[1]).to.match(/^max_probe_steps has no effect/);
    expect(notes[2]).to.match(/^port is not read: options stand below vllm/);
    expect(notesOf(read("api-key: secret"))).to.deep.equal([
      "vllm.api-key stands in a ConfigMap: use foresail.dev/api-key-secret",
    ]);
  });

  for (const empty of ["vllm:\n", "vllm: 5\n", "vllm: []\n"]) {
    it(`refuses ${JSON.stringify(empty)}: the wrapper would fail on it`, () => {
      expect(conflictOf(file(empty))).to.match(
        /vllm must be a map of options, given .*: remove it where there are none/,
      );
    });
  }
});

describe("settings of the server: a second key for what the first cannot say", () => {
  const readBoth = (second: string, path = "/mnt/config/vllm.yaml", more: object = {}): Config =>
    readConfig(
      expanded(),
      { data: { "inference_config.yaml": `vllm: {config: ${path}}\n`, "vllm.yaml": second, ...more } },
      catalogue,
    );

  it("takes switches, lists and maps there", () => {
    const text = "enforce-eager: true\nenable_prefix_caching: true\nlimit-mm-per-prompt: {image: 2}\n";
    expect(readBoth(text)).to.deep.include({ kind: "ok", notes: [] });
  });

  it("rolls the pods when that key changes, and not when another one does", () => {
    const hash = (config: Config): string => (config.kind === "ok" ? config.hash : "");
    const before = readBoth("seed: 1\n");
    expect(hash(readBoth("seed: 2\n"))).to.not.equal(hash(before));
    expect(hash(readBoth("seed: 1\n", undefined, { other: "x" }))).to.equal(hash(before));
  });

  const wrong: { readonly [what: string]: readonly [string, string | undefined, RegExp] } = {
    "an option that does not exist": ["swap-space: 4\n", undefined, /vllm\.yaml\.swap-space is no option/],
    "what takes the server away": ["uds: /tmp/s\n", undefined, /vllm\.yaml\.uds would take the server off the port/],
    "a broken file": ["a: [", undefined, /vllm\.yaml not YAML/],
    "a key that is not there": [
      "",
      "/mnt/config/other.yaml",
      /names the key other\.yaml, which the ConfigMap does not/,
    ],
    "a path outside": [
      "",
      "/mnt/config/../etc/x.yaml",
      /must be a key of this ConfigMap, as \/mnt\/config\/<key>\.yaml/,
    ],
  };
  for (const [what, [text, path, message]] of Object.entries(wrong)) {
    it(`refuses ${what}`, () => {
      expect(conflictOf(readBoth(text, path))).to.match(message);
    });
  }

  it("says nothing of what the command line states: that wins", () => {
    expect(readBoth("port: 8000\nmax-model-len: 5\n").kind).to.equal("ok");
  });
});

describe("settings of the server: context and memory", () => {
  it("refuses more context than the model reads, with both numbers", () => {
    expect(conflictOf(read("max-model-len: 16385"))).to.match(/is 16385, phi-4 reads at most 16384 tokens: lower it/);
    expect(read("max-model-len: 16384").kind).to.equal("ok");
    expect(read("max-model-len: 32768\nhf-overrides: '{}'").kind).to.equal("ok");
  });

  // A size on which the memory, not the model, bounds the context.
  const bounded = { preset: "phi-4-mini-instruct", size: "Standard_NV36ads_A10_v5" };

  it("refuses more context than the memory holds, and takes all of it", () => {
    const longest = expanded(bounded).expansion.memory?.maxModelLen ?? 0;
    expect(longest).to.be.within(4096, 131_071);
    expect(read(`max-model-len: ${longest}`, bounded).kind).to.equal("ok");
    expect(conflictOf(read(`max-model-len: ${longest + 1}`, bounded))).to.include(
      `is ${longest + 1}, the GPU memory holds ${longest}: lower it or choose a larger size`,
    );
  });

  it("holds more with a larger share of the memory or a smaller cache, and less with a smaller share", () => {
    const longest = expanded(bounded).expansion.memory?.maxModelLen ?? 0;
    const more = `max-model-len: ${longest + 1000}`;
    expect(read(`gpu-memory-utilization: 0.95\n${more}`, bounded).kind).to.equal("ok");
    expect(read(`kv-cache-dtype: fp8\n${more}`, bounded).kind).to.equal("ok");
    expect(conflictOf(read("gpu-memory-utilization: 0.7", bounded))).to.match(
      /is 0\.7: the GPU memory then holds \d+ tokens, and the pod asks for \d+; raise it, or state a smaller max-model-len/,
    );
    expect(read("gpu-memory-utilization: 0.7\nmax-model-len: 4096", bounded).kind).to.equal("ok");
    expect(read("gpu-memory-utilization: 0.7\nmax-model-len: auto", bounded).kind).to.equal("ok");
  });

  it("does not judge what the memory model does not know", () => {
    const longest = expanded(bounded).expansion.memory?.maxModelLen ?? 0;
    expect(read(`cpu-offload-gb: 10\nmax-model-len: ${longest + 1000}`, bounded).kind).to.equal("ok");
    expect(read(`cpu-offload-gb: 0\nmax-model-len: ${longest + 1000}`, bounded).kind).to.equal("conflict");
  });

  it("agrees with every expansion it was not asked to change", () => {
    for (const { name } of catalogue.current.models) {
      const object = serving(name);
      const config = { ...object, inference: { ...object.inference, config: "mine" } } as Workspace;
      const { expansion } = expand(config, catalogue);
      if (expansion?.memory === undefined || expansion.preset?.runtime !== "vllm") continue;
      const args = (expansion.podTemplate["spec"] as never as { containers: { name: string; args: string[] }[] })
        .containers;
      const share = args
        .find((container) => container.name === "model")
        ?.args.find((argument) => argument.startsWith("--gpu-memory-utilization="))
        ?.split("=")[1];
      const text = `vllm:\n  gpu-memory-utilization: ${share}\n  max-model-len: ${expansion.memory.maxModelLen}\n`;
      const answer = readConfig({ ...config, expansion }, { data: { "inference_config.yaml": text } }, catalogue);
      expect(conflictOf(answer), name).to.equal("ok");
    }
  });
});
