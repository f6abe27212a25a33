import type { JsonObject } from "../../../src/core/json.ts";

/**
 * What a state means to whoever waits for it.
 * - `working`: it takes its time; `healthy`: it serves, has finished or is paused; `failed`: only a human can mend it
 * - `trouble`: tried again and again; Argo CD, which never loses patience, is told at once, Flux has its timeout
 * - `deleting`: on its way out
 */
export type Meaning = "working" | "healthy" | "failed" | "trouble" | "deleting";

/** One state of a Workspace's life: its name is that of its file. */
export interface State {
  readonly name: string;
  readonly meaning: Meaning;
  readonly object: JsonObject;
  /** Reason of the condition Stalled, where it has one. */
  readonly stalled?: string;
}

/** What each engine calls it. */
export const EXPECTED: { readonly [meaning in Meaning]: readonly [argoCd: string, flux: string, kstatus: string] } = {
  working: ["Progressing", "InProgress", "InProgress"],
  healthy: ["Healthy", "Current", "Current"],
  failed: ["Degraded", "Failed", "Failed"],
  trouble: ["Degraded", "InProgress", "InProgress"],
  deleting: ["Progressing", "InProgress", "Terminating"],
};
