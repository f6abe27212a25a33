import type { Verdict } from "../../core/cost/budget.ts";
import type { Costs } from "../../core/cost/cost.ts";
import type { Place, Subject } from "../../core/report/report.ts";

/** All that `foresail cost` says, before it is written in a format. */
export interface Statement {
  /** Release that runs; pinned Workspaces have their own. */
  readonly catalogue: string;
  readonly today: string;
  /** In the order of the files. */
  readonly costs: Costs;
  /** Where each of `costs.runs` stands. */
  readonly places: readonly Place[];
  /** What admission refuses: nothing would run, and nothing is priced. */
  readonly refused: readonly { readonly subject: Subject; readonly place: Place }[];
  readonly verdicts: readonly Verdict[];
}
