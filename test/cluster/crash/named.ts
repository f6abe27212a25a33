import {
  type Call,
  isClaimCreation,
  isClaimDeletion,
  isClaimPatch,
  isPoolCreation,
  isPoolDeletion,
  isWorkspacePatch,
} from "./calls.ts";
import type { Mode } from "./lane.ts";
import type { Run } from "./run.ts";
import { scenarioOf } from "./scenarios.ts";

/** A kill that the list of node faults names, and so has a test of its own. */
export interface Named extends Run {
  readonly title: string;
}

function named(title: string, scenario: string, mode: Mode, at: (call: Call) => boolean): Named {
  return { title, scenario: scenarioOf(scenario), strike: { mode, at } };
}

/** Of whatever makes the machines. */
const OF_CLAIMS: readonly Named[] = [
  named("N1: a claim whose creation was not answered is adopted, not made again", "create", "after", isClaimCreation),
  // Neither labels nor the list of claims tell the successor of this one: its name alone does.
  named(
    "N1: a creation that arrives late is adopted: the only kill that doubles a node without adoption",
    "create",
    "late",
    isClaimCreation,
  ),
  named(
    "N3: killed after the deletion of a claim, before the end of the finalizer",
    "delete",
    "after",
    isClaimDeletion,
  ),
  named("N3: killed at the end of the Workspace's finalizer", "delete", "before", isWorkspacePatch),
];

const OF_POOLS: readonly Named[] = [
  named(
    "N2: killed when the PUT of a pool was accepted, before the next poll: the same pool",
    "create",
    "after",
    isPoolCreation,
  ),
  named(
    "N2: a PUT that arrives late makes no second pool: the only kill that doubles one without adoption",
    "create",
    "late",
    isPoolCreation,
  ),
  named("N3: killed before the deletion of a pool", "delete", "before", isPoolDeletion),
  named("N3: killed when the deletion of a pool was accepted", "delete", "after", isPoolDeletion),
  named("N3: killed before the end of the claim's finalizer", "delete", "before", isClaimPatch),
];

export function namedFor(provider: string): readonly Named[] {
  return provider === "aks" ? [...OF_CLAIMS, ...OF_POOLS] : OF_CLAIMS;
}
