import { PIN } from "./explain/upgrade.ts";
import type { Workspace } from "./kinds/workspace.ts";

/**
 * A stored Workspace as git would state it so that a create anywhere gives the same pods: without its expansion, with the
 * release that made it. One that follows what runs (`foresail.dev/upgrade: follow`) stays unpinned.
 */
export function asPinned(workspace: Workspace): Workspace {
  const { expansion, ...stated } = workspace;
  const annotations = stated.metadata.annotations ?? {};
  const follows = annotations["foresail.dev/upgrade"] === "follow";
  if (expansion === undefined || follows || annotations[PIN] !== undefined) return stated;
  return { ...stated, metadata: { ...stated.metadata, annotations: { ...annotations, [PIN]: expansion.catalog } } };
}
