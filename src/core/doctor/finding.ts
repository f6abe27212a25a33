import type { FindingId } from "./texts.ts";

/** `problem`: something does not work, or will not; `warning`: it may hinder; `note`: good to know. */
export const LEVELS = ["problem", "warning", "note", "ok"] as const;
export type Level = (typeof LEVELS)[number];

/** One thing that `doctor` found. */
export interface Finding {
  readonly id: FindingId;
  readonly level: Level;
  /** What was seen. */
  readonly seen: string;
  /** What to do, as a command or an exact step; absent where there is nothing to do. */
  readonly next?: string;
}

export function ok(id: FindingId, seen: string): Finding {
  return { id, level: "ok", seen };
}

export function note(id: FindingId, seen: string, next?: string): Finding {
  return { id, level: "note", seen, ...(next === undefined ? {} : { next }) };
}

export function warning(id: FindingId, seen: string, next: string): Finding {
  return { id, level: "warning", seen, next };
}

export function problem(id: FindingId, seen: string, next: string): Finding {
  return { id, level: "problem", seen, next };
}
