import { comingPod } from "../capacity/coming-pod.ts";
import { elsewhere } from "../capacity/elsewhere.ts";
import { nameOf, namespaceOf, textAt, textMapAt } from "../capacity/fields.ts";
import { knownToAll } from "../capacity/known-to-all.ts";
import { claimSelector, isManagedClaim } from "../capacity/owner.ts";
import type { Usage } from "../capacity/question.ts";
import type { Labels } from "../capacity/requirements.ts";
import { NO_USAGE, plusUsage, usageOf } from "../capacity/usage.ts";
import type { Catalogue, Release } from "../catalogue.ts";
import { children } from "../children/children.ts";
import { MANAGED_BY, MANAGED_BY_LABEL, WORKSPACE_LABEL } from "../children/metadata.ts";
import { configReference } from "../children/user-config.ts";
import type { JsonObject } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { keyOf } from "../kinds/workspace-names.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import { WORKLOAD_KINDS } from "../plan/live.ts";
import { hasKaitoFinalizer, type KaitoNodes, kaitoClaimSelectors } from "../take-over/kaito-made.ts";
import type { World } from "../world.ts";
import type { Cluster } from "./cluster.ts";
import { hasLabels } from "./objects.ts";
import { once } from "./once.ts";

const OURS = { [MANAGED_BY_LABEL]: MANAGED_BY };

/** namespace/name of the Workspace that a child of ours carries; undefined for what is not ours. */
const ownerOfChild = once((child) =>
  hasLabels(child, OURS) ? `${namespaceOf(child)}/${textAt(child, "metadata", "labels", WORKSPACE_LABEL)}` : undefined,
);
const identityOf = once((object) => `${object["kind"]} ${namespaceOf(object)}/${nameOf(object)}`);
const ownerOfPod = once((pod) => `${namespaceOf(pod)}/${textAt(pod, "metadata", "labels", WORKSPACE_LABEL)}`);
const nodeNameOf = once((object) => textAt(object, "spec", "nodeName") ?? textAt(object, "status", "nodeName") ?? "");
const isManaged = once(isManagedClaim);
const labelsOf = once((object) => textMapAt(object, "metadata", "labels"));

/** The facts about one Workspace, chosen from the cluster as the reconciler chooses them from its caches. */
export function worldIn(cluster: Cluster, workspace: Workspace, catalogue: Catalogue): World {
  const { namespace = "", name = "" } = workspace.metadata;
  const share = workspace.expansion?.nodes.share;
  const claims = cluster.claims.filter((claim) => isClaimOf(claim, { namespace, name, share }));
  const sharers = share === undefined ? [] : cluster.workspaces.filter((one) => isSharer(one, workspace, share));
  const pods = podsOf(cluster, [workspace, ...sharers], claims);
  const nodeNames = new Set([...pods, ...claims].map(nodeNameOf));
  const configMap = userConfig(cluster, workspace);
  const namesake = namesakeIn(cluster, workspace);
  const others = elsewhere([...pods, comingPod(workspace)], new Set(claims.map(nodeNameOf)), {
    pods: () => cluster.pods,
    nodeNamed: (node) => cluster.nodes.find((one) => nameOf(one) === node),
  });
  const { settings, limits, emptyNodeGraceMs } = cluster.installation;
  return {
    nowMs: cluster.nowMs,
    namespace,
    name,
    workspace,
    ...(namesake === undefined ? {} : { namesake }),
    children: childrenOf(cluster, workspace),
    ...(hasKaitoFinalizer(workspace) ? { kaitoNodes: kaitoNodesIn(cluster, { namespace, name }) } : {}),
    ...(configMap === undefined ? {} : { configMap }),
    pods,
    nodes: cluster.nodes.filter((node) => nodeNames.has(nameOf(node))),
    claims,
    sharers: sharers.filter((one) => one.metadata.deletionTimestamp === undefined).length,
    shareOwners: sharers,
    othersAttempts: othersAttempts(cluster, workspace),
    vanished: [],
    emptySinceMs: cluster.emptySinceMs[keyOf(workspace)] ?? {},
    heldNames: new Set(cluster.claims.map(nameOf)),
    daemonSets: cluster.daemonSets,
    namespaces: labelsOfNamespaces(cluster, [namespace, ...[...pods, ...(others?.pods ?? [])].map(namespaceOf)]),
    volumes: cluster.volumes,
    emptyNodeGraceMs,
    limits,
    usage: usageIn(cluster, catalogue.current),
    settings,
    ...(others === undefined ? {} : { elsewhere: others }),
    ...(cluster.kaito === undefined ? {} : { kaito: cluster.kaito }),
  };
}

