import { statSync } from "node:fs";

const NOTHING_FOUND = "no Workspace found: other YAML is skipped";
const NAME_DIRECTORY =
  "kustomizations, charts and what Flux and Argo CD apply are read where a directory is named, not one of its files";

/**
 * What is told where nothing of what was named is ours: a mistyped PATH looks like a clean run otherwise.
 * @param operands as they were given
 */
export function nothingFound(operands: readonly string[]): string {
  const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return operands.some(isFile) ? `${NOTHING_FOUND}; ${NAME_DIRECTORY}` : NOTHING_FOUND;
}
