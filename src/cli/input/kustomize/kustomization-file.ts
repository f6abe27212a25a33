import { existsSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../../option.ts";
import { treeOf } from "../tree/from-yaml.ts";
import { type Branch, isNull, lookUp, type Tree, textOf } from "../tree/tree.ts";
import type { Files } from "./files.ts";
import { Unsupported } from "./unsupported.ts";

export const KUSTOMIZATION_FILES = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/** The kustomization of a directory, as it was named. */
export interface KustomizationFile {
  readonly directory: string;
  readonly shown: string;
  readonly tree: Branch;
  readonly isComponent: boolean;
}

const ENTRY_FIELDS: { readonly [field: string]: readonly string[] } = {
  configMapGenerator: ["name", "namespace", "behavior", "files", "literals", "envs", "env", "options"],
  secretGenerator: ["name", "namespace", "behavior", "files", "literals", "envs", "env", "options", "type"],
  images: ["name", "newName", "newTag", "digest", "tagSuffix"],
  labels: ["pairs", "includeSelectors", "includeTemplates", "fields"],
  patches: ["path", "patch", "target", "options"],
  patchesJson6902: ["path", "patch", "target", "options"],
  replacements: ["source", "sourceValue", "targets", "path"],
  replicas: ["name", "count"],
};
const LISTS = ["resources", "bases", "components", "configurations", "patchesStrategicMerge"];
const OTHERS = [
  "apiVersion",
  "kind",
  "metadata",
  "buildMetadata",
  "commonAnnotations",
  "commonLabels",
  "generatorOptions",
  "namePrefix",
  "nameSuffix",
  "namespace",
  "sortOptions",
];

/** The kustomization file of a directory; undefined where there is none. Throws UsageError where there are several. */
export function kustomizationIn(directory: string): string | undefined {
  const found = KUSTOMIZATION_FILES.map((name) => join(directory, name)).filter((file) => existsSync(file));
  if (found.length > 1) throw new UsageError(`${directory}: several kustomization files: ${found.join(", ")}`);
  return found[0];
}

/** Throws UsageError where it cannot be read, and Unsupported where it states what our build does not know. */
export function readKustomization(files: Files, directory: string): KustomizationFile {
  const shown = kustomizationIn(directory);
  if (shown === undefined) throw new UsageError(`${directory}: no kustomization.yaml`);
  const [document] = files.documents(directory, shown.slice(join(directory, "x").length - 1));
  const tree = document === undefined ? undefined : treeOf(document, false);
  if (tree?.kind !== "branch") throw new UsageError(`${shown}: kustomization.yaml is empty`);
  checkFields(shown, tree);
  const kind = textOf(tree.members.get("kind")) || "Kustomization";
  if (kind !== "Kustomization" && kind !== "Component") {
    throw new UsageError(`${shown}: kind should be Kustomization or Component`);
  }
  return { directory, shown, tree, isComponent: kind === "Component" };
}

function checkFields(shown: string, tree: Branch): void {
  for (const [field, value] of tree.members) {
    if (isEmpty(value)) continue;
    const entryFields = Object.hasOwn(ENTRY_FIELDS, field) ? ENTRY_FIELDS[field] : undefined;
    const isList = entryFields !== undefined || LISTS.includes(field);
    if (!isList && !OTHERS.includes(field)) throw new Unsupported(`the field ${field} in ${shown}`);
    if (isList && value.kind !== "list") throw new UsageError(`${shown}: ${field} is a list`);
    if (entryFields !== undefined) checkEntries(shown, field, value, entryFields);
  }
}

function isEmpty(value: Tree): boolean {
  return isNull(value) || (value.kind === "list" && value.items.length === 0);
}

function checkEntries(shown: string, field: string, list: Tree, known: readonly string[]): void {
  for (const entry of list.kind === "list" ? list.items : []) {
    const unknown = entry.kind === "branch" ? [...entry.members.keys()].find((key) => !known.includes(key)) : undefined;
    if (unknown !== undefined) throw new Unsupported(`the field ${field}[].${unknown} in ${shown}`);
  }
}

/** The entries of a list; [] where it is not stated. */
export function entriesOf({ tree }: Pick<KustomizationFile, "tree">, field: string): readonly Tree[] {
  const list = lookUp(tree, field);
  return list?.kind === "list" ? list.items : [];
}
