import { expect } from "chai";
import { describe, it } from "mocha";
import type { LayerCache } from "../../../src/core/catalogue.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { codesOf, derived, LLAMA, messageOf } from "./support.ts";

const without = (config: JsonObject, ...names: string[]): JsonObject =>
  Object.fromEntries(Object.entries(config).filter(([name]) => !names.includes(name)));

function cacheOf(config: JsonObject): readonly LayerCache[] {
  const result = derived(config);
  return result.preset?.cache ?? result.issues.map(({ message }) => message as never);
}

describe("derive: what layers keep", () => {
  const full = (layers: number, kvHeads: number, headDim: number) => ({ kind: "attention", layers, kvHeads, headDim });
  const cases: readonly (readonly [string, JsonObject, readonly object[]])[] = [
    ["no key-value heads: as many as heads", without(LLAMA, "num_key_value_heads"), [full(32, 32, 128)]],
    ["no head size: hidden size over heads", { ...LLAMA, num_attention_heads: 64, head_dim: 0 }, [full(32, 8, 64)]],
    [
      "multi-query attention has one",
      { ...without(LLAMA, "num_key_value_heads"), architectures: ["FalconForCausalLM"], multi_query: true },
      [full(32, 1, 128)],
    ],
    [
      "names of GPT-2",
      {
        architectures: ["GPT2LMHeadModel"],
        model_type: "gpt2",
        n_layer: 12,
        n_head: 12,
        n_embd: 768,
        n_positions: 1024,
        n_ctx: 1024,
      },
      [full(12, 12, 64)],
    ],
    ["one window for all layers", { ...LLAMA, sliding_window: 4096 }, [{ ...full(32, 8, 128), windowTokens: 4096 }]],
    ["a window as long as the context is none", { ...LLAMA, sliding_window: 131072 }, [full(32, 8, 128)]],
    ["a window switched off", { ...LLAMA, sliding_window: 4096, use_sliding_window: false }, [full(32, 8, 128)]],
    [
      "a window by layer where vLLM reads it",
      {
        ...LLAMA,
        num_hidden_layers: 3,
        layer_types: ["sliding_attention", "full_attention", "sliding_attention"],
        sliding_window: 512,
      },
      [full(1, 8, 128), { ...full(2, 8, 128), windowTokens: 512 }],
    ],
    [
      "a window by layer where vLLM does not read it",
      {
        ...LLAMA,
        model_type: "stablelm",
        num_hidden_layers: 2,
        layer_types: ["sliding_attention", "full_attention"],
        sliding_window: 512,
      },
      [full(2, 8, 128)],
    ],
    [
      "Jamba: one layer of eight has attention, the others a Mamba state",
      {
        ...LLAMA,
        architectures: ["JambaForCausalLM"],
        model_type: "jamba",
        attn_layer_period: 8,
        attn_layer_offset: 4,
        mamba_expand: 2,
        mamba_d_state: 16,
        mamba_d_conv: 4,
      },
      // 8192 channels × (3 taps + 16 states) × 2 bytes.
      [full(4, 8, 128), { kind: "state", layers: 28, bytesPerSequence: 311296 }],
    ],
    [
      "Granite 4 hybrid: Mamba-2 in 16 bit",
      {
        ...LLAMA,
        architectures: ["GraniteMoeHybridForCausalLM"],
        model_type: "granitemoehybrid",
        num_hidden_layers: 2,
        layer_types: ["mamba", "attention"],
        mamba_n_heads: 48,
        mamba_d_head: 64,
        mamba_n_groups: 1,
        mamba_d_state: 128,
        mamba_d_conv: 4,
      },
      // 48 × 64 × 128 × 2 bytes, convolution 3 × (3072 + 2 × 128) × 2 bytes.
      [full(1, 8, 128), { kind: "state", layers: 1, bytesPerSequence: 786432 + 19968 }],
    ],
    [
      "LFM2: short convolutions",
      {
        ...LLAMA,
        architectures: ["Lfm2ForCausalLM"],
        model_type: "lfm2",
        num_hidden_layers: 2,
        layer_types: ["conv", "full_attention"],
        conv_L_cache: 3,
        conv_dim: 2048,
      },
      [full(1, 8, 128), { kind: "state", layers: 1, bytesPerSequence: 2048 * 2 * 2 }],
    ],
    [
      "Kimi Linear: delta attention in 32 bit beside a latent",
      {
        ...LLAMA,
        architectures: ["KimiLinearForCausalLM"],
        model_type: "kimi_linear",
        num_hidden_layers: 4,
        kv_lora_rank: 512,
        qk_rope_head_dim: 64,
        linear_attn_config: {
          kda_layers: [1, 2, 3],
          full_attn_layers: [4],
          num_heads: 32,
          head_dim: 128,
          short_conv_kernel_size: 4,
        },
      },
      // 32 × 128 × 128 × 4 bytes, convolution 3 × (3 × 4096) × 2 bytes.
      [
        { kind: "mla", layers: 1, latentDim: 576 },
        { kind: "state", layers: 3, bytesPerSequence: 2097152 + 73728 },
      ],
    ],
    [
      "a latent that vLLM unfolds",
      {
        ...LLAMA,
        architectures: ["MiniCPM3ForCausalLM"],
        model_type: "minicpm3",
        num_key_value_heads: 40,
        num_attention_heads: 40,
        kv_lora_rank: 256,
        qk_nope_head_dim: 64,
        qk_rope_head_dim: 32,
      },
      [full(32, 40, 96)],
    ],
  ];
  for (const [what, config, expected] of cases) {
    it(what, () => {
      expect(cacheOf(config)).to.deep.equal(expected);
    });
  }

  it("counts what it does not know as full attention, and says so", () => {
    const { preset } = derived({
      ...LLAMA,
      num_hidden_layers: 2,
      layer_types: ["chunked_attention", "full_attention"],
    });
    expect(preset?.cache).to.deep.equal([full(2, 8, 128)]);
    expect(preset?.sources?.join("\n")).to.match(/"chunked_attention" are counted as full attention/);
  });

  it("says so of a state it cannot compute", () => {
    const { preset } = derived({ ...LLAMA, num_hidden_layers: 2, layer_types: ["mamba", "full_attention"] });
    expect(preset?.cache).to.deep.equal([full(2, 8, 128)]);
    expect(preset?.sources?.join("\n")).to.match(/linear layers is not known/);
  });

  it("refuses layers that keep two things", () => {
    const result = derived({ ...LLAMA, architectures: ["FalconH1ForCausalLM"], model_type: "falcon_h1" });
    expect(codesOf(result)).to.include("error derive/unsupported");
  });

  it("refuses a description of more or fewer layers than there are", () => {
    const result = derived({ ...LLAMA, layer_types: ["full_attention"] });
    expect(messageOf(result, "derive/layers")).to.match(/is 32, but 1 layers are described/);
  });
});

