import { MANAGED_BY, MANAGED_BY_LABEL } from "../core/children/metadata.ts";
import { KAITO_SELECTORS } from "../core/kaito-controller.ts";
import { KAITO_GROUP, type WorkspaceGroup } from "../core/kinds/workspace.ts";
import { type Cache, createCache, type OnChange } from "../kube/cache.ts";
import { type Follower, follow } from "../kube/follow.ts";
import type { KubeObject } from "../kube/kube.ts";
import {
  CONFIG_MAPS,
  DAEMON_SETS,
  DEPLOYMENTS,
  EVENTS,
  JOBS,
  NETWORK_POLICIES,
  NODE_CLAIMS,
  NODES,
  PODS,
  type Resource,
  SERVICES,
  STATEFUL_SETS,
} from "../kube/resources.ts";
import { type Causes, daemonSetCache, mountFailureCache, slimDaemonSet } from "./causes.ts";
import { type ClaimTotals, createClaimTotals } from "./claim-totals.ts";
import { sharersOf } from "./claim-users.ts";
import { type CachesOptions, followInto, isUndefined, type Selection } from "./follow-into.ts";
import {
  keyOfObject,
  keyOfShare,
  nodeOfClaim,
  nodeOfPod,
  ownerOfChild,
  ownerOfClaim,
  partsOf,
  regardedWorkload,
  shareOfClaim,
  shareOfPreset,
} from "./keys.ts";
import { claimsOfNode, claimsOfPod, poolOfNode, providerOfNode } from "./machines/keys.ts";
import { each, either } from "./on-change.ts";
import { createOwnNodes, isOtherHardware, type OwnNodes, selectionsOfNode } from "./own-nodes.ts";
import { slimPod } from "./slim.ts";
import { createWaitingOwners, type WaitingOwners } from "./waiting-owners.ts";
import { createWorkspaces, type Workspaces } from "./workspaces.ts";

/** Kinds of children, in the order they are made. */
export const CHILDREN: readonly Resource[] = [
  CONFIG_MAPS,
  SERVICES,
  NETWORK_POLICIES,
  DEPLOYMENTS,
  STATEFUL_SETS,
  JOBS,
];

const OURS = `${MANAGED_BY_LABEL}=${MANAGED_BY}`;

/** What is known of the cluster, kept by watches. */
export interface Caches {
  readonly workspaces: Workspaces;
  readonly pods: Cache;
  readonly nodes: Cache;
  readonly ownNodes: OwnNodes;
  readonly claims: Cache;
  readonly totals: ClaimTotals;
  readonly waiting: WaitingOwners;
  /** Deployments of a running KAITO controller; none where its Workspaces are nothing to us. */
  readonly kaito: readonly Cache[];
  child(kind: string): Cache | undefined;
  readonly children: readonly Cache[];
  /** Events that tell why a StatefulSet or Job could not create a pod. */
  readonly refusals: Cache;
  readonly causes: Causes;
  readonly followers: readonly Follower[];
  /** Resolves when every list is in. */
  readonly synced: Promise<void>;
}

/** Told of every change; `wake` takes keys of Workspaces. */
export interface Listeners {
  /** Looks at the Workspaces soon; `batch`: more changes of this sort are expected. */
  readonly wake: (keys: readonly string[], batch: boolean) => void;
  readonly claimGone: (claim: KubeObject) => void;
  /** Names of the claims to which, or to whose nodes and pods, something happened. */
  readonly claimsTouched: (claims: readonly string[]) => void;
  readonly kaitoChanged: () => void;
  readonly workspaceChanged?: OnChange;
  /** Fewer nodes are being launched than a moment ago. */
  readonly launched: () => void;
}

/** @param groups whose Workspaces are followed */
export function startCaches(options: CachesOptions, groups: readonly WorkspaceGroup[], listeners: Listeners): Caches {
  const followers: Follower[] = [];
  const start = (resource: Resource, cache: Cache, selection: Selection = {}): Cache => {
    followers.push(followInto(options, resource, cache, selection));
    return cache;
  };
  const workspaces = createWorkspaces(
    groups,
    (before, after) => listeners.workspaceChanged?.(before, after),
    (key) => listeners.wake([key], false),
  );
  // A trial needs KAITO's definition no more than KAITO needs ours.
  for (const [resource, cache] of workspaces.caches)
    start(resource, cache, { isAbsent: () => isUndefined(options.kube, resource) });
  const totals = createClaimTotals();
  const claims = claimCache(listeners, workspaces, totals);
  // Own nodes need no Karpenter; a cluster without its definition has no claim, and must hold up nothing.
  start(NODE_CLAIMS, claims, { isAbsent: () => isUndefined(options.kube, NODE_CLAIMS) });
  const waiting = createWaitingOwners();
  const pods = start(PODS, podCache(listeners, workspaces, claims, waiting), { keep: slimPod });
  const ownNodes = createOwnNodes(() => nodes.list());
  const nodes: Cache = start(NODES, nodeCache(listeners, { claims, workspaces, ownNodes }));
  const children = CHILDREN.map((resource) => start(resource, childCache(listeners), { labelSelector: OURS }));
  const kaito = (groups.includes(KAITO_GROUP) ? KAITO_SELECTORS : []).map((labelSelector) =>
    start(DEPLOYMENTS, createCache({ onChange: listeners.kaitoChanged }), { labelSelector }),
  );
  const refusals = start(EVENTS, refusalCache(listeners, workspaces), { fieldSelector: "reason=FailedCreate" });
  const wake = (keys: readonly string[]): void => listeners.wake(keys, true);
  const causes = {
    daemonSets: start(DAEMON_SETS, daemonSetCache(workspaces.list, wake), { keep: slimDaemonSet }),
    mountFailures: start(EVENTS, mountFailureCache(pods.get, wake), { fieldSelector: "reason=FailedMount" }),
  };
  followUserConfigs(options, listeners, workspaces, followers);
  return {
    workspaces,
    pods,
    nodes,
    ownNodes,
    claims,
    totals,
    waiting,
    kaito,
    children,
    refusals,
    causes,
    child: (kind) => children[CHILDREN.findIndex((resource) => resource.kind === kind)],
    followers,
    synced: Promise.all(followers.map((follower) => follower.synced)).then(() => undefined),
  };
}

