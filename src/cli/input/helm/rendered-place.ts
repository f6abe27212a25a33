import { existsSync } from "node:fs";
import { isScalar } from "yaml";
import type { Key } from "../../../core/field-path.ts";
import type { Place } from "../../../core/report/report.ts";
import type { ParsedDocument, SourceOf } from "../document.ts";
import { placeIn } from "../place.ts";
import { readSource } from "../source.ts";
import { type Branch, lookUp, type Tree, textOf } from "../tree/tree.ts";
import { type TemplateLine, templateLine } from "./template-lines.ts";

/** What is known of the chart a document was made by. */
export interface MadeBy {
  /** The template, as it is shown. */
  readonly template: string;
  /** Names of the subcharts that lead to it. */
  readonly subcharts: readonly string[];
  /** All values the chart was given, its own at the bottom. */
  readonly values: Branch;
  /** Files of values, as they are shown. */
  readonly files: readonly string[];
}

/**
 * Where an author edits a field of a document that a chart made: the value that the template takes there, else the only place
 * where what it came to stands, else the line of the template that has its key.
 */
export function renderedSource({ document }: Pick<ParsedDocument, "document">, made: MadeBy): SourceOf {
  const text = existsSync(made.template) ? readSource(made.template).text : "";
  const lines = text.split("\n");
  return (keys) => {
    const node = document.getIn(keys, true);
    const value = isScalar(node) ? String(node.value) : undefined;
    const line = templateLine(lines, keys);
    const inTemplate = { file: made.template, line: line?.line ?? 1, column: line?.column ?? 1 };
    if (line !== undefined && value !== undefined && !line.block.includes("{{")) return inTemplate;
    const files = [...made.files, made.template].filter((file) => existsSync(file));
    return (
      placeOfValue(line, keys, value, made) ??
      (value === undefined ? undefined : uniquePlace(files, value)) ??
      inTemplate
    );
  };
}

const REFERENCE = /(?<![\w)])\$?\.Values((?:\.[A-Za-z_][\w]*)+)/g;

/** The place of the one value that stands below this line of the template and came to what is there. */
function placeOfValue(
  line: TemplateLine | undefined,
  keys: readonly Key[],
  value: string | undefined,
  { subcharts, values }: MadeBy,
): Place | undefined {
  if (line === undefined) return undefined;
  const rest = keys.slice(line.depth).map(String);
  const references = new Set([...line.block.matchAll(REFERENCE)].map(([, path = ""]) => path));
  const found = [...references].flatMap((path) => {
    const names = path.split(".").slice(1);
    const prefix = names[0] === "global" ? [] : subcharts;
    const tree = lookUpAny(values, [...prefix, ...names, ...rest]);
    const isSame = tree?.kind === "leaf" ? textOf(tree) === value : tree !== undefined && value === undefined;
    return isSame && tree?.at !== undefined ? [tree.at] : [];
  });
  const [only, ...more] = found;
  return only === undefined || more.length > 0 ? undefined : placeIn(only.document, only.keys);
}

function lookUpAny(tree: Tree, keys: readonly string[]): Tree | undefined {
  return keys.reduce<Tree | undefined>(
    (found, key) => (found?.kind === "list" ? found.items[Number(key)] : lookUp(found, key)),
    tree,
  );
}

// Shorter texts stand in many places by chance.
const SHORTEST_VALUE = 3;

/** The only place where a value stands as a word of its own. */
function uniquePlace(files: readonly string[], value: string): Place | undefined {
  if (value.length < SHORTEST_VALUE || value.includes("\n")) return undefined;
  const places = files.flatMap((file) =>
    readSource(file)
      .text.split("\n")
      .flatMap((line, i): readonly Place[] => {
        const column = line.indexOf(value);
        const isWord = column >= 0 && !/[\w.-]/.test((line[column - 1] ?? "") + (line[column + value.length] ?? ""));
        return isWord ? [{ file, line: i + 1, column: column + 1 }] : [];
      }),
  );
  return places.length === 1 ? places[0] : undefined;
}
