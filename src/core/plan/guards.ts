import { nameOf, objectsAt } from "../capacity/fields.ts";
import { type Catalogue, findRelease } from "../catalogue.ts";
import { type Config, readConfig } from "../children/user-config.ts";
import { expand } from "../expand.ts";
import { inputsHash } from "../inputs.ts";
import { type JsonObject, sameJson } from "../json.ts";
import { groupOf } from "../kinds/is-workspace.ts";
import { type Expansion, KAITO_GROUP, type Workspace } from "../kinds/workspace.ts";
import { expansionHash } from "../status/accepted.ts";
import type { Trouble } from "../status/situation.ts";
import type { World } from "../world.ts";
import { isDeleting, isOurs, kindOf, liveOf, WORKLOAD_KINDS } from "./live.ts";

/**
 * The expansion must be the one admission would have written: whoever can write a Workspace while the webhook is away could
 * otherwise run any pod with our rights. Where the release is one we carry, it is made again and compared.
 */
export function foreignExpansion(workspace: Workspace, catalogue: Catalogue): Trouble | undefined {
  const { expansion } = workspace;
  if (expansion === undefined) return undefined;
  const stalled = { reason: "ExpansionNotOurs", stalled: true } as const;
  if (expansion.inputsHash !== inputsHash(workspace)) {
    return { ...stalled, message: "expansion was not made from this Workspace's inputs" };
  }
  const release = findRelease(catalogue, expansion.catalog);
  if (release === undefined) return unknownRelease(workspace, expansion);
  const made = expand(workspace, { ...catalogue, current: release }).expansion;
  if (made !== undefined && sameJson(made, expansion)) return undefined;
  return { ...stalled, message: `expansion is not what catalogue ${release.id} gives for these inputs` };
}

/**
 * An expansion of a release that is not carried cannot be made again. What was compared while it was carried goes on;
 * anything else waits, since its release is a word that whoever edits an expansion can choose.
 */
function unknownRelease(workspace: Workspace, expansion: Expansion): Trouble | undefined {
  if (workspace.status?.acceptedExpansion === expansionHash(expansion)) return undefined;
  const { catalog } = expansion;
  const message = `catalogue ${catalog} of expansion is not carried by this reconciler`;
  return { reason: "ReleaseNotCarried", stalled: false, message };
}

/** Objects of our names that somebody else made are left alone. */
export function takenName(world: World, desired: readonly JsonObject[]): Trouble | undefined {
  for (const live of [...desired.map((one) => liveOf(world, one)), ...workloadsBeside(world)]) {
    if (live !== undefined && !isOurs(world, live)) {
      const what = `${kindOf(live)} ${nameOf(live)}`;
      if (isLeaving(world, live)) {
        const message = `${what} of the deleted Workspace of this name is still going`;
        return { reason: "WaitingForPredecessor", message, stalled: false };
      }
      const message = `${what} exists and does not belong to this Workspace`;
      return { reason: "NameTaken", message, stalled: true };
    }
  }
  return undefined;
}

/**
 * Workloads of other kinds by the name of ours: beside a KAITO that runs their pods carry the label by which we count ours, and
 * by which our Service finds them. In KAITO's own group they are what is taken over.
 */
function workloadsBeside({ workspace, children, name }: World): readonly JsonObject[] {
  if (workspace === undefined || groupOf(workspace) === KAITO_GROUP) return [];
  return children.filter((one) => WORKLOAD_KINDS.includes(kindOf(one)) && nameOf(one) === name);
}

/**
 * What a deleted Workspace of the same name leaves behind goes by itself, within seconds: nobody has to mend anything. What
 * belongs to one that exists in the other group does not.
 */
function isLeaving({ name, namesake }: World, live: JsonObject): boolean {
  return (
    isDeleting(live) ||
    objectsAt(live, "metadata", "ownerReferences").some(
      (owner) =>
        owner["controller"] === true &&
        owner["kind"] === "Workspace" &&
        owner["name"] === name &&
        owner["uid"] !== (namesake?.metadata.uid ?? ""),
    )
  );
}

/** The user's ConfigMap, and what is wrong with it. */
export function checkedConfig(
  world: World,
  workspace: Workspace,
  catalogue: Catalogue,
): { readonly config: Config; readonly trouble?: Trouble } {
  const config = readConfig(workspace, world.configMap, catalogue);
  switch (config.kind) {
    case "none":
    case "ok":
      return { config };
    case "missing":
      return { config, trouble: { reason: "ConfigMissing", message: config.message, stalled: true } };
    case "conflict":
      return { config, trouble: { reason: "ConfigConflict", message: config.message, stalled: true } };
  }
}
