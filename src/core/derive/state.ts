import { isObject } from "../json.ts";
import { isWhole, member, type Reading, stated } from "./reading.ts";

// The server runs in 16 bit; a state is kept in the same unless the model says otherwise.
const BYTES = 2;
const BYTES_FLOAT32 = 4;

/**
 * Bytes one sequence keeps in one state layer, over all GPUs of a tensor parallel group, as vLLM 0.25.1 computes them
 * (model_executor/layers/mamba/mamba_utils.py, MambaStateShapeCalculator). Undefined where the kind of state is unknown.
 */
export function stateBytes(reading: Reading): number | undefined {
  return (
    gatedDeltaNet(reading) ?? mamba2(reading) ?? mamba1(reading) ?? shortConvolution(reading) ?? kimiDelta(reading)
  );
}

/** The members as numbers, or undefined when one is missing. */
function numbers(reading: Reading, names: readonly string[]): readonly number[] | undefined {
  const values = names.map((name) => stated(reading, [name]));
  return values.every(isWhole) ? values : undefined;
}

/** What a convolution of `kernel` taps remembers of `channels` channels. */
function convolution(channels: number, kernel: number): number {
  return channels * (kernel - 1) * BYTES;
}

function gatedDeltaNet(reading: Reading): number | undefined {
  const [keyHeads, valueHeads, keyDim, valueDim, kernel] =
    numbers(reading, [
      "linear_num_key_heads",
      "linear_num_value_heads",
      "linear_key_head_dim",
      "linear_value_head_dim",
      "linear_conv_kernel_dim",
    ]) ?? [];
  if (!keyHeads || !valueHeads || !keyDim || !valueDim || !kernel) return undefined;
  const channels = 2 * keyDim * keyHeads + valueDim * valueHeads;
  // models/config.py, Qwen3_5ForConditionalGenerationConfig: mamba_ssm_dtype of the model; Qwen3-Next states none.
  return convolution(channels, kernel) + valueHeads * valueDim * keyDim * bytesOf(stated(reading, ["mamba_ssm_dtype"]));
}

function mamba2(reading: Reading): number | undefined {
  const nemotron = numbers(reading, ["mamba_num_heads", "mamba_head_dim", "n_groups", "ssm_state_size", "conv_kernel"]);
  const granite = numbers(reading, [
    "mamba_n_heads",
    "mamba_d_head",
    "mamba_n_groups",
    "mamba_d_state",
    "mamba_d_conv",
  ]);
  const [heads, headDim, groups, state, kernel] = nemotron ?? granite ?? [];
  if (!heads || !headDim || !groups || !state || !kernel) return undefined;
  // models/config.py, NemotronHForCausalLMConfig: float32 unless the model states another type.
  const stateType = nemotron === undefined ? undefined : (stated(reading, ["mamba_ssm_cache_dtype"]) ?? "float32");
  return convolution(heads * headDim + 2 * groups * state, kernel) + heads * headDim * state * bytesOf(stateType);
}

/** Jamba. */
function mamba1(reading: Reading): number | undefined {
  const [expand, hidden, state, kernel] =
    numbers(reading, ["mamba_expand", "hidden_size", "mamba_d_state", "mamba_d_conv"]) ?? [];
  if (!expand || !hidden || !state || !kernel) return undefined;
  return convolution(expand * hidden, kernel) + expand * hidden * state * BYTES;
}

/** LFM2. */
function shortConvolution(reading: Reading): number | undefined {
  const kernel = stated(reading, ["conv_L_cache"]);
  const channels = stated(reading, ["conv_dim", "hidden_size"]);
  return isWhole(kernel) && isWhole(channels) ? convolution(channels, kernel) : undefined;
}

/** Kimi Linear: its recurrent state is kept in 32 bit. */
function kimiDelta(reading: Reading): number | undefined {
  const linear = stated(reading, ["linear_attn_config"]);
  if (!isObject(linear)) return undefined;
  const [heads, headDim, kernel] = ["num_heads", "head_dim", "short_conv_kernel_size"].map((n) => member(linear, n));
  if (!isWhole(heads) || !isWhole(headDim) || !isWhole(kernel)) return undefined;
  return convolution(3 * heads * headDim, kernel) + heads * headDim * headDim * BYTES_FLOAT32;
}

function bytesOf(type: unknown): number {
  return type === "float32" ? BYTES_FLOAT32 : BYTES;
}
