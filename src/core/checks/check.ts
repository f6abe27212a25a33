import type { Issue } from "../issue.ts";
import type { Workspace } from "../kinds/workspace.ts";

/** What a rule needs to know beside the Workspace. */
export interface CheckContext {
  /** Whether nodes are made for it; false: bring your own. */
  readonly provision: boolean;
}

/** One rule or theme. It sees a Workspace whose inputs have the right types and answers with everything that is wrong. */
export type Check = (workspace: Workspace, context: CheckContext) => readonly Issue[];
