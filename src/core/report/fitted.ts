import { counted } from "../explain/quantity.ts";

/** A part of a page: what opens it, its rows, what closes it. */
export interface Section {
  /** What a row is, for the note that says how many were cut. */
  readonly row: string;
  readonly open: string;
  readonly rows: readonly string[];
  readonly close: string;
  /** Which one gets room first: 0 before 1. */
  readonly rank: number;
  /** Part of the room still left that it may take, so that one part does not push out all others. */
  readonly share: number;
}

/** Room kept for the note on what was cut. */
const NOTE_CHARACTERS = 600;

/**
 * A page of at most `most` characters: sections in the order given, as many rows of each as there is room for, none of them
 * in parts, and a note of what was cut. Sections without rows are left out.
 * @param head always kept; must be far shorter than `most`
 */
export function fitted(head: string, sections: readonly Section[], most: number): string {
  const stated = sections.filter(({ rows }) => rows.length > 0);
  const kept = new Map<Section, readonly string[]>();
  let room = most - head.length - NOTE_CHARACTERS;
  for (const section of stated.toSorted((a, b) => a.rank - b.rank)) {
    const rows = rowsWithin(section, Math.floor(room * section.share));
    kept.set(section, rows);
    room -= rows.length === 0 ? 0 : sizeOf(section, rows);
  }
  const parts = stated.flatMap((section) => {
    const rows = kept.get(section) ?? [];
    return rows.length === 0 ? [] : [section.open + rows.join("") + section.close];
  });
  const cut = stated.flatMap((section) => {
    const lost = section.rows.length - (kept.get(section) ?? []).length;
    return lost === 0 ? [] : [`${lost} of ${counted(section.rows.length, section.row)}`];
  });
  const note = cut.length === 0 ? "" : `\n**Cut to fit:** ${cut.join(", ")}. The output of the job has all.\n`;
  return head + parts.join("") + note;
}

function rowsWithin({ open, rows, close }: Section, room: number): readonly string[] {
  let used = open.length + close.length;
  return rows.filter((row) => {
    if (used + row.length > room) return false;
    used += row.length;
    return true;
  });
}

function sizeOf({ open, close }: Section, rows: readonly string[]): number {
  return rows.reduce((sum, row) => sum + row.length, open.length + close.length);
}
