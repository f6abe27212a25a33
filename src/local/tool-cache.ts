import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isCheckout } from "../package-root.ts";

/**
 * Where built tools are kept: FORESAIL_CACHE, else `.cache/tools` of a checkout (ignored by git), else the user's cache
 * folder, because an installed package may be read-only.
 */
export function toolCache(root: string, env: NodeJS.ProcessEnv = process.env): string {
  if (env.FORESAIL_CACHE) return join(env.FORESAIL_CACHE, "tools");
  if (isCheckout(root)) return join(root, ".cache", "tools");
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "foresail", "tools");
}

/** Names one build: 16 hex digits over the sources of the module, the tool chain and the flags. */
export function toolKey(moduleDir: string, sources: readonly string[], inputs: readonly string[]): string {
  const hash = createHash("sha256");
  for (const source of sources)
    hash
      .update(source)
      .update("\0")
      .update(readFileSync(join(moduleDir, source)))
      .update("\0");
  for (const input of inputs) hash.update(input).update("\0");
  return hash.digest("hex").slice(0, 16);
}
