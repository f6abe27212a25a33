import type { Candidate, Failure } from "./candidate.ts";
import { add, both, emptyMask, has, isEmpty, type Mask, nextRow, single } from "./mask.ts";
import { type OpenNode, openNode, type Room, rowFits } from "./nodes.ts";
import type { Obstacle } from "./problem.ts";
import { remembered } from "./row-table.ts";
import { put, type Run } from "./run.ts";
import { type Allowed, allowedDomains, hostAdmits, narrowed } from "./topology.ts";
import type { Fit, Variant } from "./variants.ts";

/** Puts the pod on a node that is bought for it; else why none is. */
export function intoNew<R>(
  run: Run<R>,
  { one, variant, pod }: Candidate,
  allowed: readonly Allowed[],
): Failure<R> | undefined {
  const { problem } = run;
  const { rows, obstacle } = openable(run, variant, allowed);
  const request = { pod: one.example, rows, suitable: variant.fit.mask, unused: unusedRows(run) };
  const answer = problem.open(obstacle === undefined ? request : { ...request, obstacle });
  if ("refusal" in answer) return { obstacle, refusal: answer.refusal };
  opened(run, { one, variant, pod }, answer.rows, allowed);
  return undefined;
}

function opened<R>(run: Run<R>, { one, variant, pod }: Candidate, rows: Mask, allowed: readonly Allowed[]): OpenNode {
  const { room, nodes } = run;
  const used = new Float64Array(room.width);
  // Each of the rows is in a domain that is allowed, so that narrowing leaves some.
  const chosen = narrowed(room, { rows, used }, variant, allowed) ?? rows;
  const node = openNode(nodes.length, chosen, room.width);
  nodes.push(node);
  put(run, node, { one, variant, pod, rows: chosen });
  return node;
}

/** A new node of this row with the pod on it; undefined where that is not to be had. */
export function bought<R>(run: Run<R>, candidate: Candidate, row: number): OpenNode | undefined {
  const { one, variant } = candidate;
  const allowed = allowedDomains(run.room, variant);
  const { rows } = openable(run, variant, allowed);
  if (!has(rows, row)) return undefined;
  const only = single(run.problem.rows.length, row);
  const answer = run.problem.open({
    pod: one.example,
    rows: only,
    suitable: variant.fit.mask,
    unused: unusedRows(run),
  });
  return "refusal" in answer || !has(answer.rows, row) ? undefined : opened(run, candidate, only, allowed);
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
