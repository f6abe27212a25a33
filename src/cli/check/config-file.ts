import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { keysOf } from "../../core/field-path.ts";
import { type CheckConfig, checkConfigIssues } from "../../core/lint/config.ts";
import { UsageError } from "../../option.ts";
import { checkSyntax, parseDocuments, plainOf } from "../input/document.ts";
import { placeIn } from "../input/place.ts";
import { directoriesUp } from "../input/repository.ts";
import { readSource } from "../input/source.ts";

/** Names it is found by, walking up to the root of the repository. */
export const CONFIG_FILES = [".foresail.yaml", ".foresail.yml"] as const;

export interface ConfigFile {
  /** As shown in messages; absent where there is none. */
  readonly shown?: string;
  readonly config: CheckConfig;
  /** A path of the file, as a path from where the command runs. */
  readonly from: (path: string) => string;
}

/**
 * The settings of `--config`, else of the nearest `.foresail.yaml` from here up to the root of the repository.
 * Throws UsageError with file and line for one that cannot be used.
 */
export function readCheckConfig(given: string | undefined): ConfigFile {
  const path = given ?? nearestConfig(process.cwd());
  if (path === undefined) return { config: {}, from: (one) => one };
  const shown = relative(process.cwd(), path) || path;
  const base = dirname(path);
  const [document, second] = parseDocuments(readSource(shown));
  if (second !== undefined) throw new UsageError(`${shown}: one document is expected`);
  if (document !== undefined) checkSyntax(document);
  const value = (document === undefined ? undefined : plainOf(document)) ?? {};
  const [issue] = checkConfigIssues(value);
  if (issue !== undefined && document !== undefined) {
    const { line, column } = placeIn(document, keysOf(issue.path));
    throw new UsageError(`${shown}:${line}:${column}: ${issue.message}`);
  }
  return { shown, config: value as CheckConfig, from: (one) => relative(process.cwd(), resolve(base, one)) || "." };
}

function nearestConfig(start: string): string | undefined {
  for (const directory of directoriesUp(start)) {
    const found = CONFIG_FILES.map((name) => join(directory, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
  }
  return undefined;
}
