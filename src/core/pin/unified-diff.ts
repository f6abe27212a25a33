import type { Edit } from "../report/report.ts";

const CONTEXT_LINES = 3;

/** Lines that go and lines that come in their place, counted from 0. */
interface Change {
  readonly start: number;
  readonly end: number;
  readonly made: readonly string[];
}

/**
 * Edits of one file as a unified diff, as `git apply` and `patch -p1` take it.
 * @param file its path, in the diff below a/ and b/
 * @param text the file as it stands
 */
export function unifiedDiff(file: string, text: string, edits: readonly Edit[]): string {
  const lines = text.split("\n");
  // What follows the last line feed is no line; without one the last line is marked.
  const isEnded = lines.at(-1) === "";
  if (isEnded) lines.pop();
  const changes = edits.map((edit) => changeOf(edit, lines, isEnded)).sort((a, b) => a.start - b.start);
  const marked = (sign: string, line: string, isLast: boolean): string =>
    `${sign}${line}\n${isLast && !isEnded ? "\\ No newline at end of file\n" : ""}`;
  let shift = 0;
  const hunks = groups(changes).map((group) => {
    const [first, last] = [group[0], group.at(-1)];
    const start = Math.max(0, (first?.start ?? 0) - CONTEXT_LINES);
    const end = Math.min(lines.length, (last?.end ?? 0) + CONTEXT_LINES);
    const rows: string[] = [];
    let at = start;
    const kept = (to: number): void => {
      for (; at < to; at++) rows.push(marked(" ", lines[at] ?? "", at === lines.length - 1));
    };
    for (const { start: from, end: to, made } of group) {
      kept(from);
      for (; at < to; at++) rows.push(marked("-", lines[at] ?? "", at === lines.length - 1));
      for (const [i, line] of made.entries())
        rows.push(marked("+", line, at === lines.length && i === made.length - 1));
    }
    kept(end);
    const grown = group.reduce((total, { start: from, end: to, made }) => total + made.length - (to - from), 0);
    const head = `@@ -${extent(start, end - start)} +${extent(start + shift, end - start + grown)} @@\n`;
    shift += grown;
    return head + rows.join("");
  });
  return hunks.length === 0 ? "" : `--- a/${file}\n+++ b/${file}\n${hunks.join("")}`;
}

/** An edit without the lines at its ends that stay: to insert, a line is replaced by itself and more. */
function changeOf({ line, endLine, text }: Edit, lines: readonly string[], isEnded: boolean): Change {
  const ending = lines[line - 1]?.endsWith("\r") === true ? "\r" : "";
  let [start, end] = [line - 1, endLine];
  let made = text === "" ? [] : text.split("\n").map((one) => one + ending);
  // A last line without a line feed gets one when lines follow it, and loses it when it becomes the last.
  const mayStay = (at: number): boolean => isEnded || at < lines.length - 1 || made.length === 1;
  while (start < end && made.length > 0 && made[0] === lines[start] && mayStay(start)) {
    start++;
    made = made.slice(1);
  }
  while (end > start && made.length > 0 && made.at(-1) === lines[end - 1]) {
    end--;
    made = made.slice(0, -1);
  }
  if (!isEnded && end === lines.length && made.length === 0 && start > 0) {
    start--;
    made = [lines[start] ?? ""];
  }
  return { start, end, made };
}

/** Changes whose context meets are one hunk. */
function groups(changes: readonly Change[]): readonly (readonly Change[])[] {
  const all: Change[][] = [];
  for (const change of changes) {
    const last = all.at(-1);
    if (last !== undefined && change.start - (last.at(-1)?.end ?? 0) <= 2 * CONTEXT_LINES) last.push(change);
    else all.push([change]);
  }
  return all;
}

/** `start,length`; of no lines the line before is named. */
function extent(start: number, length: number): string {
  return `${length === 0 ? start : start + 1},${length}`;
}
