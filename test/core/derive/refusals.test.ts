import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { parseModelJson } from "../../../src/core/derive/model-json.ts";
import { codesOf, derived, LLAMA, messageOf } from "./support.ts";

describe("derive: architectures", () => {
  it("refuses what vLLM does not know, with what is near", () => {
    const result = derived({ ...LLAMA, architectures: ["Llama5ForCausalLM"] });
    expect(result.preset).to.equal(undefined);
    const message = messageOf(result, "derive/unknown-architecture");
    expect(message).to.match(
      /"Llama5ForCausalLM": vLLM 0\.25\.1 does not know it; the nearest it knows are .*LlamaForCausalLM/,
    );
  });

  it("takes the first one that vLLM knows", () => {
    const { preset } = derived({ ...LLAMA, architectures: ["AcmeForCausalLM", "LlamaForCausalLM"] });
    expect(preset?.architecture).to.equal("LlamaForCausalLM");
  });

  it("tells Mistral's params.json from a config.json", () => {
    const result = derived({ dim: 4096, n_layers: 32, head_dim: 128, n_heads: 32, n_kv_heads: 8, vocab_size: 32768 });
    expect(messageOf(result, "derive/required")).to.match(/this is Mistral's params\.json; give the config\.json/);
  });

  it("refuses a model with an encoder", () => {
    expect(codesOf(derived({ ...LLAMA, is_encoder_decoder: true }))).to.include("error derive/unsupported");
  });
});

describe("derive: quantisation", () => {
  const quantization = (config: object) => derived({ ...LLAMA, quantization_config: config }).preset?.quantization;

  it("is named and counted as vLLM reads it", () => {
    const cases: readonly (readonly [object, object])[] = [
      [
        { quant_method: "gptq", bits: 8 },
        { method: "gptq", bits: 8 },
      ],
      [
        { quant_method: "bitsandbytes", load_in_4bit: true },
        { method: "bitsandbytes", bits: 4 },
      ],
      [
        { quant_method: "modelopt", quant_algo: "NVFP4" },
        { method: "modelopt_fp4", bits: 4 },
      ],
      [
        { producer: { name: "modelopt" }, quantization: { quant_algo: "FP8" } },
        { method: "modelopt", bits: 8 },
      ],
      [
        { quant_method: "modelopt", quant_algo: "MIXED_PRECISION" },
        { method: "modelopt_mixed", bits: 8 },
      ],
      [
        {
          quant_method: "compressed_tensors",
          config_groups: { a: { weights: { num_bits: 4 } }, b: { weights: { num_bits: 8 } } },
        },
        { method: "compressed-tensors", bits: 8 },
      ],
    ];
    for (const [config, expected] of cases) expect(quantization(config)).to.deep.equal(expected);
  });

  it("refuses a method vLLM does not load", () => {
    const result = derived({ ...LLAMA, quantization_config: { quant_method: "hqq", bits: 4 } });
    expect(result.preset).to.equal(undefined);
    expect(messageOf(result, "derive/unknown-quantization")).to.match(/"hqq": vLLM 0\.25\.1 does not load it/);
    const deprecated = derived({ ...LLAMA, quantization_config: { quant_method: "fbgemm_fp8" } });
    expect(codesOf(deprecated)).to.include("error derive/unknown-quantization");
  });
});

describe("derive: weights", () => {
  it("takes what is stated, then the index, then the files", () => {
    const index = { metadata: { total_size: 3 * 1024 ** 3 } };
    const files = { count: 2, bytes: 5 * 1024 ** 3 };
    expect(derived(LLAMA, { weights: { statedGiB: 2, index, files } }).preset?.weightsGiB).to.equal(2);
    expect(derived(LLAMA, { weights: { index, files } }).preset?.weightsGiB).to.equal(3);
    expect(derived(LLAMA, { weights: { files } }).preset?.weightsGiB).to.equal(5);
  });

  it("rounds up, so that never less is counted than is loaded", () => {
    const index = { metadata: { total_size: 16060522496 } };
    expect(derived(LLAMA, { weights: { index } }).preset?.weightsGiB).to.equal(14.96);
  });

  it("never guesses", () => {
    expect(messageOf(derived(LLAMA, { weights: {} }), "derive/weights")).to.match(/give --index .*, or the size/);
    for (const total of [0, -1, 2 ** 60, "10", null, Number.NaN, [1]]) {
      const result = derived(LLAMA, { weights: { index: { metadata: { total_size: total } } } });
      expect(codesOf(result), String(total)).to.deep.equal(["error derive/weights"]);
    }
  });
});

describe("derive: code of the repository", () => {
  const auto_map = { AutoConfig: "configuration_acme.AcmeConfig", AutoModelForCausalLM: "modeling_acme.AcmeModel" };

  it("runs where the configuration is not known without it, and the user is told", () => {
    const result = derived({ ...LLAMA, model_type: "acme", auto_map });
    expect(result.preset?.trustRemoteCode).to.equal(true);
    expect(codesOf(result)).to.include("warning derive/remote-code");
  });

  it("does not run where the libraries know the model type", () => {
    expect(derived({ ...LLAMA, auto_map }).preset?.trustRemoteCode).to.equal(undefined);
  });

  it("runs for a tokenizer of the repository's own", () => {
    const tokenizerConfig = { auto_map: { AutoTokenizer: ["tokenization_acme.AcmeTokenizer", null] } };
    expect(derived(LLAMA, { tokenizerConfig }).preset?.trustRemoteCode).to.equal(true);
  });
});

describe("derive: who it is", () => {
  it("warns of a revision that moves, of a licence nobody stated, of parsers nobody is sure of", () => {
    const codes = codesOf(derived(LLAMA, { stated: {} }));
    expect(codes).to.have.members(["warning derive/revision", "warning derive/license", "warning derive/parsers"]);
    expect(codesOf(derived(LLAMA))).to.deep.equal(["warning derive/parsers"]);
  });

  it("says when the repository has a preset already", () => {
    const result = derived(LLAMA, { repository: "Meta-Llama/Llama-3.1-8B-Instruct", stated: { name: "mine" } });
    expect(messageOf(result, "derive/known-model")).to.match(/as llama-3\.1-8b-instruct: give --name/);
  });

  it("says that a name is taken: of a preset it would replace, of a second name that no file may have", () => {
    const replacing = derived(LLAMA, { repository: "acme/Phi-4" });
    expect(codesOf(replacing)).to.include("warning derive/name-taken");
    expect(messageOf(replacing, "derive/name-taken")).to.equal(
      "name phi-4 replaces the preset of microsoft/phi-4: give --name to have both",
    );
    expect(replacing.preset?.name).to.equal("phi-4");
    const second = derived(LLAMA, { repository: "acme/mistral-7b" });
    expect(codesOf(second)).to.include("error derive/name-taken");
    expect(messageOf(second, "derive/name-taken")).to.contain("another name of the preset mistral-7b-v0.3");
    expect(second.preset).to.equal(undefined);
    for (const repository of ["microsoft/phi-4", "acme/other"]) {
      expect(messageOf(derived(LLAMA, { repository }), "derive/name-taken"), repository).to.equal("");
    }
  });

  it("may be mirrored where the catalogue mirrors models of the same licence, else not", () => {
    expect(derived(LLAMA, { stated: { license: "apache-2.0" } }).preset?.mayMirror).to.equal(true);
    expect(derived(LLAMA, { stated: { license: "acme-eula" } }).preset?.mayMirror).to.equal(false);
  });

  it("takes over what every preset of the architecture needs, and nothing of one model", () => {
    const config = { ...LLAMA, architectures: ["Qwen3_5ForConditionalGeneration"], model_type: "qwen3" };
    const flags = derived(config).preset?.vllmFlags;
    expect(flags).to.deep.equal({ "gdn-prefill-backend": "triton" });
  });

  it("makes names Kubernetes takes", () => {
    expect(derived(LLAMA, { repository: "acme/My_Model.v2-" }).preset?.name).to.equal("my-model.v2");
    expect(codesOf(derived(LLAMA, { stated: { name: "Not A Name" } }))).to.include("error schema/invalid");
    expect(codesOf(derived(LLAMA, { repository: "no-organisation" }))).to.deep.equal(["error derive/repository"]);
    expect(codesOf(derived(LLAMA, { repository: "acme/../../etc" }))).to.deep.equal(["error derive/repository"]);
  });
});

describe("derive: hostile files", () => {
  const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;

  it("reads what Python writes, and nothing inside strings", () => {
    const json = parseModelJson('{"a": Infinity, "b": [-Infinity, NaN], "c": "Infinity \\" NaN", "d": 1}');
    expect(json).to.deep.equal({
      kind: "value",
      value: { a: null, b: [null, null], c: 'Infinity " NaN', d: 1 },
    });
    expect(parseModelJson('{"a": ').kind).to.equal("wrong");
  });

  it("takes no more than one pass over a text that never ends its string", () => {
    const started = process.hrtime.bigint();
    expect(parseModelJson(`{"a": NaN, "${'\\"'.repeat(1_000_000)}`).kind).to.equal("wrong");
    // Quadratic work over 2 MB takes minutes.
    expect(Number(process.hrtime.bigint() - started) / 1e9).to.be.below(5);
  });

  it("refuses numbers no model has, each named once", () => {
    for (const wrong of [-1, 0, 1.5, 1e9, 1e300, "32", true, [], {}, nested(20_000)]) {
      const result = derived({ ...LLAMA, num_hidden_layers: wrong });
      expect(result.preset, String(wrong).slice(0, 20)).to.equal(undefined);
      expect(result.issues.filter(({ level }) => level === "error").length).to.equal(1);
    }
    const many = derived({
      ...LLAMA,
      num_key_value_heads: "8",
      head_dim: -3,
      sliding_window: "all",
      hidden_size: 2 ** 40,
    });
    expect(many.issues.map(({ path }) => path)).to.include.members(["hidden_size"]);
    expect(many.issues.length).to.be.below(6);
  });

  it("survives values nested deeper than any stack", () => {
    const deep = JSON.parse(nested(100_000));
    for (const name of ["num_hidden_layers", "rope_scaling", "architectures", "quantization_config", "layer_types"]) {
      const { issues, preset } = derived({ ...LLAMA, [name]: deep });
      expect(issues.length + (preset === undefined ? 0 : 1)).to.be.greaterThan(0);
    }
    const inside = [{ model_type: deep }, { rope_scaling: { type: deep, factor: deep } }];
    const methods = [{ quant_method: deep }, { quant_algo: deep }, { quantization: { quant_algo: deep } }];
    for (const config of [...inside, ...methods.map((method) => ({ quantization_config: method }))])
      expect(derived({ ...LLAMA, ...config }).issues.length, Object.keys(config)[0]).to.be.greaterThan(0);
  });

  it("reads a list of a million layers no further than any model goes", () => {
    const started = process.threadCpuUsage();
    const names = Array.from({ length: 1_000_000 }, (_, i) => `kind${i}`);
    for (const config of [{ layer_types: names }, { hybrid_override_pattern: "x".repeat(1_000_000) }])
      expect(messageOf(derived({ ...LLAMA, ...config }), "derive/layers")).to.include("1025 layers are described");
    expect(process.threadCpuUsage(started).user / 1e6).to.be.lessThan(2);
  });

  it("takes no member from a prototype", () => {
    const config = JSON.parse('{"__proto__": {"architectures": ["LlamaForCausalLM"], "num_hidden_layers": 1}}');
    expect(codesOf(derived(config))).to.include("error derive/required");
    expect(codesOf(derived({ ...LLAMA, architectures: ["constructor"] }))).to.include(
      "error derive/unknown-architecture",
    );
    const quantized = derived({ ...LLAMA, quantization_config: { quant_method: "toString" } });
    expect(codesOf(quantized)).to.include("error derive/unknown-quantization");
  });

  it("needs an object", () => {
    for (const config of [null, 1, "x", [], [LLAMA]]) {
      expect(codesOf(derived(config))).to.deep.equal(["error derive/object"]);
    }
  });

  it("answers whatever a member holds with a valid preset or an error, in short messages", () => {
    const names = [
      ...Object.keys(LLAMA),
      "text_config",
      "quantization_config",
      "layer_types",
      "hybrid_override_pattern",
      "kv_lora_rank",
      "linear_attn_config",
      "attn_layer_period",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 4 }), (name, value) => {
        const { preset, issues } = derived({ ...LLAMA, [name]: value });
        const wrong = issues.filter(({ level }) => level === "error");
        expect(preset === undefined).to.equal(wrong.length > 0);
        for (const { message } of issues) expect(message.length).to.be.below(600);
      }),
      { numRuns: 500 },
    );
  });
});
