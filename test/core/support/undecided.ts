import type { Decisions } from "../../../src/core/lint/settle.ts";

/** Nobody has decided anything about findings, on a day that stays. */
export const undecided: Decisions = {
  levels: new Map(),
  waivers: [],
  annotations: true,
  baseline: new Set(),
  today: "2026-11-29",
};
