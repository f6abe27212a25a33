import type { Issue } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";

/** A Workspace as its author states it and admission sees it: defaults applied, name and namespace set. */
export interface StatedWorkspace {
  readonly workspace: Workspace;
  /** What was said of it on the way: unknown fields, a version that is not served. */
  readonly issues: readonly Issue[];
}

/** An object of Kubernetes whose pods ask for a preset. */
export interface StatedTemplate {
  /** Whole, with its namespace. */
  readonly object: JsonObject;
  /** The pod it makes. */
  readonly pod: JsonObject;
}

/** What the files of one state of a repository state. Of two objects of one name the last counts, as in `kubectl apply`. */
export interface State {
  readonly workspaces: readonly StatedWorkspace[];
  readonly templates: readonly StatedTemplate[];
  /** Those with settings of server or training, with their namespaces. */
  readonly configMaps: readonly JsonObject[];
}

export const EMPTY_STATE: State = { workspaces: [], templates: [], configMaps: [] };
