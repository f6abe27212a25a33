import type { Expanded } from "../../../src/core/expand.ts";
import { canonicalJson, sha256Hex } from "../../../src/core/json.ts";

/** Stands for all bytes of an expansion and all that is said about it. */
export function digest({ expansion, issues }: Expanded): string {
  return sha256Hex(canonicalJson({ expansion, issues }));
}
