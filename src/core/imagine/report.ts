import type { Action, Plan } from "../action.ts";
import { nameOf, namespaceOf, textAt } from "../capacity/fields.ts";
import { nodeOf } from "../capacity/pod.ts";
import type { Catalogue, Release } from "../catalogue.ts";
import { WORKSPACE_LABEL } from "../children/metadata.ts";
import type { JsonObject } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { byNames, keyOf, type Named, namedOf } from "../kinds/workspace-names.ts";
import { ownNodesLines } from "../own-nodes/finding.ts";
import { becauseOf } from "./because.ts";
import type { Cluster } from "./cluster.ts";
import type { Imagined } from "./imagine.ts";
import { type PricedClaim, pricedClaim, type Totals, totalsOf } from "./priced.ts";

export type Reason = Plan["reasons"][number];

/** One thing a step does, for people. */
export interface Deed {
  readonly does: "create" | "change" | "delete" | "scale";
  readonly kind: string;
  /** Absent for claims of a Workspace that does not exist yet: their names are made from its UID. */
  readonly name?: string;
  /** For a NodeClaim that is created. */
  readonly claim?: PricedClaim;
  /** For a claim that is deleted: why. */
  readonly why?: string;
  /** What is changed of a Workspace. */
  readonly part?: "finalizer";
  /** For a workload that is scaled. */
  readonly replicas?: number;
}

export interface PlannedStep {
  readonly step: number;
  /** The step of this Workspace that has to come true before; absent: nothing. */
  readonly after?: number;
  /** Seconds from the beginning that pass for certain before: nodes are kept for a while. */
  readonly afterSeconds?: number;
  readonly deeds: readonly Deed[];
  readonly because: readonly Reason[];
}

export interface WorkspacePlan extends Named {
  /** What the planner says at the first look; empty for a Workspace that does not exist yet. */
  readonly now: readonly Reason[];
  /** Of a Workspace on its own nodes: what those are that it selects, and how they differ from what it states. */
  readonly ownNodes?: readonly string[];
  readonly steps: readonly PlannedStep[];
  /** What it says in the end, if all goes well. */
  readonly end: readonly Reason[];
  /** Whether it runs in the end. */
  readonly runs: boolean;
}

export interface PlanReport {
  readonly catalogue: string;
  readonly provider: string;
  readonly workspaces: readonly WorkspacePlan[];
  /** Of all claims of the installation: now, the most at any moment, and in the end. */
  readonly totals: { readonly now: Totals; readonly most: Totals; readonly end: Totals };
  /** False: the plan goes round in circles, which is a bug worth telling. */
  readonly settled: boolean;
}

/** What `imagine` found, as it is printed. */
export function planReport(imagined: Imagined, catalogue: Catalogue): PlanReport {
  const release = catalogue.current;
  const { steps, states } = imagined;
  const start = states[0];
  const end = states.at(-1);
  if (start === undefined || end === undefined) throw new TypeError("nothing was imagined: there is no state");
  const numbers = new Map([...new Set(steps.map(({ turn }) => turn))].map((turn, i) => [turn, i + 1]));
  const totals = states.map((state) => totalsOf(state, release));
  return {
    catalogue: release.id,
    provider: start.installation.settings.provider,
    workspaces: [...start.workspaces]
      .sort((a, b) => byNames(namedOf(a), namedOf(b)))
      .map((workspace) => ({
        ...namedOf(workspace),
        now: workspace.status === undefined ? [] : (imagined.first.get(keyOf(workspace)) ?? []),
        ...ownNodesOf(start, workspace, release),
        steps: stepsOf(imagined, workspace, numbers, release),
        end: imagined.last.get(keyOf(workspace)) ?? [],
        runs: runsIn(end, workspace),
      })),
    totals: {
      now: totalsOf(start, release),
      most: totals.reduce((most, one) =>
        one.hourlyPriceUsd > most.hourlyPriceUsd || one.nodes > most.nodes ? one : most,
      ),
      end: totalsOf(end, release),
    },
    settled: imagined.settled,
  };
}

function ownNodesOf(
  { nodes, pods }: Cluster,
  { expansion }: Workspace,
  release: Release,
): Pick<WorkspacePlan, "ownNodes"> {
  const lines = expansion === undefined ? [] : ownNodesLines(expansion, nodes, pods, release);
  return lines.length === 0 ? {} : { ownNodes: lines };
}

function stepsOf(
  { steps, states }: Imagined,
  workspace: Workspace,
  numbers: ReadonlyMap<number, number>,
  release: Release,
): readonly PlannedStep[] {
  const own = steps.filter((step) => step.workspace === keyOf(workspace));
  return own.map((step, i) => {
    const before = own[i - 1];
    const after = before === undefined ? undefined : numbers.get(before.turn);
    return {
      step: numbers.get(step.turn) ?? step.turn,
      ...(after === undefined ? {} : { after }),
      ...(step.afterSeconds === 0 ? {} : { afterSeconds: step.afterSeconds }),
      deeds: step.actions.flatMap((action) => deedOf(action, workspace, release)),
      because: becauseOf(step, workspace, states[step.turn - 1], release),
    };
  });
}

function deedOf(action: Action, workspace: Workspace, release: Release): readonly Deed[] {
  switch (action.kind) {
    case "apply":
      return [{ does: action.exists ? "change" : "create", ...named(action.object) }];
    case "applyReplicas": {
      const { replicas } = action.object["spec"] as JsonObject;
      return [{ does: "scale", ...named(action.object), replicas: Number(replicas) }];
    }
    case "delete":
      return [{ does: "delete", kind: action.target.kind, name: action.target.name }];
    case "createClaim": {
      const claim = pricedClaim(action.claim, release);
      return [{ does: "create", kind: "NodeClaim", ...(claim.name === undefined ? {} : { name: claim.name }), claim }];
    }
    case "deleteClaim":
      return [{ does: "delete", kind: "NodeClaim", name: action.name, why: action.why }];
    case "deletePool":
      return [{ does: "delete", kind: "NodePool", name: action.name, why: "KAITO made it for this Workspace" }];
    case "addFinalizer":
    case "removeFinalizer":
      return [{ does: "change", kind: "Workspace", name: workspace.metadata.name ?? "", part: "finalizer" }];
    case "applyStatus":
    case "event":
    case "requeue":
      return [];
  }
}

function named(object: JsonObject): { readonly kind: string; readonly name: string } {
  return { kind: textAt(object, "kind") ?? "", name: nameOf(object) };
}

/** Ready, gone as was asked for, or a training under way. */
function runsIn(end: Cluster, { metadata }: Workspace): boolean {
  const workspace = end.workspaces.find((one) => one.metadata.uid === metadata.uid);
  if (workspace === undefined) return true;
  const ready = workspace.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status === "True") return true;
  if (workspace.expansion?.workload.kind !== "Job") return false;
  return end.pods.some(
    (pod) =>
      namespaceOf(pod) === metadata.namespace &&
      textAt(pod, "metadata", "labels", WORKSPACE_LABEL) === metadata.name &&
      nodeOf(pod) !== undefined,
  );
}
