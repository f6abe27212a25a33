import { posix } from "node:path";
import { isObject } from "../../../../core/json.ts";
import { parseDocuments, plainOf } from "../../document.ts";
import { itemsOf, stated } from "../../helm/chart-use.ts";
import { readSource } from "../../source.ts";
import { lookUp, type Tree, textOf } from "../../tree/tree.ts";
import { matchesDirectory, matchesFile, pathsBelow } from "./files.ts";
import type { Generating } from "./generators.ts";
import { flattened, type Parameters, pathParameters, Undecided } from "./parameters.ts";

/** A set for each directory, or for each object in a file, of this repository. */
export function gitParameters(git: Tree | undefined, generating: Generating): readonly Parameters[] {
  const { repository, isGo } = generating;
  const url = textOf(lookUp(git, "repoURL"));
  if (!repository.isHere(url)) throw new Undecided(`it looks into ${url}, which is not this repository`);
  const prefix = textOf(lookUp(git, "pathParamPrefix"));
  const { directories, files } = pathsBelow(repository.root);
  const isByDirectory = stated(git, "directories") !== undefined;
  const sets = isByDirectory
    ? chosen(directories, lookUp(git, "directories"), matchesDirectory).map((path) =>
        pathParameters(path, prefix, isGo),
      )
    : chosen(files, lookUp(git, "files"), matchesFile).flatMap((path) => fileParameters(path, prefix, generating));
  return sets.map((one) => withValues(one, lookUp(git, "values"), generating));
}

/** What one pattern takes and none leaves out. */
function chosen(
  paths: readonly string[],
  patterns: Tree | undefined,
  matches: (path: string, pattern: string) => boolean,
): readonly string[] {
  const is = (path: string, isExcluded: boolean): boolean =>
    itemsOf(patterns).some(
      (one) => (textOf(lookUp(one, "exclude")) === "true") === isExcluded && matches(path, textOf(lookUp(one, "path"))),
    );
  return paths.filter((path) => is(path, false) && !is(path, true));
}

/** The file is one mapping, or a list of them. */
function fileParameters(path: string, prefix: string, { repository, isGo }: Generating): readonly Parameters[] {
  const shown = repository.shown(path);
  if (shown === undefined) return [];
  const [document] = parseDocuments(readSource(shown), "helm");
  if (document !== undefined && document.document.errors.length > 0) throw new Undecided(`${shown} is no YAML`);
  const value = document === undefined ? {} : (plainOf(document) ?? {});
  const objects = (Array.isArray(value) ? value : [value]).filter(isObject);
  const own = pathParameters(posix.dirname(path), prefix, isGo, posix.basename(path));
  return objects.map((one) => ({ ...(isGo ? one : flattened(one)), ...own }));
}

function withValues(one: Parameters, values: Tree | undefined, { isGo, fill }: Generating): Parameters {
  if (values?.kind !== "branch") return one;
  const filled = [...values.members].map(([key, value]) => [key, fill(textOf(value), one)] as const);
  if (isGo) return { ...one, values: Object.fromEntries(filled) };
  return { ...one, ...Object.fromEntries(filled.map(([key, value]) => [`values.${key}`, value])) };
}
