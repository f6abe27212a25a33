import type { Catalogue } from "../core/catalogue.ts";
import { loadCatalogue } from "../load.ts";
import { UsageError } from "../option.ts";

/** The shipped catalogue with the directories of `--catalog` on top. A directory that cannot be read is a usage error. */
export function catalogueWith(directories: readonly string[]): Catalogue {
  try {
    return loadCatalogue(directories);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new UsageError(`--catalog ${directories.join(", ")}: ${error.message}`);
  }
}
