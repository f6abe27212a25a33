import type { Issue } from "../issue.ts";
import type { Workspace } from "../kinds/workspace.ts";

/** One rule or theme. It sees a Workspace whose inputs have the right types and answers with everything that is wrong. */
export type Check = (workspace: Workspace) => readonly Issue[];
