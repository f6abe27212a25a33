import type { Workspace } from "../core/kinds/workspace.ts";
import { FOREIGN_DEFINITION, hasExpansion } from "../core/take-over/definition.ts";
import { mayBeKaitos } from "../core/take-over/kaito-made.ts";
import type { World } from "../core/world.ts";
import { systemClock } from "../kube/clock.ts";
import type { Kube } from "../kube/kube.ts";
import { definitionRef, WORKSPACES } from "../kube/resources.ts";
import { get } from "../kube/verbs.ts";
import type { Log } from "../log.ts";
import type { Memory } from "./memory.ts";

// The definition has some 100 KiB, and others replace it by hand or with a release of theirs.
const LOOK_MS = 30_000;

interface Looking {
  readonly kube: Kube;
  readonly memory: Memory;
  readonly log: Log;
}

/**
 * Looks at the definition of Workspaces until `signal` is aborted, remembers whether it lacks `expansion`, and says so when
 * that changes. Watches say nothing of it: what is stored stays what it was.
 */
export async function followDefinition({ kube, memory, log }: Looking, onChange: () => void, signal: AbortSignal) {
  let told = false;
  while (!signal.aborted) {
    try {
      memory.definition(await isForeign(kube, signal));
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, "the definition of Workspaces cannot be read");
    }
    const foreign = memory.foreignDefinition();
    if (foreign !== told && !signal.aborted) {
      if (foreign) log.warn(FOREIGN_DEFINITION);
      else log.info("the definition of Workspaces has expansion again");
      onChange();
    }
    told = foreign;
    await systemClock.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}

/**
 * What a look at one Workspace of KAITO's group must know of its definition: what was found at the last look, and where the
 * Workspace has no expansion whether it could have one. Each write would drop those that are still stored.
 */
export async function definitionOf(
  { kube, memory }: Pick<Looking, "kube" | "memory">,
  workspace: Workspace | undefined,
  signal: AbortSignal,
): Promise<Pick<World, "foreignDefinition">> {
  if (workspace === undefined || !mayBeKaitos(workspace)) return {};
  if (workspace.expansion === undefined && !memory.foreignDefinition())
    memory.definition(await isForeign(kube, signal));
  return memory.foreignDefinition() ? { foreignDefinition: true } : {};
}

async function isForeign(kube: Kube, signal: AbortSignal): Promise<boolean> {
  const definition = await get(kube, definitionRef(WORKSPACES), { signal });
  return definition !== undefined && !hasExpansion(definition);
}
