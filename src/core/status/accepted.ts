import { canonicalJson, sha256Hex } from "../json.ts";
import type { Expansion } from "../kinds/workspace.ts";

/** `sha256:` and 64 hex digits over an expansion: what the reconciler remembers of one that it has compared with its own. */
export function expansionHash(expansion: Expansion): string {
  return `sha256:${sha256Hex(canonicalJson(expansion))}`;
}
