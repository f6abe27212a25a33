import { type Classified, classify, gpus, isLone } from "./pod-class.ts";
import type { Row, Schedule, SchedulingProblem } from "./problem.ts";
import { reservations } from "./reservations.ts";
import { schedule } from "./schedule.ts";

export interface PricedProblem<Refusal> extends Omit<SchedulingProblem<Refusal>, "open"> {
  readonly opener: () => SchedulingProblem<Refusal>["open"];
}

/**
 * The cheapest of the ways to fill nodes that needs no more of them than first fit, the largest pod first. With GPUs only the
 * price decides, and nodes for what no existing one takes are also chosen all at once beforehand. For problems in which a new
 * node can be several sizes, rows being in the order of their price. Every way buys for itself: `opener` makes the `open` of each.
 */
export function cheapest<Refusal>(problem: PricedProblem<Refusal>): Schedule<Refusal> {
  const classified = classify(problem.pods, problem.placed);
  const way = (filling: "first" | "slack", loneFirst: boolean): Schedule<Refusal> =>
    schedule({ ...problem, open: problem.opener(), filling, loneFirst }, classified);
  const firstFit = way("first", false);
  const ways = [way("slack", false)];
  if (classified.waiting.some(isLone)) ways.push(way("first", true), way("slack", true));
  const withGpus = classified.waiting.some((one) => gpus(one) > 0);
  if (withGpus) ways.push(...packed(problem, classified));
  const mostNodes = withGpus ? Number.POSITIVE_INFINITY : firstFit.nodes.length;
  return ways
    .filter(({ nodes, failures }) => nodes.length <= mostNodes || failures.size < firstFit.failures.size)
    .reduce((best, next) => (isBetter(next, best, problem.rows) ? next : best), firstFit);
}

function packed<Refusal>(problem: PricedProblem<Refusal>, classified: Classified): readonly Schedule<Refusal>[] {
  const nothing = schedule<undefined>({ ...problem, open: () => ({ refusal: undefined }) }, classified);
  const reserved = reservations(problem, classified, new Set(nothing.failures.keys()));
  if (reserved.length === 0) return [];
  return [schedule({ ...problem, open: problem.opener(), reserved, filling: "slack" }, classified)];
}

function isBetter<Refusal>(next: Schedule<Refusal>, best: Schedule<Refusal>, rows: readonly Row[]): boolean {
  if (next.failures.size !== best.failures.size) return next.failures.size < best.failures.size;
  // Where a price is not known, nothing is better than what came first.
  return priceOf(next, rows) < priceOf(best, rows);
}

/** USD per hour of the nodes to buy. A node without a known price makes it infinite: nothing is compared with a guess. */
export function priceOf<Refusal>({ nodes }: Schedule<Refusal>, rows: readonly Row[]): number {
  return nodes.reduce((total, node) => {
    const row = rows[node.choice];
    return row?.exists === true ? total : total + (row?.hourlyPriceUsd ?? Number.POSITIVE_INFINITY);
  }, 0);
}