describe("derive: the longest context", () => {
  const cases: readonly (readonly [string, JsonObject, number])[] = [
    ["the shortest length stated", { max_position_embeddings: 8192, seq_length: 4096 }, 4096],
    ["model_max_length over all", { max_position_embeddings: 8192, model_max_length: 131072 }, 131072],
    ["linear scaling", { max_position_embeddings: 4096, rope_scaling: { type: "linear", factor: 4 } }, 16384],
    [
      "YaRN counts from the original length",
      {
        max_position_embeddings: 40960,
        rope_scaling: { rope_type: "yarn", factor: 4, original_max_position_embeddings: 32768 },
      },
      131072,
    ],
    [
      "llama3 is scaled already",
      { max_position_embeddings: 131072, rope_scaling: { rope_type: "llama3", factor: 8 } },
      131072,
    ],
    [
      "longrope is scaled already",
      { max_position_embeddings: 131072, rope_scaling: { type: "su", factor: 32 } },
      131072,
    ],
    ["a factor of null is 1", { max_position_embeddings: 4096, rope_scaling: { type: "dynamic", factor: null } }, 4096],
    [
      "one embedding by kind of layer",
      {
        max_position_embeddings: 65536,
        rope_parameters: {
          sliding_attention: { rope_type: "default" },
          full_attention: { rope_type: "yarn", factor: 8, original_max_position_embeddings: 8192 },
        },
      },
      65536,
    ],
  ];
  for (const [what, members, expected] of cases) {
    it(what, () => {
      const config = { ...without(LLAMA, "rope_scaling", "max_position_embeddings"), ...members };
      expect(derived(config).preset?.contextTokens, messageOf(derived(config), "derive/number")).to.equal(expected);
    });
  }

  it("is never guessed", () => {
    const result = derived(without(LLAMA, "max_position_embeddings"));
    expect(messageOf(result, "derive/required")).to.match(/^max_position_embeddings is required/);
  });
});
