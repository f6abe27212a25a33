import { readFileSync, statSync } from "node:fs";
import { parseModelJson } from "../../core/derive/model-json.ts";
import { UsageError } from "../../option.ts";

/** Most bytes read of each file of a model: far above what is published, far below what fills the memory. */
export const LARGEST_BYTES = {
  config: 4 * 1024 * 1024,
  // One line for every tensor: a large mixture of experts has tens of thousands.
  index: 32 * 1024 * 1024,
  tokenizerConfig: 16 * 1024 * 1024,
} as const;

/**
 * Reads one JSON file of a model.
 * @throws UsageError when it cannot be read, is larger than `mostBytes`, or is no JSON.
 */
export function readModelFile(path: string, mostBytes: number): unknown {
  return parsed(path, readBounded(path, mostBytes));
}

function readBounded(path: string, mostBytes: number): string {
  try {
    const { size } = statSync(path);
    if (size <= mostBytes) return readFileSync(path, "utf8");
    throw new UsageError(`${path} is ${size} bytes large; at most ${mostBytes} are read: is it the right file?`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : error}`);
  }
}

/** @throws UsageError when the text is no JSON. `shown` names it in the message. */
export function parsed(shown: string, text: string): unknown {
  const json = parseModelJson(text);
  if (json.kind === "value") return json.value;
  throw new UsageError(`${shown}: ${json.message}`);
}