/** Other people's ConfigMaps are not kept: a change only wakes the Workspaces that name them. */
function followUserConfigs(
  options: CachesOptions,
  listeners: Listeners,
  workspaces: Workspaces,
  followers: Follower[],
): void {
  followers.push(
    follow(options.kube, CONFIG_MAPS, {
      labelSelector: `${MANAGED_BY_LABEL}!=${MANAGED_BY}`,
      onEvent: ({ object }) =>
        listeners.wake(workspaces.byIndex("config", keyOfObject(object)).map(keyOfObject), false),
      onError: (error) => options.log.warn({ resource: "configmaps", err: error }, "watch"),
      signal: options.signal,
    }),
  );
}

function childCache(listeners: Listeners): Cache {
  const onChange = either(ownerOfChild, (keys) => listeners.wake(keys, true));
  return createCache({ indexes: { owner: ownerOfChild }, onChange });
}

function refusalCache(listeners: Listeners, workspaces: Workspaces): Cache {
  const touched = (event: KubeObject): readonly string[] =>
    regardedWorkload(event).filter((key) => {
      const { namespace, name } = partsOf(key);
      return workspaces.get(namespace, name) !== undefined;
    });
  const onChange = either(touched, (keys) => listeners.wake(keys, true));
  return createCache({ indexes: { owner: regardedWorkload }, onChange });
}

function podCache(listeners: Listeners, workspaces: Workspaces, claims: Cache, waiting: WaitingOwners): Cache {
  const touched = (pod: KubeObject): readonly string[] => [
    // All at once, so that whoever buys for those that share knows the pods of all.
    ...ownerOfChild(pod).flatMap((key) => [key, ...sharersOf(workspaces, key)]),
    ...shareOfPreset(pod).map(keyOfShare),
    ...nodeOfPod(pod).flatMap((node) => claims.byIndex("node", node).flatMap(ownerOfClaim)),
  ];
  const onChange = each(
    waiting.changed,
    either(touched, (keys) => listeners.wake(keys, true)),
    either((pod) => claimsOfPod(claims, pod), listeners.claimsTouched),
  );
  return createCache({ indexes: { owner: ownerOfChild, node: nodeOfPod, preset: shareOfPreset }, onChange });
}

function nodeCache(
  listeners: Listeners,
  { claims, workspaces, ownNodes }: Pick<Caches, "claims" | "workspaces" | "ownNodes">,
): Cache {
  const selecting = either(
    (node) => selectionsOfNode(node).flatMap((one) => workspaces.byIndex("selection", one).map(keyOfObject)),
    (keys) => listeners.wake(keys, true),
  );
  const touched = (node: KubeObject): readonly string[] => [
    ...ownerOfClaim(node),
    ...claims.byIndex("node", node.metadata.name).flatMap(ownerOfClaim),
  ];
  // A kubelet's heartbeat changes a node every few minutes and, in older versions, every 10 s: batched with everything else.
  const onChange = each(
    ownNodes.changed,
    (before, after) => isOtherHardware(before, after) && selecting(before, after),
    either(touched, (keys) => listeners.wake(keys, true)),
    either((node) => claimsOfNode(claims, node), listeners.claimsTouched),
  );
  return createCache({ indexes: { pool: poolOfNode, provider: providerOfNode }, onChange });
}

function claimCache(listeners: Listeners, workspaces: Workspaces, totals: ClaimTotals): Cache {
  const touched = (claim: KubeObject): readonly string[] => [
    ...ownerOfClaim(claim),
    ...shareOfClaim(claim).flatMap((share) => [
      keyOfShare(share),
      ...workspaces.byIndex("share", share).map(keyOfObject),
    ]),
  ];
  const wake = either(touched, (keys) => listeners.wake(keys, true));
  return createCache({
    indexes: { owner: ownerOfClaim, share: shareOfClaim, node: nodeOfClaim },
    onChange: (before, after) => {
      const launching = totals.launchingCount;
      totals.changed(before, after);
      if (before !== undefined && before.metadata.uid !== after?.metadata.uid) listeners.claimGone(before);
      wake(before, after);
      if (totals.launchingCount < launching) listeners.launched();
      listeners.claimsTouched([(after ?? before)?.metadata.name ?? ""]);
    },
  });
}