// Of each claim once: all of them are added up at every look.
const usages = new WeakMap<Release, (claim: JsonObject) => Usage>();

function usageIn(cluster: Cluster, release: Release): Usage {
  const usage = usages.get(release) ?? once((claim) => usageOf([claim], release));
  usages.set(release, usage);
  return managedClaims(cluster).map(usage).reduce(plusUsage, NO_USAGE);
}

// The API server gives it to every namespace.
const NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name";
const namespaceMaps = new WeakMap<Cluster["namespaces"], ReadonlyMap<string, Labels>>();

/** A namespace that nobody has told of exists all the same, with the one label that all have. */
export function labelsOfNamespaces({ namespaces }: Cluster, names: readonly string[]): ReadonlyMap<string, Labels> {
  const known = namespaceMaps.get(namespaces) ?? new Map(namespaces.map((one) => [nameOf(one), labelsOf(one)]));
  namespaceMaps.set(namespaces, known);
  return new Map([...new Set(names)].map((name) => [name, known.get(name) ?? new Map([[NAMESPACE_NAME_LABEL, name]])]));
}

/** What the other Workspaces were refused and this one would be, too. */
export function othersAttempts(cluster: Cluster, { metadata }: Workspace): readonly Attempt[] {
  const others = cluster.workspaces.filter((one) => one.metadata.uid !== metadata.uid);
  return knownToAll(
    others.map(({ status }) => status),
    cluster.nowMs,
  );
}

/** All claims of the installation. */
export function managedClaims(cluster: Cluster): readonly JsonObject[] {
  return cluster.claims.filter(isManaged);
}

function isClaimOf(
  claim: JsonObject,
  owner: { readonly namespace: string; readonly name: string; readonly share: string | undefined },
): boolean {
  const { share, ...own } = owner;
  if (!isManaged(claim)) return false;
  return (
    carries(claim, claimSelector(own)) || (share !== undefined && carries(claim, claimSelector({ ...own, share })))
  );
}

/** As hasLabels, and the labels of each claim are read once. */
function carries(claim: JsonObject, wanted: { readonly [label: string]: string }): boolean {
  const labels = labelsOf(claim);
  return Object.entries(wanted).every(([key, value]) => labels.get(key) === value);
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
  return cluster.pods.filter((pod) => owners.has(ownerOfPod(pod)) || nodes.has(nodeNameOf(pod)));
}

function childrenOf(cluster: Cluster, workspace: Workspace): readonly JsonObject[] {
  const { namespace = "", name = "" } = workspace.metadata;
  const key = `${namespace}/${name}`;
  const wanted = new Set(workspace.expansion === undefined ? [] : children(workspace).map(identityOf));
  // Whatever its kind, a workload of KAITO's has the Workspace's name.
  const kaitos = new Set(hasKaitoFinalizer(workspace) ? WORKLOAD_KINDS.map((kind) => `${kind} ${key}`) : []);
  return cluster.children.filter(
    (child) => ownerOfChild(child) === key || wanted.has(identityOf(child)) || kaitos.has(identityOf(child)),
  );
}

/** NodePools are not read: what they would make again is no part of a plan. */
function kaitoNodesIn(cluster: Cluster, owner: Pick<World, "namespace" | "name">): KaitoNodes {
  const selectors = kaitoClaimSelectors(owner);
  const claims = cluster.claims.filter(
    (claim) => !isManaged(claim) && selectors.some((selector) => carries(claim, selector)),
  );
  return { claims, pools: [] };
}

function namesakeIn({ workspaces }: Cluster, { metadata: { namespace, name, uid } }: Workspace): Workspace | undefined {
  return workspaces.find(
    ({ metadata: other }) => other.namespace === namespace && other.name === name && other.uid !== uid,
  );
}

function userConfig(cluster: Cluster, workspace: Workspace): JsonObject | undefined {
  const reference = configReference(workspace);
  if (reference === undefined) return undefined;
  return cluster.configMaps.find(
    (one) => nameOf(one) === reference.name && namespaceOf(one) === (workspace.metadata.namespace ?? ""),
  );
}
