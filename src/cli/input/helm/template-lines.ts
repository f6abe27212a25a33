import type { Key } from "../../../core/field-path.ts";

/** A line of a template that begins a field. */
export interface TemplateLine {
  readonly line: number;
  readonly column: number;
  /** How many of the keys lead to it. */
  readonly depth: number;
  /** It and the lines that stand below it by their indentation. */
  readonly block: string;
}

/**
 * The only line of a template whose key, and the keys it stands below by indentation, are these or the nearest parent's.
 * @param keys what stands in the document; positions in lists count for nothing, as a template may repeat an item
 */
export function templateLine(lines: readonly string[], keys: readonly Key[]): TemplateLine | undefined {
  for (let depth = keys.length; depth > 0; depth--) {
    if (typeof keys[depth - 1] === "number") continue;
    const path = keys.slice(0, depth).filter((key) => typeof key === "string");
    const found = linesOf(lines, path);
    if (found.length > 1) return undefined;
    if (found[0] !== undefined) return lineAt(lines, found[0], depth);
  }
  const kinds = lines.flatMap((line, i) => (/^kind:/.test(line) ? [i] : []));
  return kinds.length === 1 && kinds[0] !== undefined ? { ...lineAt(lines, kinds[0], 0), block: "" } : undefined;
}

function linesOf(lines: readonly string[], path: readonly string[]): readonly number[] {
  const candidates = lines.flatMap((line, i) => (keyOf(line) === path.at(-1) ? [i] : []));
  return candidates.filter((i) => isBelow(lines, i, path.slice(0, -1)));
}

/** Whether a line's parents by indentation are these, the outermost at the margin. */
function isBelow(lines: readonly string[], start: number, parents: readonly string[]): boolean {
  const above: string[] = [];
  let indentation = indentOf(lines[start] ?? "");
  for (let i = start - 1; i >= 0 && indentation > 0; i--) {
    const line = lines[i] ?? "";
    if (/^---/.test(line)) break;
    const key = keyOf(line);
    if (key === undefined || indentOf(line) >= indentation) continue;
    indentation = indentOf(line);
    above.unshift(key);
  }
  return indentation === 0 && above.length === parents.length && above.every((key, i) => key === parents[i]);
}

function lineAt(lines: readonly string[], at: number, depth: number): TemplateLine {
  const first = lines[at] ?? "";
  const indentation = indentOf(first);
  let end = at + 1;
  while (end < lines.length && belongs(lines[end] ?? "", indentation)) end++;
  return { line: at + 1, column: indentation + 1, depth, block: lines.slice(at, end).join("\n") };
}

/** Actions of templates stand at the margin, wherever what they print is put. */
function belongs(line: string, indentation: number): boolean {
  if (line.trim() === "") return true;
  if (/^\s*\{\{/.test(line)) return !/^\s*\{\{-?\s*end\b/.test(line);
  return !/^---/.test(line) && indentOf(line) > indentation;
}

/** Where the key of a line begins: behind the dash of an item. */
function indentOf(line: string): number {
  return /^[\s-]*/.exec(line)?.[0].length ?? 0;
}

function keyOf(line: string): string | undefined {
  return /^\s*(?:- +)*["']?([\w./-]+)["']?\s*:(?:\s|$)/.exec(line)?.[1];
}
