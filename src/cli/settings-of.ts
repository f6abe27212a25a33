import type { Catalogue } from "../core/catalogue.ts";
import { catalogueWith } from "./catalogue.ts";
import { type ConfigFile, readCheckConfig } from "./check/config-file.ts";
import { catalogOption, namespaceOption } from "./input/options.ts";

/** What commands take of the settings of a repository, and what comes before them. */
export const settingsOptions = {
  config: { kind: "text", help: "settings (default: .foresail.yaml here or above, up to the repository's root)" },
  namespace: namespaceOption,
  catalog: catalogOption,
} as const;

interface Given {
  readonly config: string | undefined;
  readonly namespace: string | undefined;
  readonly catalog: readonly string[];
}

export interface Settings {
  readonly file: ConfigFile;
  readonly catalogue: Catalogue;
  /** Of manifests that state none. */
  readonly namespace: string;
}

/**
 * The catalogue and the namespace of a run: flags first, then the file of the repository, so that every command of one
 * pipeline speaks of the same models and prices. Throws UsageError for a file that cannot be used.
 */
export function settingsOf({ config: path, namespace, catalog }: Given): Settings {
  const file = readCheckConfig(path);
  const { config, from } = file;
  return {
    file,
    catalogue: catalogueWith([...(config.catalogs ?? []).map(from), ...catalog]),
    namespace: namespace ?? config.namespace ?? "default",
  };
}
