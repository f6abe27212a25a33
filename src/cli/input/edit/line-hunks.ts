import type { Edit } from "../../../core/report/report.ts";

// The table of the comparison has as many cells as changed lines squared.
const MOST_COMPARED_LINES = 1000;

/** Two texts as the whole-line edits that lead from one to the other; to insert, a line is replaced by itself and more. */
export function lineHunks(file: string, before: readonly string[], after: readonly string[]): readonly Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const old = before.slice(head, before.length - tail);
  const made = after.slice(head, after.length - tail);
  return hunksOf(old, made).map(([start, end, text]) => asEdit(file, before, head + start, head + end, text));
}

type Hunk = readonly [start: number, end: number, text: readonly string[]];

function hunksOf(old: readonly string[], made: readonly string[]): readonly Hunk[] {
  if (old.length === 0 && made.length === 0) return [];
  if (old.length * made.length > MOST_COMPARED_LINES ** 2) return [[0, old.length, made]];
  const common = commonLengths(old, made);
  const isOver = (i: number, j: number): boolean => i === old.length && j === made.length;
  const isEqual = (i: number, j: number): boolean => i < old.length && j < made.length && old[i] === made[j];
  const isAdded = (i: number, j: number): boolean =>
    j < made.length && (i === old.length || at(common, i, j + 1) > at(common, i + 1, j));
  const hunks: Hunk[] = [];
  for (let [i, j] = [0, 0]; !isOver(i, j); [i, j] = [i + 1, j + 1]) {
    const [from, begin] = [i, j];
    while (!isOver(i, j) && !isEqual(i, j)) {
      if (isAdded(i, j)) j++;
      else i++;
    }
    if (i > from || j > begin) hunks.push([from, i, made.slice(begin, j)]);
    if (isOver(i, j)) break;
  }
  return hunks;
}

/** Lengths of the longest common subsequences of what is left from each pair of lines on. */
function commonLengths(old: readonly string[], made: readonly string[]): readonly Uint16Array[] {
  const rows = Array.from({ length: old.length + 1 }, () => new Uint16Array(made.length + 1));
  for (let i = old.length - 1; i >= 0; i--) {
    const row = rows[i] ?? new Uint16Array();
    for (let j = made.length - 1; j >= 0; j--) {
      row[j] = old[i] === made[j] ? at(rows, i + 1, j + 1) + 1 : Math.max(at(rows, i + 1, j), at(rows, i, j + 1));
    }
  }
  return rows;
}

function at(rows: readonly Uint16Array[], i: number, j: number): number {
  return rows[i]?.[j] ?? 0;
}

function asEdit(file: string, before: readonly string[], start: number, end: number, text: readonly string[]): Edit {
  if (end > start) return { file, line: start + 1, endLine: end, text: text.join("\n") };
  if (start > 0) return { file, line: start, endLine: start, text: [before[start - 1] ?? "", ...text].join("\n") };
  return { file, line: 1, endLine: 1, text: [...text, before[0] ?? ""].join("\n") };
}
