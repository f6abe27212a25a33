import type { Catalogue } from "../core/catalogue.ts";
import { loadCatalogue } from "../load.ts";
import { UsageError } from "../option.ts";

/**
 * The shipped catalogue with the directories and files of `--catalog` on top; what is worth knowing of them goes to stderr.
 * One that cannot be read is a usage error.
 */
export function catalogueWith(paths: readonly string[]): Catalogue {
  const catalogue = load(paths);
  for (const note of catalogue.notes ?? []) console.error(note);
  return catalogue;
}

function load(paths: readonly string[]): Catalogue {
  try {
    return loadCatalogue(paths);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new UsageError(`--catalog ${paths.join(", ")}: ${error.message}`);
  }
}
