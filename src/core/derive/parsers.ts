import type { ServerVersion } from "../catalogue.ts";

/** How a family of models writes calls of tools and its reasoning; it counts where both patterns fit. */
interface Family {
  readonly repository: RegExp;
  readonly architecture: RegExp;
  readonly tool?: string;
  readonly reasoning?: string;
}

const GENERAL = /./;

/**
 * Families whose output formats are sure: the publisher's own repositories (a fine-tune of another may write otherwise),
 * or an architecture with one format. First fit counts. From the lists KAITO v0.12 keeps by name
 * (presets/workspace/generator) as far as vLLM 0.25.1's documentation of its parsers says the same.
 */
const FAMILIES: readonly Family[] = [
  { repository: GENERAL, architecture: /^GptOss/, tool: "openai", reasoning: "openai_gptoss" },
  { repository: /^qwen\/qwen3-coder/i, architecture: /^Qwen3/, tool: "qwen3_coder" },
  { repository: /^qwen\/qwen3.*-instruct-2507/i, architecture: /^Qwen3/, tool: "hermes" },
  { repository: /^qwen\/qwen3\.\d/i, architecture: /^Qwen3_5/, tool: "qwen3_coder", reasoning: "qwen3" },
  { repository: /^qwen\/qwen3-(\d|next)/i, architecture: /^Qwen3/, tool: "hermes", reasoning: "qwen3" },
  { repository: /^qwen\/qwen2\.5.*-instruct/i, architecture: /^Qwen2ForCausalLM$/, tool: "hermes" },
  {
    repository: /^meta-llama\/(meta-)?llama-3\.\d.*instruct/i,
    architecture: /^LlamaForCausalLM$/,
    tool: "llama3_json",
  },
  { repository: /^meta-llama\/llama-4/i, architecture: /^Llama4/, tool: "llama4_pythonic" },
  {
    repository: /^deepseek-ai\/deepseek-v4/i,
    architecture: /^DeepseekV4/,
    tool: "deepseek_v4",
    reasoning: "deepseek_v4",
  },
  {
    repository: /^deepseek-ai\/deepseek-v3\.2/i,
    architecture: /^DeepseekV32/,
    tool: "deepseek_v32",
    reasoning: "deepseek_v3",
  },
  {
    repository: /^deepseek-ai\/deepseek-v3\.1/i,
    architecture: /^DeepseekV3/,
    tool: "deepseek_v31",
    reasoning: "deepseek_v3",
  },
  { repository: /^deepseek-ai\/deepseek-v3/i, architecture: /^DeepseekV3/, tool: "deepseek_v3" },
  { repository: /^deepseek-ai\/deepseek-r1-distill/i, architecture: GENERAL, reasoning: "deepseek_r1" },
  {
    repository: /^deepseek-ai\/deepseek-r1/i,
    architecture: /^DeepseekV3/,
    tool: "deepseek_v3",
    reasoning: "deepseek_r1",
  },
  { repository: /^moonshotai\/kimi-k2/i, architecture: /^(DeepseekV3|KimiK2)/, tool: "kimi_k2", reasoning: "kimi_k2" },
  {
    repository: /^minimaxai\/minimax-m2/i,
    architecture: /^MiniMaxM2/,
    tool: "minimax_m2",
    reasoning: "minimax_m2",
  },
  { repository: /^minimaxai\/minimax-m3/i, architecture: /^MiniMaxM3/, tool: "minimax_m3", reasoning: "minimax_m3" },
  { repository: /^zai-org\/glm-(4\.7|5)/i, architecture: /^Glm/, tool: "glm47", reasoning: "glm45" },
  { repository: /^zai-org\/glm-4\.[56]/i, architecture: /^Glm4Moe/, tool: "glm45", reasoning: "glm45" },
  {
    repository: /^nvidia\/.*nemotron-(3|cascade-2)/i,
    architecture: /^NemotronH/,
    tool: "qwen3_coder",
    reasoning: "nemotron_v3",
  },
  { repository: /^google\/gemma-4/i, architecture: /^Gemma4/, tool: "gemma4", reasoning: "gemma4" },
  { repository: /^ibm-granite\/granite-4/i, architecture: /^Granite/, tool: "granite4" },
  { repository: /^ibm-granite\/granite-3/i, architecture: /^Granite/, tool: "granite" },
  { repository: /^bytedance-seed\/seed-oss/i, architecture: /^SeedOss/, tool: "seed_oss", reasoning: "seed_oss" },
  { repository: /^allenai\/olmo-3.*(instruct|think)/i, architecture: /^Olmo3/, tool: "olmo3", reasoning: "olmo3" },
  {
    repository: /^tencent\/hunyuan-a13b/i,
    architecture: /^HunYuanMoE/,
    tool: "hunyuan_a13b",
    reasoning: "hunyuan_a13b",
  },
  { repository: /^baidu\/ernie-4\.5/i, architecture: /^Ernie4_5/, tool: "ernie45", reasoning: "ernie45" },
  { repository: /^stepfun-ai\/step3/i, architecture: /^Step3/, tool: "step3", reasoning: "step3" },
  { repository: /^microsoft\/phi-4-mini-instruct/i, architecture: /^Phi3/, tool: "phi4_mini_json" },
];

/** Flags of the parsers that are sure for this model and exist in the server; none where nothing is sure. */
export function parserFlags(
  repository: string,
  architecture: string,
  server: ServerVersion,
): { readonly [flag: string]: string } {
  const family = FAMILIES.find((one) => one.repository.test(repository) && one.architecture.test(architecture));
  const { tool, reasoning } = family ?? {};
  return {
    ...(tool !== undefined && server.toolCallParsers.includes(tool)
      ? { "enable-auto-tool-choice": "", "tool-call-parser": tool }
      : {}),
    ...(reasoning !== undefined && server.reasoningParsers.includes(reasoning)
      ? { "reasoning-parser": reasoning }
      : {}),
  };
}
