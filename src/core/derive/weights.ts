import { error, type Issue } from "../issue.ts";
import { isObject } from "../json.ts";
import { given, member } from "./reading.ts";

const BYTES_PER_GIB = 1024 ** 3;
// 16 TiB: ten times the largest model published.
const MOST_BYTES = 2 ** 44;

export type Weights =
  | { readonly kind: "size"; readonly gib: number; readonly source: string }
  | { readonly kind: "unknown"; readonly issue: Issue };

/** The files of weights a repository lists. */
export interface WeightFiles {
  readonly count: number;
  readonly bytes: number;
}

/** What is known about the size of the weights; the first that is there counts. */
export interface WeightFacts {
  readonly statedGiB?: number;
  /** model.safetensors.index.json, parsed. */
  readonly index?: unknown;
  readonly files?: WeightFiles;
}

/**
 * What one copy of the weights takes: as stated, else `metadata.total_size` of the index in bytes, else the sum of the
 * files. Guessed never: parameters are not in config.json, and a wrong size ends in a pod that runs out of memory.
 */
export function weights({ statedGiB, index, files }: WeightFacts): Weights {
  if (statedGiB !== undefined) return { kind: "size", gib: statedGiB, source: "weightsGiB: as stated" };
  if (index === undefined) {
    if (files !== undefined && files.bytes >= 1 && files.bytes <= MOST_BYTES) {
      const source = `weightsGiB: ${files.count} weight files of the repository, ${files.bytes} bytes`;
      return { kind: "size", gib: roundedUp(files.bytes), source };
    }
    return unknown(
      "--weights-gib",
      "is required without an index: give --index model.safetensors.index.json, or the size of the weight files in GiB",
    );
  }
  const metadata = isObject(index) ? member(index, "metadata") : undefined;
  const total = isObject(metadata) ? member(metadata, "total_size") : undefined;
  if (typeof total !== "number" || !(total >= 1) || total > MOST_BYTES) {
    const text = `must be the size in bytes, at most ${MOST_BYTES}, given ${given(total)}; else give --weights-gib`;
    return unknown("metadata.total_size", text);
  }
  return {
    kind: "size",
    gib: roundedUp(total),
    source: `weightsGiB: metadata.total_size of the index, ${total} bytes`,
  };
}

/** Two decimals, upwards: never less than what is loaded. */
function roundedUp(bytes: number): number {
  return Math.max(0.01, Math.ceil((bytes / BYTES_PER_GIB) * 100) / 100);
}

function unknown(path: string, text: string): Weights {
  return { kind: "unknown", issue: error(path, "derive/weights", `${path} ${text}`) };
}
