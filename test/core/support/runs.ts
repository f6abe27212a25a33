import type { Catalogue } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { type Run, runOfWorkspace } from "../../../src/core/runs/run.ts";
import { catalogue } from "./workspaces.ts";

/** What a Workspace makes run once it is stored. */
export function runOf(workspace: Workspace, of: Catalogue = catalogue): Run {
  const { expansion, issues } = expand(workspace, of);
  const run = expansion === undefined ? undefined : runOfWorkspace({ ...workspace, expansion });
  if (run === undefined) throw new Error(issues.map(({ message }) => message).join("; "));
  return run;
}
