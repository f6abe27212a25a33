import type { Action, Plan } from "../action.ts";
import { nameOf, namespaceOf } from "../capacity/fields.ts";
import type { Catalogue } from "../catalogue.ts";
import { byCodePoint, type JsonObject } from "../json.ts";
import { byNames, keyOf, keyOfNamed, namedOf } from "../kinds/workspace-names.ts";
import { plan } from "../plan.ts";
import { carriedOut } from "./carried-out.ts";
import type { Cluster } from "./cluster.ts";
import { afterProvider } from "./nodes.ts";
import { afterScheduler } from "./scheduler.ts";
import { afterWorkloads } from "./workloads.ts";
import { worldIn } from "./world-in.ts";

/** What is done for one Workspace before the rest of the cluster has to move. */
export interface Step {
  readonly workspace: string;
  /** Counts from 1; steps with the same number depend on nothing of each other. */
  readonly turn: number;
  /** Seconds since the beginning that have to pass by themselves, until nodes are given back. */
  readonly afterSeconds: number;
  /** What changes the cluster; status, events and looking again are not told. */
  readonly actions: readonly Action[];
  readonly reasons: Plan["reasons"];
}

export interface Imagined {
  readonly steps: readonly Step[];
  /** The cluster after each turn, from the beginning on. */
  readonly states: readonly Cluster[];
  /** What the planner says of each Workspace at the first and at the last look. */
  readonly first: ReadonlyMap<string, Plan["reasons"]>;
  readonly last: ReadonlyMap<string, Plan["reasons"]>;
  /** False: the steps did not come to an end. */
  readonly settled: boolean;
}

// A roll-out of n replicas takes about three turns each; what is longer goes round in circles.
const MOST_TURNS = 400;
// Finalizer, then children: no Workspace does more without the cluster moving in between.
const MOST_LOOKS = 8;

/**
 * What the reconciler will do: its own plan() for every Workspace, whose actions are imagined to succeed, then what
 * everybody else does (pods are made, claims get nodes, pods run), until every plan is empty. Pure, and independent of
 * the order of the input.
 */
export function imagine(start: Cluster, catalogue: Catalogue): Imagined {
  const steps: Step[] = [];
  let cluster = inOrder(start);
  const states: Cluster[] = [cluster];
  let first: ReadonlyMap<string, Plan["reasons"]> | undefined;
  for (let turn = 1; turn <= MOST_TURNS; turn++) {
    const looked = lookAtAll(cluster, catalogue);
    const afterSeconds = Math.round((cluster.nowMs - start.nowMs) / 1000);
    for (const { key, actions, reasons } of looked.looks) {
      if (actions.length > 0) steps.push({ workspace: key, turn, afterSeconds, actions, reasons });
    }
    first ??= new Map(looked.looks.map(({ key, said }) => [key, said]));
    const next = othersMoved(looked.cluster, catalogue);
    const still = looked.looks.every(({ actions }) => actions.length === 0) && next === looked.cluster;
    const later = still ? laterIn(next) : next;
    if (later === undefined) {
      const last = new Map(looked.looks.map(({ key, reasons }) => [key, reasons]));
      return { steps, states: [...states, next], first, last, settled: true };
    }
    states.push(later);
    cluster = later;
  }
  return { steps, states, first: first ?? new Map(), last: new Map(), settled: false };
}

interface Look {
  readonly key: string;
  readonly actions: readonly Action[];
  /** Of the look that did something, else of the last. */
  readonly reasons: Plan["reasons"];
  /** Of the first look. */
  readonly said: Plan["reasons"];
}

function lookAtAll(
  start: Cluster,
  catalogue: Catalogue,
): { readonly looks: readonly Look[]; readonly cluster: Cluster } {
  let cluster = start;
  const keys = start.workspaces.map(namedOf).sort(byNames).map(keyOfNamed);
  const looks = keys.map((key) => {
    const looked = lookAt(cluster, key, catalogue);
    cluster = looked.cluster;
    return looked.look;
  });
  return { looks, cluster };
}

/** Looks at one Workspace until nothing is left to do for it. */
function lookAt(start: Cluster, key: string, catalogue: Catalogue): { readonly look: Look; readonly cluster: Cluster } {
  let cluster = start;
  const done: Action[] = [];
  let reasons: Plan["reasons"] = [];
  let said: Plan["reasons"] | undefined;
  for (let look = 0; look < MOST_LOOKS; look++) {
    const workspace = cluster.workspaces.find((one) => keyOf(one) === key);
    if (workspace === undefined) break;
    const made = plan(worldIn(cluster, workspace, catalogue), catalogue);
    const doing = made.actions.filter(isDoing);
    if (doing.length > 0 || done.length === 0) reasons = made.reasons;
    said ??= made.reasons;
    cluster = remembering(carriedOut(cluster, workspace, made.actions), key, made);
    done.push(...doing);
    if (doing.length === 0) break;
  }
  return { look: { key, actions: done, reasons, said: said ?? [] }, cluster };
}

function isDoing(action: Action): boolean {
  return action.kind !== "applyStatus" && action.kind !== "event" && action.kind !== "requeue";
}

/** As the reconciler remembers since when claims are empty. */
function remembering(cluster: Cluster, key: string, made: Plan): Cluster {
  const before = cluster.emptySinceMs[key] ?? {};
  const since = Object.fromEntries(made.emptyClaims.map((claim) => [claim, before[claim] ?? cluster.nowMs]));
  return { ...cluster, emptySinceMs: { ...cluster.emptySinceMs, [key]: since } };
}

function othersMoved(cluster: Cluster, catalogue: Catalogue): Cluster {
  return afterScheduler(afterProvider(afterWorkloads(cluster), catalogue.current));
}

/** When nothing moves any more but a node waits to be given back, the time passes; undefined where nothing is left to come. */
function laterIn(cluster: Cluster): Cluster | undefined {
  const since = Object.values(cluster.emptySinceMs).flatMap((claims) => Object.values(claims));
  if (since.length === 0) return undefined;
  const due = Math.min(...since) + cluster.installation.emptyNodeGraceMs;
  return due > cluster.nowMs ? { ...cluster, nowMs: due } : undefined;
}

/** Who is served first must not depend on how a list was read. */
function inOrder(cluster: Cluster): Cluster {
  const sorted = (objects: readonly JsonObject[]): readonly JsonObject[] =>
    objects
      .map((object) => ({ object, key: `${namespaceOf(object)}/${nameOf(object)} ${object["kind"]}` }))
      .sort((a, b) => byCodePoint(a.key, b.key))
      .map(({ object }) => object);
  const { children, pods, nodes, claims } = cluster;
  return {
    ...cluster,
    children: sorted(children),
    pods: sorted(pods),
    nodes: sorted(nodes),
    claims: sorted(claims),
  };
}
