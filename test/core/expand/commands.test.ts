import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import type { Catalogue, Model } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving, tuning } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const A10 = "Standard_NV36ads_A10_v5";
const V100 = "Standard_NC6s_v3";
const T4 = "Standard_NC4as_T4_v3";

interface Container {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly startupProbe?: { readonly failureThreshold: number; readonly periodSeconds: number };
}
function model(object: Workspace, with_: Catalogue = catalogue): Container {
  const { expansion, issues } = expand(object, with_);
  if (expansion === undefined) throw new Error(issues.map((issue) => issue.message).join("\n"));
  const spec = expansion.podTemplate["spec"] as { containers: JsonObject[]; initContainers?: JsonObject[] };
  const found = [...spec.containers, ...(spec.initContainers ?? [])].find((container) => container["name"] === "model");
  return found as unknown as Container;
}
const flag = (container: Container, name: string): string | undefined =>
  container.args.find((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`))?.replace(/^--[^=]*=?/, "");

/** The catalogue with one preset changed. */
function changed(name: string, change: Partial<Model>): Catalogue {
  const models = catalogue.current.models.map((m) => (m.name === name ? { ...m, ...change } : m));
  const release = { ...catalogue.current, models };
  return { current: release, releases: [release] };
}

describe("vLLM command line", () => {
  it("gives a value to the options of vLLM 0.25.1 that take one, and to no other", () => {
    const table = readFileSync(new URL("vllm-0.25.1-flags.csv", import.meta.url), "utf8");
    const rows = table
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(","));
    const takes = new Map(rows.map(([name = "", kind = ""]) => [name, kind]));
    const object = serving("phi-4-mini-instruct", A10, { "kaito.sh/performance-mode": "interactivity" });
    const adapters = [{ source: { name: "a", image: "registry.example/a:1" } }];
    const used = [serving("phi-4", A10), { ...object, inference: { ...object.inference, adapters, config: "mine" } }]
      .flatMap((one) => model(one).args)
      .filter((arg) => !arg.startsWith("--kaito-"));
    expect(used.length).to.be.greaterThan(30);
    for (const arg of used) {
      const [name = ""] = arg.split(/[=.]/);
      expect(takes.get(name), arg).to.equal(arg.includes("=") ? "value" : "flag");
    }
  });

  it("pins weights and tokenizer to the commit, and serves under the preset's name", () => {
    const container = model(serving("microsoft/Phi-4", A100));
    const commit = "187ef0342fff0eb3333be9f00389385e95ef0b61";
    expect(
      ["model", "revision", "tokenizer-revision", "served-model-name"].map((name) => flag(container, name)),
    ).to.deep.equal(["microsoft/phi-4", commit, commit, "phi-4"]);
  });

  it("starts with the share of memory, the number format and the context that were reckoned with", () => {
    const of = (size: string): readonly (string | undefined)[] => {
      const container = model(serving("phi-4-mini-instruct", size));
      return ["gpu-memory-utilization", "dtype", "max-model-len"].map((name) => flag(container, name));
    };
    expect(of(A100)).to.deep.equal(["0.84", "bfloat16", "131072"]);
    expect(of(A10).slice(0, 2)).to.deep.equal(["0.82", "bfloat16"]);
    expect(of(T4).slice(0, 2)).to.deep.equal(["0.84", "float16"]);
  });

  it("lets the preset win over size and defaults, and the performance mode over the preset", () => {
    const with_ = changed("phi-4", { vllmFlags: { dtype: "auto", "load-format": "mistral", "performance-mode": "x" } });
    const container = model(serving("phi-4", A100), with_);
    expect([flag(container, "dtype"), flag(container, "load-format")]).to.deep.equal(["auto", "mistral"]);
    const fast = model(serving("phi-4", A100, { "kaito.sh/performance-mode": "throughput" }), with_);
    expect(flag(fast, "performance-mode")).to.equal("throughput");
    expect(
      flag(model(serving("phi-4", A100, { "kaito.sh/performance-mode": "balanced" })), "performance-mode"),
    ).to.equal(undefined);
  });

  it("passes the user's file last, so that it wins", () => {
    const object = serving("phi-4", A100);
    const { args } = model({ ...object, inference: { ...object.inference, config: "mine" } });
    expect(args.at(-1)).to.equal("--kaito-config-file=/mnt/config/inference_config.yaml");
  });

  it("gives large models up to three hours to start, small ones half an hour", () => {
    const seconds = (weightsGiB: number): number => {
      const probe = model(
        serving("phi-4", undefined, { "foresail.dev/provision": "false", "kaito.sh/bypass-resource-checks": "true" }),
        changed("phi-4", { weightsGiB }),
      ).startupProbe;
      return (probe?.failureThreshold ?? 0) * (probe?.periodSeconds ?? 0);
    };
    expect([seconds(7), seconds(100), seconds(1000)]).to.deep.equal([1800, 2700, 10_800]);
  });

  it("says which pod it is on only where it matters", () => {
    expect(model(serving("phi-4", A10)).env?.map(({ name }) => name)).to.include("POD_INDEX");
    expect(model(serving("phi-4", A100)).env?.map(({ name }) => name)).to.not.include("POD_INDEX");
  });
});

describe("transformers command line", () => {
  it("downloads to the weights volume where the image has none inside", () => {
    const inside = model(serving("phi-3-mini-4k-instruct", V100));
    expect([flag(inside, "torch_dtype"), flag(inside, "pretrained_model_name_or_path")]).to.deep.equal([
      "float16",
      undefined,
    ]);
    const remote = model(serving("phi-3-mini-4k-instruct", A100, { "kaito.sh/runtime": "transformers" }));
    expect([
      flag(remote, "torch_dtype"),
      flag(remote, "pretrained_model_name_or_path"),
      flag(remote, "allow_remote_files"),
      flag(remote, "pipeline"),
    ]).to.deep.equal(["bfloat16", "microsoft/Phi-3-mini-4k-instruct", "", "text-generation"]);
    expect(remote.env).to.deep.include({ name: "HF_HUB_CACHE", value: "/workspace/weights" });
  });
});

describe("training configuration", () => {
  const file = (size: string, method: string): string => {
    const object = tuning("phi-3-mini-4k-instruct", size, { method });
    return expand(object, catalogue).expansion?.files?.["training_config.yaml"] ?? "";
  };
  const expected = (dtype: string, quantization: JsonObject): JsonObject => ({
    training_config: {
      DataCollator: { mlm: true },
      DatasetConfig: { shuffle_dataset: true, train_test_split: 1 },
      LoraConfig: { lora_alpha: 8, lora_dropout: 0, r: 8 },
      ModelConfig: { device_map: "auto", local_files_only: true, torch_dtype: dtype },
      QuantizationConfig: quantization,
      TrainingArguments: {
        ddp_find_unused_parameters: false,
        output_dir: "/mnt/results",
        per_device_train_batch_size: 1,
        save_strategy: "no",
      },
    },
  });
  const nf4 = { bnb_4bit_quant_type: "nf4", bnb_4bit_use_double_quant: true, load_in_4bit: true };
  const cases = [
    { size: V100, method: "qlora", content: expected("float16", { ...nf4, bnb_4bit_compute_dtype: "float16" }) },
    { size: A100, method: "QLoRA", content: expected("bfloat16", { ...nf4, bnb_4bit_compute_dtype: "bfloat16" }) },
    { size: A100, method: "lora", content: expected("bfloat16", { load_in_4bit: false }) },
  ];

  it("is KAITO's shared configuration of the method, with the number format of the GPU", () => {
    for (const { size, method, content } of cases)
      expect(parse(file(size, method), { version: "1.1" })).to.deep.equal(content);
  });

  it("reads the same in the training script's own YAML reader", function () {
    const python = ["python3", "-c", "import json,sys,yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"] as const;
    const read = (text: string) => spawnSync(python[0], python.slice(1), { input: text, encoding: "utf8" });
    if (read("a: 1").status !== 0) this.skip();
    for (const { size, method, content } of cases)
      expect(JSON.parse(read(file(size, method)).stdout)).to.deep.equal(content);
  });

  it("trains with one process per GPU, on the modules LoRA adapts", () => {
    const { args, env } = model(tuning("phi-3-mini-4k-instruct", "Standard_NC24s_v3"));
    expect(args).to.include("--num_processes=4");
    expect(env).to.deep.include({
      name: "DEFAULT_TARGET_MODULES",
      value: "k_proj,q_proj,v_proj,o_proj,gate_proj,down_proj,up_proj",
    });
    expect(model(tuning("mistral-7b-v0.3", A100)).env?.map(({ name }) => name)).to.deep.equal([
      "PYTORCH_CUDA_ALLOC_CONF",
    ]);
  });
});
