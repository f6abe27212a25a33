import { textAt } from "../capacity/fields.ts";
import { claimSelector, isManagedClaim } from "../capacity/owner.ts";
import { usageOf } from "../capacity/usage.ts";
import type { Catalogue } from "../catalogue.ts";
import { children } from "../children/children.ts";
import { MANAGED_BY, MANAGED_BY_LABEL, WORKSPACE_LABEL } from "../children/metadata.ts";
import { configReference } from "../children/user-config.ts";
import type { JsonObject } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import type { World } from "../world.ts";
import type { Cluster } from "./cluster.ts";
import { hasLabels, isSameObject, nameOf, namespaceOf } from "./objects.ts";

const OURS = { [MANAGED_BY_LABEL]: MANAGED_BY };

/** The facts about one Workspace, chosen from the cluster as the reconciler chooses them from its caches. */
export function worldIn(cluster: Cluster, workspace: Workspace, catalogue: Catalogue): World {
  const { namespace = "", name = "" } = workspace.metadata;
  const share = workspace.expansion?.nodes.share;
  const claims = cluster.claims.filter((claim) => isClaimOf(claim, { namespace, name, share }));
  const sharers = share === undefined ? [] : cluster.workspaces.filter((one) => isSharer(one, workspace, share));
  const pods = podsOf(cluster, [workspace, ...sharers], claims);
  const nodeNames = new Set([...pods, ...claims].map(nodeNameOf));
  const configMap = userConfig(cluster, workspace);
  const { settings, limits, emptyNodeGraceMs } = cluster.installation;
  return {
    nowMs: cluster.nowMs,
    namespace,
    name,
    workspace,
    children: childrenOf(cluster, workspace),
    ...(configMap === undefined ? {} : { configMap }),
    pods,
    nodes: cluster.nodes.filter((node) => nodeNames.has(nameOf(node))),
    claims,
    sharers: sharers.filter((one) => one.metadata.deletionTimestamp === undefined).length,
    shareOwners: sharers,
    vanished: [],
    emptySinceMs: cluster.emptySinceMs[`${namespace}/${name}`] ?? {},
    heldNames: new Set(cluster.claims.map(nameOf)),
    emptyNodeGraceMs,
    limits,
    usage: usageOf(managedClaims(cluster), catalogue.current),
    settings,
    ...(cluster.kaito === undefined ? {} : { kaito: cluster.kaito }),
  };
}

/** All claims of the installation. */
export function managedClaims(cluster: Cluster): readonly JsonObject[] {
  return cluster.claims.filter(isManagedClaim);
}

function isClaimOf(
  claim: JsonObject,
  owner: { readonly namespace: string; readonly name: string; readonly share: string | undefined },
): boolean {
  const { share, ...own } = owner;
  if (!isManagedClaim(claim)) return false;
  return (
    hasLabels(claim, claimSelector(own)) || (share !== undefined && hasLabels(claim, claimSelector({ ...own, share })))
  );
}

function isSharer(one: Workspace, workspace: Workspace, share: string): boolean {
  return one.expansion?.nodes.share === share && one.metadata.uid !== workspace.metadata.uid;
}

function podsOf(
  cluster: Cluster,
  workspaces: readonly Workspace[],
  claims: readonly JsonObject[],
): readonly JsonObject[] {
  const nodes = new Set(claims.map(nodeNameOf).filter((node) => node !== ""));
  const owners = new Set(workspaces.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  return cluster.pods.filter(
    (pod) =>
      owners.has(`${namespaceOf(pod)}/${textAt(pod, "metadata", "labels", WORKSPACE_LABEL)}`) ||
      nodes.has(nodeNameOf(pod)),
  );
}

function nodeNameOf(object: JsonObject): string {
  return textAt(object, "spec", "nodeName") ?? textAt(object, "status", "nodeName") ?? "";
}

function childrenOf(cluster: Cluster, workspace: Workspace): readonly JsonObject[] {
  const { namespace = "", name = "" } = workspace.metadata;
  const wanted = workspace.expansion === undefined ? [] : children(workspace);
  return cluster.children.filter(
    (child) =>
      namespaceOf(child) === namespace &&
      (hasLabels(child, { ...OURS, [WORKSPACE_LABEL]: name }) || wanted.some((one) => isSameObject(one, child))),
  );
}

function userConfig(cluster: Cluster, workspace: Workspace): JsonObject | undefined {
  const reference = configReference(workspace);
  if (reference === undefined) return undefined;
  return cluster.configMaps.find(
    (one) => nameOf(one) === reference.name && namespaceOf(one) === (workspace.metadata.namespace ?? ""),
  );
}
