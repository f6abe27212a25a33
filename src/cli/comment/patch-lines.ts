/** Lines of the new file that one hunk of a patch shows, both included. */
export interface Hunk {
  readonly first: number;
  readonly last: number;
}

const HEADER = /^@@ -\d+(?:,\d+)? \+(\d{1,9})(?:,(\d{1,9}))? @@/;

/** The hunks of a patch as GitHub gives it for one file, by the lines of the new file: those can be commented on. */
export function hunksOf(patch: string): readonly Hunk[] {
  return patch.split("\n").flatMap((line) => {
    const [, start, count = "1"] = HEADER.exec(line) ?? [];
    const [first, lines] = [Number(start), Number(count)];
    return start === undefined || lines === 0 ? [] : [{ first, last: first + lines - 1 }];
  });
}

/** Whether one hunk shows all these lines. */
export function isShown(hunks: readonly Hunk[], line: number, endLine: number): boolean {
  return hunks.some(({ first, last }) => line >= first && endLine <= last);
}
