import type { Candidate } from "./candidate.ts";
import type { Mask } from "./mask.ts";
import { fitsChoice, nodeFits, type OpenNode } from "./nodes.ts";
import { put, type Run } from "./run.ts";
import { type Allowed, decidedAdmits, hostAdmits, narrowed } from "./topology.ts";
import type { Fit, Variant } from "./variants.ts";

/** Puts the pod on the first node that takes it. Nodes without room for it are not looked at again for an equal one. */
export function intoOpen<R>(run: Run<R>, candidate: Candidate, allowed: readonly Allowed[]): boolean {
  const { variant } = candidate;
  const { fit } = variant;
  for (; fit.seen < run.nodes.length; fit.seen++) fit.open.push(fit.seen);
  if (run.problem.filling === "slack" && intoSlack(run, candidate, allowed)) return true;
  let found = false;
  for (let at = fit.head; at < fit.open.length && !found; at++) {
    const id = fit.open[at] ?? -1;
    if (id === -1 || !hostAdmits(variant, id)) continue;
    const node = run.nodes[id] as OpenNode;
    const rows = rowsOn(run, node, variant, allowed);
    if (rows === FULL) fit.open[at] = -1;
    found = typeof rows === "object";
    if (typeof rows === "object") put(run, node, { ...candidate, rows });
  }
  trim(fit);
  return found;
}

const FULL = "full";

/** The rows an open node keeps when the pod comes; undefined where its rules keep it away, as things are. */
export function rowsOn<R>(
  { room }: Run<R>,
  node: OpenNode,
  variant: Variant,
  allowed: readonly Allowed[],
): Mask | typeof FULL | undefined {
  const decided = decidedAdmits(room, node, allowed);
  if (decided === false) return undefined;
  if (!nodeFits(room, node, variant.fit)) return FULL;
  return decided ? node.rows : narrowed(room, { rows: node.rows, used: node.used, open: node }, variant, allowed);
}

/** Puts the pod where it costs nothing: on the first node that does not become a larger one by it. */
function intoSlack<R>(run: Run<R>, candidate: Candidate, allowed: readonly Allowed[]): boolean {
  const { variant } = candidate;
  const { fit } = variant;
  for (let at = fit.head; at < fit.open.length; at++) {
    const id = fit.open[at] ?? -1;
    if (id === -1 || !hostAdmits(variant, id)) continue;
    const node = run.nodes[id] as OpenNode;
    if (!fitsChoice(run.room, node, fit) || decidedAdmits(run.room, node, allowed) !== true) continue;
    put(run, node, { ...candidate, rows: node.rows });
    return true;
  }
  return false;
}

function trim(fit: Fit): void {
  while (fit.open[fit.head] === -1) fit.head++;
}
