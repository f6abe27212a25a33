import { nameOf } from "../../core/capacity/fields.ts";
import { children } from "../../core/children/children.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../../core/children/metadata.ts";
import { configReference } from "../../core/children/user-config.ts";
import type { Cluster, Installation } from "../../core/imagine/cluster.ts";
import { isSameObject } from "../../core/imagine/objects.ts";
import type { JsonObject } from "../../core/json.ts";
import { KAITO_SELECTORS } from "../../core/kaito-controller.ts";
import type { Workspace } from "../../core/kinds/workspace.ts";
import { hasKaitoFinalizer } from "../../core/take-over/kaito-made.ts";
import { connect } from "../../kube/connect.ts";
import { isForbidden, isUnserved } from "../../kube/error.ts";
import type { Kube, KubeObject } from "../../kube/kube.ts";
import { list, type Selection } from "../../kube/list.ts";
import {
  CONFIG_MAPS,
  DAEMON_SETS,
  DEPLOYMENTS,
  JOBS,
  NAMESPACES,
  NODE_CLAIMS,
  NODES,
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  PODS,
  type Resource,
  STATEFUL_SETS,
  STORAGE_CLASSES,
  WORKSPACES,
} from "../../kube/resources.ts";
import { get } from "../../kube/verbs.ts";
import { UsageError } from "../../option.ts";
import { CHILDREN } from "../../reconciler/caches.ts";
import { kaitoRunsAt } from "../../reconciler/kaito.ts";
import type { ClusterChoice } from "../live.ts";
import { type Listed, listWorkspaces } from "../workspaces.ts";

export interface Read {
  readonly cluster: Cluster;
  /** Kinds that only narrow a plan, or Workspaces of one group, that the caller may not list, by their plural. */
  readonly unread: readonly string[];
}

/**
 * The state of a cluster, read with list and get only. Throws UsageError when the cluster does not know Workspaces, and where
 * the caller may not read what no plan can do without.
 */
export async function readCluster(choice: ClusterChoice, installation: Installation, nowMs: number): Promise<Read> {
  const kube = await connect(choice);
  try {
    return await stateOf(kube, installation, nowMs);
  } catch (error) {
    if (isUnserved(error)) throw new UsageError(`${kube.server} has no Workspace definition: nothing to plan`);
    if (isForbidden(error)) throw new UsageError(`a plan cannot do without what you may not read: ${error.message}`);
    throw error;
  } finally {
    await kube.close();
  }
}

async function stateOf(kube: Kube, installation: Installation, nowMs: number): Promise<Read> {
  const items = async (resource: Resource, selection: Selection = {}): Promise<readonly KubeObject[]> =>
    (await list(kube, resource, selection)).items;
  const forbidden = new Set<string>();
  const needed = async (resource: Resource, selection?: Selection): Promise<readonly KubeObject[]> => {
    const found = await allowed(items(resource, selection));
    if (found === undefined) forbidden.add(resource.plural);
    return found ?? [];
  };
  const ours = { labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}` };
  const [stored, narrowing, pods, nodes, claims, kaito, ...owned] = await Promise.all([
    workspacesOf(kube, forbidden),
    Promise.all(NARROWING.map((resource) => allowed(items(resource)))),
    needed(PODS),
    needed(NODES),
    needed(NODE_CLAIMS).catch(noneIfUnserved),
    Promise.all(KAITO_SELECTORS.map((labelSelector) => needed(DEPLOYMENTS, { labelSelector }))),
    ...CHILDREN.map((resource) => needed(resource, ours)),
  ]);
  if (forbidden.size > 0) {
    const kinds = [...forbidden].sort().join(", ");
    throw new UsageError(
      `a plan cannot do without ${kinds}: you may not list them in all namespaces of ${kube.server}`,
    );
  }
  const workspaces = stored.items as unknown as readonly Workspace[];
  const known = owned.flat();
  const kaitoAt = kaitoRunsAt(kaito.map((all) => ({ list: () => all })));
  const [volumeClaims = [], volumes = [], classes = [], daemonSets = [], namespaces = []] = narrowing;
  const cluster = {
    nowMs,
    workspaces,
    children: [...known, ...(await namesakes(kube, workspaces, known))],
    configMaps: await configMapsOf(kube, workspaces),
    pods,
    nodes,
    claims,
    volumes: { claims: volumeClaims, volumes, classes },
    daemonSets,
    namespaces,
    emptySinceMs: {},
    ...(kaitoAt === undefined ? {} : { kaito: kaitoAt }),
    installation,
  };
  const unread = NARROWING.filter((_, i) => narrowing[i] === undefined).map(({ plural }) => plural);
  return { cluster, unread: [...stored.unread, ...unread] };
}

async function workspacesOf(kube: Kube, forbidden: Set<string>): Promise<Listed> {
  try {
    return await listWorkspaces(kube);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    forbidden.add(WORKSPACES.plural);
    return { items: [], unread: [] };
  }
}

/** What only narrows a plan: without it, more seems possible than is. */
const NARROWING = [PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, STORAGE_CLASSES, DAEMON_SETS, NAMESPACES];

/** Undefined where the caller may not read it. */
async function allowed(reading: Promise<readonly KubeObject[]>): Promise<readonly KubeObject[] | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

/** A cluster without Karpenter has no NodeClaims. */
function noneIfUnserved(error: unknown): readonly KubeObject[] {
  if (isUnserved(error)) return [];
  throw error;
}

/** Whatever carries the name of a child that is not there: it may be somebody else's. */
async function namesakes(
  kube: Kube,
  workspaces: readonly Workspace[],
  known: readonly JsonObject[],
): Promise<readonly KubeObject[]> {
  const missing = workspaces
    .flatMap((workspace) => (workspace.expansion === undefined ? [] : children(workspace)))
    .filter((wanted) => !known.some((one) => isSameObject(one, wanted)));
  const kaitos = workspaces.filter(hasKaitoFinalizer).flatMap(({ metadata }) => {
    const { namespace = "", name = "" } = metadata;
    return [STATEFUL_SETS, JOBS].map((resource) => get(kube, { resource, namespace, name }));
  });
  const found = await Promise.all([
    ...kaitos,
    ...missing.map((wanted) => {
      const resource = CHILDREN.find(({ kind }) => kind === wanted["kind"]);
      const { namespace } = wanted["metadata"] as { readonly namespace: string };
      return resource === undefined ? undefined : get(kube, { resource, namespace, name: nameOf(wanted) });
    }),
  ]);
  const there = found.filter((object) => object !== undefined);
  return there.filter((object, i) => !there.slice(0, i).some((one) => isSameObject(one, object)));
}

async function configMapsOf(kube: Kube, workspaces: readonly Workspace[]): Promise<readonly KubeObject[]> {
  const found = await Promise.all(
    workspaces.map((workspace) => {
      const reference = configReference(workspace);
      const { namespace } = workspace.metadata;
      if (reference === undefined || namespace === undefined) return undefined;
      return get(kube, { resource: CONFIG_MAPS, namespace, name: reference.name });
    }),
  );
  return found.filter((object) => object !== undefined);
}
