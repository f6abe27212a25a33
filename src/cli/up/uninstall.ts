import { isUnserved } from "../../kube/error.ts";
import type { Kube } from "../../kube/kube.ts";
import { list } from "../../kube/list.ts";
import { NODE_CLAIMS, type Resource, refOf, WORKSPACES } from "../../kube/resources.ts";
import { get, remove } from "../../kube/verbs.ts";
import { UsageError } from "../../option.ts";
import { foundation, isOurs, machineRights, nodeClaimDefinition } from "./install.ts";

/**
 * Removes everything `up` installed, in reverse order; what somebody else installed stays. Gives one line per removed object.
 * Throws UsageError while a Workspace is left, or a NodeClaim under our own definition: with the definition their objects
 * would go, too, and nobody would be there to remove the nodes.
 */
export async function uninstall(kube: Kube): Promise<readonly string[]> {
  const claims = nodeClaimDefinition();
  const claimsAreOurs = isOursIn(await get(kube, refOf(claims.resource, claims.object)));
  await assertNone(kube, WORKSPACES);
  if (claimsAreOurs) await assertNone(kube, NODE_CLAIMS);
  const lines: string[] = [];
  for (const { resource, object } of [...foundation(), ...machineRights(), claims].reverse()) {
    const ref = refOf(resource, object);
    if (!isOursIn(await get(kube, ref))) continue;
    if (await remove(kube, ref)) lines.push(`removed ${resource.kind} ${object.metadata.name}`);
  }
  return lines;
}

function isOursIn(object: Awaited<ReturnType<typeof get>>): boolean {
  return object !== undefined && isOurs(object);
}

async function assertNone(kube: Kube, resource: Resource): Promise<void> {
  const names = await namesOf(kube, resource);
  if (names.length === 0) return;
  const some = names.slice(0, 5).join(", ") + (names.length > 5 ? ` and ${names.length - 5} more` : "");
  throw new UsageError(`delete these first, while foresail up runs: ${resource.plural} ${some}`);
}

async function namesOf(kube: Kube, resource: Resource): Promise<readonly string[]> {
  try {
    const { items } = await list(kube, resource);
    return items.map(({ metadata: { namespace, name } }) => (namespace === undefined ? name : `${namespace}/${name}`));
  } catch (error) {
    if (isUnserved(error)) return [];
    throw error;
  }
}
