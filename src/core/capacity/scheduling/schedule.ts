import { add, both, emptyMask, isEmpty, type Mask, nextRow, rowsOf } from "./mask.ts";
import { nodeFits, type OpenNode, openNode, type Room, rowFits } from "./nodes.ts";
import { bigFirst, classify, type PodClass } from "./pod-class.ts";
import type { Obstacle, Schedule, SchedulingProblem } from "./problem.ts";
import { remembered } from "./row-table.ts";
import { newRun, put, type Run } from "./run.ts";
import { type Allowed, allowedDomains, decidedAdmits, hostAdmits, narrowed } from "./topology.ts";
import { type Fit, type Variant, variantsOf } from "./variants.ts";

interface Failure<Refusal> {
  readonly obstacle: Obstacle | undefined;
  readonly refusal: Refusal;
}

interface Queued {
  readonly one: PodClass;
  readonly variants: readonly Variant[];
  /** The first variant that is worth trying: what an equal pod could not have, this one cannot. */
  level: number;
  pods: readonly number[];
}

/**
 * Puts pods on nodes: those that are there first, then those opened for other pods, then new ones. Pods that need much come
 * first. The answer is the same for any order of the pods; a pod that cannot be placed costs the others nothing.
 */
export function schedule<Refusal>(problem: SchedulingProblem<Refusal>): Schedule<Refusal> {
  const classified = classify(problem.pods, problem.placed);
  const run = newRun(problem, classified);
  let queue: readonly Queued[] = classified.waiting
    .toSorted(bigFirst)
    .map((one) => ({ one, variants: variantsOf(one, run.setting), level: 0, pods: one.pods }));
  const failures = new Map<number, Refusal>();
  for (let before = -1; queue.length > 0 && run.order.length > before; ) {
    before = run.order.length;
    queue = queue.filter((entry) => {
      const failure = placeAll(run, entry);
      for (const pod of entry.pods) if (failure !== undefined) failures.set(pod, failure.refusal);
      // Only other pods can let it in later, by affinity or by evening out a spread.
      return failure?.obstacle === "topology";
    });
  }
  for (const pod of run.order) failures.delete(pod);
  return {
    nodes: run.nodes.filter(({ pods }) => pods.length > 0).map((node) => filled(run, node)),
    failures,
    order: run.order,
  };
}

/** Places the pods of a class; undefined when all are placed, else why the next one is not. */
function placeAll<Refusal>(run: Run<Refusal>, entry: Queued): Failure<Refusal> | undefined {
  for (let at = 0; at < entry.pods.length; at++) {
    const failure = placeOne(run, entry, entry.pods[at] ?? 0);
    if (failure === undefined) continue;
    entry.pods = entry.pods.slice(at);
    return failure;
  }
  entry.pods = [];
  return undefined;
}

function placeOne<Refusal>(run: Run<Refusal>, entry: Queued, pod: number): Failure<Refusal> | undefined {
  const thrifty = run.problem.preferences === "thrifty";
  const from = entry.variants.length === 1 ? 0 : entry.level;
  if (thrifty) {
    for (const variant of entry.variants.slice(from)) {
      if (intoOpen(run, entry.one, variant, pod, allowedDomains(run.room, variant))) return undefined;
    }
  }
  let failure: Failure<Refusal> | undefined;
  for (let level = from; level < entry.variants.length; level++) {
    const variant = entry.variants[level] as Variant;
    const allowed = allowedDomains(run.room, variant);
    if (!thrifty && intoOpen(run, entry.one, variant, pod, allowed)) failure = undefined;
    else failure = intoNew(run, entry.one, variant, pod, allowed);
    if (failure === undefined) {
      if (!thrifty) entry.level = level;
      return undefined;
    }
  }
  return failure;
}

