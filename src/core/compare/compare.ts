import type { Catalogue } from "../catalogue.ts";
import { sum } from "../cost/amount.ts";
import { byCodePoint, type JsonObject } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import type { Subject } from "../report/report.ts";
import { subjectOf } from "../runs/run.ts";
import type { Compared, Comparison, Sum, Verdict } from "./comparison.ts";
import { compareMoved } from "./move.ts";
import { isStated, type Known, movesOf } from "./moves.ts";
import type { Comparing, Versions } from "./run.ts";
import type { State, StatedTemplate } from "./state.ts";
import { compareTemplate } from "./template.ts";
import { compareWorkspace } from "./workspace.ts";

/** What is compared. */
export interface Question {
  readonly base: State;
  readonly head: State;
  /** Workspaces as the cluster holds them, expansion and status included; undefined: nobody said. */
  readonly live?: readonly Workspace[];
  readonly catalogue: Catalogue;
  /** What base is called, and the version of this program. */
  readonly named: { readonly base: string; readonly version: string };
}

/** What turns base into head does to the cluster. Pure, and independent of the order of the files. */
export function compare({ base, head, live, catalogue, named }: Question): Comparison {
  const comparing: Comparing = { base, head, catalogue, isLive: live !== undefined };
  const compared = [...workspacesOf(comparing, live ?? []), ...templatesOf(comparing)].sort(inOrder);
  const of = (verdict: Verdict): number => compared.filter((one) => one.verdict === verdict).length;
  const having = (effect: string): number => compared.filter(({ pods }) => pods.effect === effect).length;
  return {
    schemaVersion: 1,
    tool: { name: "foresail", version: named.version },
    catalogue: { id: catalogue.current.id },
    base: named.base,
    live: live !== undefined,
    compared,
    notes: live === undefined && compared.some(isAssumed) ? [assumedRelease(catalogue.current.id)] : [],
    summary: {
      counts: Object.fromEntries(VERDICTS.map((verdict) => [verdict, of(verdict)])) as Comparison["summary"]["counts"],
      ends: having("ends"),
      restarts: having("restarts"),
      perhaps: having("unknown"),
      before: sumOf(compared, ({ before }) => before),
      after: sumOf(compared, ({ after, before, verdict }) => (verdict === "refused" ? before : after)),
    },
  };
}

const VERDICTS: readonly Verdict[] = ["refused", "removed", "moved", "added", "changed", "keeps"];

function inOrder(a: Compared, b: Compared): number {
  return VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) || byCodePoint(keyOf(a.subject), keyOf(b.subject));
}

function keyOf({ kind, group = "", namespace, name }: Subject): string {
  return `${namespace}/${name}/${kind}/${group}`;
}

function workspacesOf(comparing: Comparing, live: readonly Workspace[]): readonly Compared[] {
  const all = new Map<string, Known>();
  const put = (workspace: Workspace, version: Versions): void => {
    const subject = subjectOf({ ...workspace, kind: "Workspace" } as unknown as JsonObject, "");
    all.set(keyOf(subject), { subject, versions: { ...all.get(keyOf(subject))?.versions, ...version } });
  };
  for (const stated of comparing.base.workspaces) put(stated.workspace, { base: stated });
  for (const stated of comparing.head.workspaces) put(stated.workspace, { head: stated });
  for (const workspace of live) put(workspace, { live: workspace });
  return movesOf([...all.values()])
    .filter(({ versions }) => isStated(versions))
    .map(({ subject, versions, versions: { from, head } }) =>
      from === undefined || head === undefined
        ? compareWorkspace(subject, versions, comparing)
        : compareMoved(subject, { ...versions, from, head }, comparing),
    );
}

function templatesOf({ base, head, catalogue }: Comparing): readonly Compared[] {
  const [before, after] = [byKey(base.templates), byKey(head.templates)];
  const subjects = new Map([...before, ...after].map(([key, { object }]) => [key, subjectOf(object, "")]));
  return [...subjects].map(([key, subject]) => compareTemplate(subject, before.get(key), after.get(key), catalogue));
}

function byKey(templates: readonly StatedTemplate[]): ReadonlyMap<string, StatedTemplate> {
  return new Map(templates.map((one) => [keyOf(subjectOf(one.object, "")), one]));
}

function isAssumed({ verdict, before, after }: Compared): boolean {
  return verdict !== "refused" && (before ?? after)?.release.by === "running";
}

function assumedRelease(id: string): string {
  return `not pinned in git: release ${id} of this version is assumed where nothing says otherwise; --live FILE tells what the cluster holds`;
}

function sumOf(compared: readonly Compared[], of: (one: Compared) => Compared["after"]): Sum {
  const sides = compared.flatMap((one) => of(one) ?? []);
  const priced = sides.flatMap(({ cost }) => cost ?? []);
  const bought = sides.filter(({ provision }) => provision);
  const count = (some: typeof sides): number => some.reduce((total, { nodes }) => total + nodes, 0);
  return {
    ...sum(priced),
    nodes: count(bought),
    unpricedNodes: count(bought.filter(({ cost }) => cost === undefined)),
  };
}
