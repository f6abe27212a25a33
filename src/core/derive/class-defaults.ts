import type { JsonObject } from "../json.ts";

/**
 * What configuration classes fill in for members a config.json leaves out: composite models write only those members of
 * their text_config that differ. Read from the classes of transformers 5.14.1, by model type:
 * layers, attention heads, key-value heads, head size, hidden size, longest context, sliding window; - is none.
 */
const ROWS = `
afmoe 32 16 - 128 2048 131072 2048
apertus 32 32 - - 4096 65536 -
arcee 32 32 - - 2560 4096 -
aria_text 32 32 - - 4096 2048 -
bamba 32 32 8 - 4096 262144 -
bitnet 30 20 5 - 2560 2048 -
cohere 40 64 - - 8192 8192 -
cohere2 40 64 - - 8192 8192 4096
cohere2_moe 40 64 - 128 8192 8192 4096
cwm 64 48 8 128 6144 131072 8192
dbrx 24 16 1 - 2048 2048 -
deepseek_ocr2_text 32 32 - - 4096 2048 -
deepseek_v2 32 32 - 64 4096 2048 -
deepseek_v3 61 128 128 64 7168 4096 -
diffusion_gemma_text 30 8 4 256 2304 131072 512
dots1 62 32 32 - 4608 2048 4096
ernie4_5 18 16 2 128 1024 131072 -
ernie4_5_moe 28 20 4 - 2560 131072 -
ernie4_5_vl_moe_text 28 20 4 - 2560 131072 -
exaone4 32 32 32 - 4096 2048 4096
exaone_moe 32 32 32 - 4096 2048 4096
falcon 32 71 - - 4544 2048 -
falcon_h1 32 32 8 - 4096 8192 -
flex_olmo 32 32 - - 4096 4096 -
gemma 28 16 16 256 3072 8192 -
gemma2 26 8 4 256 2304 8192 4096
gemma3_text 26 8 4 256 2304 131072 4096
gemma3n_text 35 8 2 256 2048 32768 512
gemma4_text 30 8 4 256 2304 131072 512
gemma4_unified_text 30 8 4 256 2304 262144 1024
glm 40 32 2 128 4096 131072 -
glm4 40 32 2 128 4096 131072 -
glm4_moe 46 96 8 - 4096 131072 -
glm4_moe_lite 47 20 20 64 2048 202752 -
glm4v_moe_text 46 96 8 - 4096 65536 -
glm4v_text 40 32 2 - 4096 32768 -
glm_moe_dsa 78 64 64 64 6144 202752 -
glm_ocr_text 16 16 8 - 1024 131072 -
gpt2 12 12 - - 768 1024 -
gpt_bigcode 12 12 1 - 768 1024 -
gpt_neo 24 16 - - 2048 2048 -
gpt_neox 44 64 - - 6144 2048 -
gpt_oss 36 64 8 64 2880 131072 128
gptj 28 16 - - 4096 2048 -
granite 32 32 - - 4096 2048 -
granite4_vision_text 32 32 - - 4096 2048 -
granitemoe 32 32 - - 4096 2048 -
granitemoehybrid 32 32 - - 4096 2048 -
granitemoeshared 32 32 - - 4096 2048 -
hunyuan_v1_dense 32 32 - - 4096 2048 -
hunyuan_v1_moe 32 32 - - 4096 2048 -
hunyuan_vl_text 32 32 - - 4096 2048 -
hyperclovax 32 32 - - 4096 2048 -
jais2 32 26 - - 3328 8192 -
jamba 32 32 8 - 4096 262144 -
laguna 40 48 8 128 2048 131072 -
lfm2 32 32 8 - 2560 128000 -
lfm2_moe 32 32 8 - 2048 128000 -
llama 32 32 - - 4096 2048 -
llama4_text 48 40 8 128 5120 131072 -
longcat_flash 56 64 - 64 6144 131072 -
mellum 24 32 4 - 2048 32768 -
mimo_v2_flash 48 64 4 192 4096 131072 128
minicpm3 62 40 40 32 2560 32768 -
minimax 32 32 8 - 4096 131072 -
minimax_m2 62 48 8 128 3072 196608 -
minimax_m3_vl_text 60 64 4 128 6144 524288 -
ministral 32 32 8 - 4096 131072 4096
ministral3 34 32 8 128 4096 262144 -
mistral 32 32 8 - 4096 131072 4096
mixtral 32 32 8 - 4096 131072 -
nemotron 32 48 - - 6144 4096 -
nemotron_h 4 32 8 128 4096 4096 -
olmo 32 32 - - 4096 2048 -
olmo2 32 32 - - 4096 2048 -
olmo3 32 32 - - 4096 2048 4096
olmo_hybrid 32 30 - - 3840 65536 -
olmoe 16 16 - - 2048 4096 -
opt 12 12 - - 768 2048 -
paddleocr_vl_text 18 16 2 128 1024 131072 -
persimmon 36 64 - - 4096 16384 -
phi 24 32 - - 2048 2048 -
phi3 32 32 - - 3072 4096 -
phi4_multimodal 32 32 8 - 3072 131072 -
phimoe 32 32 8 - 4096 131072 -
qwen2 32 32 32 - 4096 32768 -
qwen2_5_omni_text 28 28 4 - 3584 32768 -
qwen2_5_vl_text 80 64 8 - 8192 32768 -
qwen2_moe 24 16 16 - 2048 32768 -
qwen2_vl_text 80 64 8 - 8192 32768 -
qwen3 32 32 32 128 4096 32768 -
qwen3_5_moe_text 40 16 2 256 2048 32768 -
qwen3_5_text 32 16 4 256 4096 32768 -
qwen3_moe 24 32 4 - 2048 32768 -
qwen3_next 48 16 2 256 2048 32768 -
qwen3_omni_moe_text 28 28 4 - 2048 32768 -
qwen3_vl_moe_text 24 16 16 - 2048 128000 -
qwen3_vl_text 32 32 32 128 4096 128000 -
seed_oss 64 80 8 128 4096 524288 -
smollm3 36 16 4 - 2048 32768 -
solar_open 48 64 8 128 4096 131072 -
stablelm 32 32 32 - 2560 4096 -
starcoder2 30 24 2 - 3072 4096 -
vaultgemma 26 8 4 256 2304 8192 4096
voxtral_realtime_text 32 32 8 - 4096 131072 4096
zamba 76 16 16 - 3712 4096 -
zamba2 54 32 - - 2560 4096 -
`;

const MEMBERS = [
  "num_hidden_layers",
  "num_attention_heads",
  "num_key_value_heads",
  "head_dim",
  "hidden_size",
  "max_position_embeddings",
  "sliding_window",
];

const byModelType: ReadonlyMap<string, JsonObject> = new Map(
  ROWS.trim()
    .split("\n")
    .map((row) => {
      const [modelType = "", ...values] = row.split(" ");
      const members = MEMBERS.map((member, i) => [member, Number(values[i])] as const);
      return [modelType, Object.fromEntries(members.filter(([, value]) => !Number.isNaN(value)))];
    }),
);

/** Members the configuration class of a model type has by default; none for types that are not listed. */
export function classDefaults(modelType: string): JsonObject {
  return byModelType.get(modelType) ?? byModelType.get(`${modelType}_text`) ?? {};
}
