import { type Classified, classify } from "./pod-class.ts";
import type { PodOrder, Row, Schedule, SchedulingProblem } from "./problem.ts";
import { reservations } from "./reservations.ts";
import { type Placement, placement, scheduleOf } from "./schedule.ts";

export interface PricedProblem<Refusal> extends Omit<SchedulingProblem<Refusal>, "open"> {
  readonly opener: () => SchedulingProblem<Refusal>["open"];
}

// Of more pods the other ways are as good, and each takes its time.
const MOST_PODS_ALL_WAYS = 1000;

/**
 * Several ways to fill nodes, first fit with the largest pod first among them: never more nodes than that, nor dearer ones. Of
 * the ways that are no dearer those with the fewest nodes count, of these the cheapest. With GPUs only the price decides, and
 * nodes for what no existing one takes are also chosen all at once beforehand. For problems in which a new node can be several
 * sizes, rows being in the order of their price. Every way buys for itself: `opener` makes the `open` of each.
 */
export function cheapest<Refusal>(problem: PricedProblem<Refusal>): Schedule<Refusal> {
  const classified = classify(problem.pods, problem.placed);
  const way = (filling: "first" | "slack", order: PodOrder): (() => Way<Refusal>) => {
    return () => wayOf(placement({ ...problem, open: problem.opener(), filling, order }, classified));
  };
  const withGpus = classified.waiting.some(({ size }) => size.gpus > 0);
  const firstFit = way("first", "size")();
  const zoned = problem.pods.length <= MOST_PODS_ALL_WAYS && classified.waiting.some((one) => one.zoned);
  // What costs is the GPUs: how well cpu and memory fill a node is not worth the time.
  const withoutGpus = [way("slack", "even"), ...(zoned ? [way("first", "zoned"), way("slack", "zoned")] : [])];
  const ways = [
    way("slack", "size"),
    ...(classified.waiting.some(({ lone }) => lone) ? [way("slack", "lone")] : []),
    ...(withGpus ? packed(problem, classified).map((one) => () => wayOf(one)) : withoutGpus),
  ];
  let best = firstFit;
  // One after the other: only the best so far is kept.
  for (const make of ways) {
    const next = make();
    if (isBetter(next, best, withGpus ? undefined : firstFit)) best = next;
  }
  return scheduleOf(best.placement);
}

interface Way<Refusal> {
  readonly placement: Placement<Refusal>;
  readonly nodes: number;
  readonly unplaced: number;
  readonly hourlyPriceUsd: number;
}

function wayOf<Refusal>(made: Placement<Refusal>): Way<Refusal> {
  const used = made.run.nodes.filter(({ pods }) => pods.length > 0);
  const hourlyPriceUsd = priceOf({ nodes: used }, made.run.problem.rows);
  return { placement: made, nodes: used.length, unplaced: made.failures.size, hourlyPriceUsd };
}

function packed<Refusal>(problem: PricedProblem<Refusal>, classified: Classified): readonly Placement<Refusal>[] {
  const nothing = placement<undefined>({ ...problem, open: () => ({ refusal: undefined }) }, classified);
  const reserved = reservations(problem, classified, new Set(nothing.failures.keys()));
  if (reserved.length === 0) return [];
  return [placement({ ...problem, open: problem.opener(), reserved, filling: "slack" }, classified)];
}

/** @param yardstick what is not to be surpassed in price by having fewer nodes; absent: the number of nodes does not count */
function isBetter<Refusal>(next: Way<Refusal>, best: Way<Refusal>, yardstick?: Way<Refusal>): boolean {
  if (next.unplaced !== best.unplaced) return next.unplaced < best.unplaced;
  if (yardstick !== undefined && next.nodes !== best.nodes) {
    return (
      next.nodes < best.nodes && (next.hourlyPriceUsd <= yardstick.hourlyPriceUsd || next.unplaced < yardstick.unplaced)
    );
  }
  // Where a price is not known, nothing is better than what came first.
  return next.hourlyPriceUsd < best.hourlyPriceUsd;
}

/** USD per hour of the nodes to buy. A node without a known price makes it infinite: nothing is compared with a guess. */
export function priceOf(
  { nodes }: { readonly nodes: readonly { readonly choice: number }[] },
  rows: readonly Row[],
): number {
  return nodes.reduce((total, node) => {
    const row = rows[node.choice];
    return row?.exists === true ? total : total + (row?.hourlyPriceUsd ?? Number.POSITIVE_INFINITY);
  }, 0);
}
