import type { Catalogue } from "../catalogue.ts";
import type { Budget } from "../cost/budget.ts";
import type { Issue } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import type { Quota } from "../machine/failure.ts";
import type { Run } from "../runs/run.ts";

/** One object of a repository, as the rules of the repository see it. */
export interface Seen {
  /** As its author states it. */
  readonly object: JsonObject;
  /** Its own, or that of objects which state none. */
  readonly namespace: string;
  /** What is applied together: objects of one group are in one cluster. */
  readonly group: string;
  /** A Workspace as a create would store it; absent for other kinds and for what is refused. */
  readonly workspace?: Workspace;
  /** What it makes run. */
  readonly run?: Run;
  /** The Flux or Argo CD object it is applied by. */
  readonly via?: JsonObject;
}

export interface Told {
  readonly seen: Seen;
  /** Whether the path leads into `via` rather than into the object itself. */
  readonly inVia?: boolean;
  readonly issue: Issue;
}

/** Quotas by region and by their name in lower case. */
export type CloudQuotas = ReadonlyMap<string, ReadonlyMap<string, Quota>>;

export interface Surroundings {
  readonly catalogue: Catalogue;
  /** What all that runs together may cost; absent: no budget. */
  readonly budget?: Budget;
  /** What the cloud grants; absent: not known. */
  readonly cloudQuotas?: CloudQuotas;
}

/** A rule over all objects at once; the order of what it tells does not matter. */
export type RepositoryCheck = (all: readonly Seen[], surroundings: Surroundings) => readonly Told[];
