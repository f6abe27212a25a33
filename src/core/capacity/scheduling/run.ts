import { type Group, groups as makeGroups } from "./groups.ts";
import { both, has, lastRow, type Mask, nextRow, rowsOf, single } from "./mask.ts";
import { counted, countIn, domainOf, type OpenNode, openNode, type Room, rowFits, UNDECIDED } from "./nodes.ts";
import type { Classified, Identity, PodClass } from "./pod-class.ts";
import type { SpecFacts } from "./pod-spec.ts";
import type { SchedulingProblem } from "./problem.ts";
import { roomTable, rowTable } from "./row-table.ts";
import { pinned } from "./topology.ts";
import { declareGroups, type Fit, type Setting, type Variant } from "./variants.ts";
import { HOSTNAME } from "./words.ts";

/** Everything that changes while pods are placed; local to one call of `schedule`. */
export interface Run<Refusal> {
  readonly problem: SchedulingProblem<Refusal>;
  readonly room: Room;
  readonly setting: Setting;
  readonly nodes: OpenNode[];
  readonly order: number[];
  /** Rows on which a pod fits alone. */
  readonly roomy: Map<Fit, Mask>;
  readonly counting: Map<Placeable, Counting>;
}

/** What of a pod other pods can see, and what it sees of them. */
interface Placeable {
  readonly identity: Identity;
  readonly spec: SpecFacts;
}

interface Counting {
  readonly seeing: readonly Group[];
  readonly apart: readonly Group[];
}

export function newRun<Refusal>(problem: SchedulingProblem<Refusal>, { waiting, placed }: Classified): Run<Refusal> {
  const table = rowTable(problem.rows);
  const resources = [...new Set(waiting.flatMap(({ spec }) => [...spec.requests.keys()]))].sort();
  const room: Room = { table, room: roomTable(problem.rows, resources), width: resources.length };
  const groups = makeGroups(problem.namespaces ?? new Map());
  const setting: Setting = { table, groups, resources, fits: new Map(), policy: problem.preferences };
  for (const one of waiting) declareGroups(one, setting);
  for (const one of placed) declareGroups(one, setting);
  const nodes = rowsOf(table.existing).map((row, id) =>
    openNode(id, single(problem.rows.length, row), resources.length),
  );
  const run: Run<Refusal> = { problem, room, setting, nodes, order: [], roomy: new Map(), counting: new Map() };
  const byRow = new Map(nodes.map((node) => [node.row, node]));
  for (const one of placed) {
    const node = byRow.get(one.row);
    if (node === undefined) continue;
    node.ports = [...node.ports, ...one.spec.ports];
    count(run, node, one);
  }
  return run;
}

/** Puts the pod on the node, which is one of these rows from now on. */
export function put<R>(
  run: Run<R>,
  node: OpenNode,
  {
    one,
    variant,
    pod,
    rows,
  }: { readonly one: PodClass; readonly variant: Variant; readonly pod: number; readonly rows: Mask },
): void {
  const { fit } = variant;
  const { table, width } = run.room;
  if (node.row === -1) narrow(node, both(rows, fit.mask));
  for (let i = 0; i < width; i++) node.used[i] = (node.used[i] ?? 0) + (fit.requests[i] ?? 0);
  choose(run.room, node);
  if (fit.ports.length > 0) node.ports = [...node.ports, ...fit.ports];
  node.pods.push(pod);
  run.order.push(pod);
  count(run, node, one);
  if (table.rows[node.row]?.onePod === true && !(table.rows[node.row]?.exists ?? true)) node.full = true;
}

function choose(room: Room, node: OpenNode): void {
  const nothing = new Float64Array(room.width);
  let row = node.choice;
  while (row !== -1 && !(has(node.rows, row) && rowFits(room, row, nothing, node.used)))
    row = nextRow(node.rows, row + 1);
  if (row !== -1) node.choice = row;
}

function narrow(node: OpenNode, rows: Mask): void {
  node.rows = rows;
  const last = lastRow(rows);
  if (last === nextRow(rows, 0)) node.row = last;
  if (!has(rows, node.witness)) node.witness = last;
}

function count<R>(run: Run<R>, node: OpenNode, one: Placeable): void {
  const { table } = run.room;
  let counting = run.counting.get(one);
  if (counting === undefined) {
    counting = countingOf(run.setting, one);
    run.counting.set(one, counting);
  }
  const { seeing, apart } = counting;
  for (const group of seeing) pin(run, node, group);
  for (const group of apart) pin(run, node, group);
  for (const group of seeing) if (counted(group, node)) countIn(table, group, node, false);
  for (const group of apart) countIn(table, group, node, true);
}

function countingOf({ groups }: Setting, { identity, spec }: Placeable): Counting {
  const rules = spec.rules.filter((rule) => rule.anti && rule.weight === 0);
  return { seeing: groups.seeing(identity), apart: rules.map((rule) => groups.ofRule(rule, identity)) };
}

/** A node whose pods are counted is in one domain from then on: counts that came later could break what was promised. */
function pin<R>({ room }: Run<R>, node: OpenNode, { key }: Group): void {
  if (key === HOSTNAME || node.row !== -1 || domainOf(room.table, node, key) !== UNDECIDED) return;
  narrow(node, pinned(room, node.rows, node.used, key));
  node.domains.set(key, room.table.domains(key).ofRow[nextRow(node.rows, 0)] ?? 0);
  choose(room, node);
}
