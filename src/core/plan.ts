import type { Action, Plan } from "./action.ts";
import { verdictOn } from "./admit.ts";
import type { Catalogue } from "./catalogue.ts";
import { errors } from "./issue.ts";
import { groupOf } from "./kinds/is-workspace.ts";
import { KAITO_GROUP, type Workspace } from "./kinds/workspace.ts";
import { FINALIZER, hasFinalizer, planDeletion, planOrphans } from "./plan/deletion.ts";
import { foreignExpansion } from "./plan/guards.ts";
import { holderBefore, planWaiting } from "./plan/namesake.ts";
import { planPresetPods } from "./plan/preset-pods.ts";
import { planRunning } from "./plan/running.ts";
import { tell } from "./plan/tell.ts";
import { planUnread } from "./plan/unread.ts";
import type { Trouble } from "./status/situation.ts";
import { FOREIGN_DEFINITION } from "./take-over/definition.ts";
import { hasKaitoFinalizer } from "./take-over/kaito-made.ts";
import type { World } from "./world.ts";

export { FINALIZER };

/** How long until admission is asked again for an expansion: its webhook may be starting. */
const EXPANSION_RETRY_MS = 15_000;

/** How long until the definition of Workspaces is looked at again. */
const DEFINITION_RETRY_MS = 60_000;

/**
 * What to do for one Workspace, and why. Pure: the same world gives the same plan, and a world in which everything is as
 * it should be gives an empty one.
 */
export function plan(world: World, catalogue: Catalogue): Plan {
  const { workspace } = world;
  const kept = leftToKaito(world);
  if (kept !== undefined) return kept;
  const holder = holderBefore(world);
  if (workspace !== undefined && holder !== undefined) return planWaiting(world, workspace, holder);
  if (world.unread !== undefined) return planUnread(world, world.unread);
  if (world.presetPods !== undefined) return planPresetPods(world, world.presetPods, catalogue);
  if (workspace === undefined) return planOrphans(world);
  if (workspace.metadata.deletionTimestamp !== undefined) return planDeletion(world, workspace);
  // Before anything that costs money: from here on a deletion waits until we have given it back.
  if (!hasFinalizer(workspace)) return only({ kind: "addFinalizer" }, "Finalizer", "our finalizer is added first");
  const { expansion } = workspace;
  if (expansion === undefined) return unexpanded(world, workspace, catalogue);
  const foreign = foreignExpansion(workspace, catalogue);
  if (foreign !== undefined) return stopped(world, workspace, foreign);
  return planRunning(world, { ...workspace, expansion }, catalogue);
}

/** What is silent about Workspaces of KAITO's group; ours it does not know. */
function leftToKaito({ workspace, kaito, foreignDefinition }: World): Plan | undefined {
  if (workspace !== undefined && groupOf(workspace) !== KAITO_GROUP) return undefined;
  if (kaito !== undefined) return silent("KaitoRuns", `KAITO's controller runs (${kaito}): nothing is written`);
  if (foreignDefinition !== true) return undefined;
  const again: Action = { kind: "requeue", afterMs: DEFINITION_RETRY_MS };
  return { ...silent("DefinitionForeign", FOREIGN_DEFINITION), actions: [again] };
}

/** Every write of a Workspace without an expansion goes through admission, also one that changes nothing. */
function unexpanded(world: World, workspace: Workspace, catalogue: Catalogue): Plan {
  // What KAITO took we may refuse, and admission says so to nobody: it changes nothing that is stored.
  const issues = hasKaitoFinalizer(workspace) ? verdictOn(workspace, undefined, catalogue).issues : [];
  const refused = errors(issues).map(({ message }) => message);
  const message =
    refused.length === 0
      ? "admission has not written expansion"
      : `admission writes no expansion for what is stored: ${refused.join("; ")}`;
  const told = stopped(world, workspace, { reason: "ExpansionMissing", message, stalled: false });
  const again: readonly Action[] = [{ kind: "addFinalizer" }, { kind: "requeue", afterMs: EXPANSION_RETRY_MS }];
  return { ...told, actions: [...told.actions, ...again] };
}

/** Nothing is created or changed; what runs goes on running. */
function stopped(world: World, workspace: Workspace, trouble: Trouble): Plan {
  return { actions: tell(world, workspace, trouble), reasons: [trouble], emptyClaims: [] };
}

function only(action: Action, reason: string, message: string): Plan {
  return { actions: [action], reasons: [{ reason, message }], emptyClaims: [] };
}

function silent(reason: string, message: string): Plan {
  return { actions: [], reasons: [{ reason, message }], emptyClaims: [] };
}
