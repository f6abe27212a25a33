import { existsSync } from "node:fs";
import { parseDocuments } from "../document.ts";
import { readSource } from "../source.ts";
import { treeOf } from "../tree/from-yaml.ts";
import type { Layer } from "./chart-use.ts";

/**
 * A file of values.
 * @throws UsageError with path and line where it is no YAML
 */
export function layerOf(file: string): Layer {
  if (!existsSync(file)) return { file, tree: undefined };
  const [document] = parseDocuments(readSource(file), "helm");
  return { file, tree: document === undefined ? undefined : treeOf(document, false) };
}
