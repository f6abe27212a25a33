import type { Action, Plan } from "../action.ts";
import { timeAt } from "../capacity/fields.ts";
import { groupOf } from "../kinds/is-workspace.ts";
import { WORKSPACE_GROUPS, type Workspace } from "../kinds/workspace.ts";
import { typeIn } from "../kinds/workspace-names.ts";
import type { Trouble } from "../status/situation.ts";
import type { World } from "../world.ts";
import { FINALIZER, hasFinalizer } from "./deletion.ts";
import { tell } from "./tell.ts";

// One of a group that is not followed is not watched: whether it is gone is asked.
const LOOK_MS = 15_000;
const LOOK_WHILE_GOING_MS = 5000;

// Flux prunes what git does not have any more after it has applied what is new, and then waits for it to be healthy: that one
// is to be replaced by the other is no trouble yet.
const PATIENCE_MS = 60_000;

/**
 * Of two Workspaces of one namespace and name, one in each group, the one that has the name: whose nodes and objects may be
 * there already, which its finalizer tells; else the older one, else KAITO's. It has it until it is gone, deleted or not.
 */
export function holderOf(one: Workspace, other: Workspace): Workspace {
  const [first, second] = rankOf(one) <= rankOf(other) ? [one, other] : [other, one];
  if (hasFinalizer(first) !== hasFinalizer(second)) return hasFinalizer(first) ? first : second;
  return createdMs(second) < createdMs(first) ? second : first;
}

function rankOf(workspace: Workspace): number {
  return WORKSPACE_GROUPS.indexOf(groupOf(workspace));
}

function createdMs(workspace: Workspace): number {
  return timeAt(workspace, "metadata", "creationTimestamp") ?? 0;
}

/** The Workspace that has the name of the one that is looked at; undefined where that is itself. */
export function holderBefore({ workspace, namesake }: World): Workspace | undefined {
  if (workspace === undefined || namesake === undefined) return undefined;
  return holderOf(workspace, namesake) === workspace ? undefined : namesake;
}

/** For the one that has not got the name: it says so. Nothing is made for it, and nothing holds up its own end. */
export function planWaiting(world: World, workspace: Workspace, holder: Workspace): Plan {
  if (workspace.metadata.deletionTimestamp !== undefined) {
    const actions: readonly Action[] = hasFinalizer(workspace) ? [{ kind: "removeFinalizer", only: FINALIZER }] : [];
    return { actions, reasons: [{ reason: "Deleted", message: "nothing was made for it" }], emptyClaims: [] };
  }
  const trouble = troubleWith(world, workspace, holder);
  const afterMs = trouble.reason === "NameTaken" ? LOOK_MS : LOOK_WHILE_GOING_MS;
  return {
    actions: [...tell(world, workspace, trouble), { kind: "requeue", afterMs }],
    reasons: [trouble],
    emptyClaims: [],
  };
}

function troubleWith({ nowMs }: World, workspace: Workspace, holder: Workspace): Trouble {
  const what = `${typeIn(groupOf(holder))} ${holder.metadata.name}`;
  if (holder.metadata.deletionTimestamp !== undefined) {
    return {
      reason: "WaitingForPredecessor",
      message: `${what} is being deleted`,
      next: "nothing to do: this one starts when it is gone",
      stalled: false,
    };
  }
  return {
    reason: "NameTaken",
    message: `${what} has this name`,
    next: "delete it, and this one starts when it is gone; or use another name for this one",
    stalled: nowMs - createdMs(workspace) >= PATIENCE_MS,
  };
}
