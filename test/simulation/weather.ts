import { KubeError } from "../../src/kube/error.ts";

/** What goes wrong between a process and the API server; each a probability for one call, changed while the simulation runs. */
export interface Weather {
  /** The server is away: nothing is answered. */
  down: boolean;
  /** How often it was started anew: connections from before are broken. */
  restarts: number;
  /** Refused before it is carried out: 429, 500, no connection. */
  refused: number;
  /** Carried out, but the answer is lost. */
  answerLost: number;
  /** A watch ends, its event stream cut. */
  watchCut: number;
  /** How late watch events may come. */
  mostDelayMs: number;
}

export function failIf(condition: boolean, reason: string): void {
  if (condition) throw new KubeError({ status: 0, reason, message: `simulated: ${reason}` });
}