/** Puts the pod on the first node that takes it. Nodes without room for it are not looked at again for an equal one. */
function intoOpen<R>(run: Run<R>, one: PodClass, variant: Variant, pod: number, allowed: readonly Allowed[]): boolean {
  const { fit } = variant;
  for (; fit.seen < run.nodes.length; fit.seen++) fit.open.push(fit.seen);
  for (let at = fit.head; at < fit.open.length; at++) {
    const id = fit.open[at] ?? -1;
    if (id === -1 || !hostAdmits(variant, id)) continue;
    const node = run.nodes[id] as OpenNode;
    const decided = decidedAdmits(run.room, node, allowed);
    if (decided === false) continue;
    if (!nodeFits(run.room, node, fit)) {
      fit.open[at] = -1;
      continue;
    }
    const rows =
      decided === true
        ? node.rows
        : narrowed(run.room, { rows: node.rows, used: node.used, open: node }, variant, allowed);
    if (rows === undefined) continue;
    put(run, node, { one, variant, pod, rows });
    trim(fit);
    return true;
  }
  trim(fit);
  return false;
}

function trim(fit: Fit): void {
  while (fit.open[fit.head] === -1) fit.head++;
}

function intoNew<R>(
  run: Run<R>,
  one: PodClass,
  variant: Variant,
  pod: number,
  allowed: readonly Allowed[],
): Failure<R> | undefined {
  const { room, problem } = run;
  const { rows, obstacle } = openable(run, variant, allowed);
  const request = { pod: one.example, rows, suitable: variant.fit.mask, unused: unusedRows(run) };
  const answer = problem.open(obstacle === undefined ? request : { ...request, obstacle });
  if ("refusal" in answer) return { obstacle, refusal: answer.refusal };
  const used = new Float64Array(room.width);
  const chosen = narrowed(room, { rows: answer.rows, used }, variant, allowed) ?? answer.rows;
  const node = openNode(run.nodes.length, chosen, room.width);
  run.nodes.push(node);
  put(run, node, { one, variant, pod, rows: chosen });
  return undefined;
}

/** The rows a new node for the pod can have. */
function openable<R>(
  { room, roomy, nodes, problem }: Run<R>,
  variant: Variant,
  allowed: readonly Allowed[],
): { readonly rows: Mask; readonly obstacle?: Obstacle } {
  const none = emptyMask(problem.rows.length);
  const suitable = both(variant.fit.mask, room.table.buyable);
  if (isEmpty(suitable)) return { rows: none, obstacle: "requirements" };
  const large = remembered(roomy, variant.fit, () => fitting(room, suitable, variant.fit));
  if (isEmpty(large)) return { rows: none, obstacle: "resources" };
  if (!hostAdmits(variant, nodes.length)) return { rows: none, obstacle: "topology" };
  const rows = allowed.reduce((mask, one) => both(mask, inDomains(room, one)), large);
  return isEmpty(rows) ? { rows, obstacle: "topology" } : { rows };
}

function unusedRows<R>({ nodes, problem }: Run<R>): Mask {
  const mask = emptyMask(problem.rows.length);
  // Nodes that exist come first.
  for (const { row, pods } of nodes) {
    if (problem.rows[row]?.exists !== true) break;
    if (pods.length === 0) add(mask, row);
  }
  return mask;
}

function inDomains({ table }: Room, { key, flags, without }: Allowed): Mask {
  const { ofRow } = table.domains(key);
  const mask = emptyMask(table.rows.length);
  ofRow.forEach((domain, row) => {
    if (domain === -1 ? without : flags[domain] === 1) add(mask, row);
  });
  return mask;
}

function fitting(room: Room, rows: Mask, fit: Fit): Mask {
  const used = new Float64Array(room.width);
  const mask = emptyMask(room.table.rows.length);
  for (let row = nextRow(rows, 0); row !== -1; row = nextRow(rows, row + 1)) {
    if (rowFits(room, row, used, fit.requests)) add(mask, row);
  }
  return mask;
}

function filled<R>({ room }: Run<R>, node: OpenNode): Schedule<R>["nodes"][number] {
  const nothing = new Float64Array(room.width);
  const rows = node.row === -1 ? rowsOf(node.rows).filter((row) => rowFits(room, row, nothing, node.used)) : [node.row];
  return { rows, pods: node.pods };
}
