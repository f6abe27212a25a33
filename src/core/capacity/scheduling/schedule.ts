import type { Candidate, Failure } from "./candidate.ts";
import { intoOpen, rowsOn } from "./filling.ts";
import { add, nextRow } from "./mask.ts";
import { type OpenNode, rowFits } from "./nodes.ts";
import { bought, intoNew } from "./opening.ts";
import { type Classified, classify, type PodClass } from "./pod-class.ts";
import type { Schedule, SchedulingProblem } from "./problem.ts";
import { remembered } from "./row-table.ts";
import { newRun, put, type Run } from "./run.ts";
import { allowedDomains, hostAdmits } from "./topology.ts";
import { turnsOf } from "./turns.ts";
import { type Variant, variantsOf } from "./variants.ts";

interface Queued<Refusal> {
  readonly asked: Asked<Refusal>;
  pods: readonly number[];
}

/** What has been found out about equal pods. */
interface Asked<Refusal> {
  readonly one: PodClass;
  readonly variants: readonly Variant[];
  /** The first variant that is worth trying: what an equal pod could not have, this one cannot. */
  level: number;
  /** Why no pod of them will ever be placed. */
  hopeless?: Failure<Refusal>;
}

/**
 * Puts pods on nodes: those that are there first, then those opened for other pods, then new ones. Pods that need much come
 * first. The answer is the same for any order of the pods; a pod that cannot be placed costs the others nothing.
 */
export function schedule<Refusal>(
  problem: SchedulingProblem<Refusal>,
  classified: Classified = classify(problem.pods, problem.placed),
): Schedule<Refusal> {
  return scheduleOf(placement(problem, classified));
}

/** Pods on nodes, before it is told what each node can be: enough to compare prices. */
export interface Placement<Refusal> {
  readonly run: Run<Refusal>;
  readonly failures: ReadonlyMap<number, Refusal>;
}

export function placement<Refusal>(problem: SchedulingProblem<Refusal>, classified: Classified): Placement<Refusal> {
  const run = newRun(problem, classified);
  const known = new Map<PodClass, Asked<Refusal>>();
  const asked = (one: PodClass): Asked<Refusal> =>
    remembered(known, one, () => ({ one, variants: variantsOf(one, run.setting), level: 0 }));
  let queue: readonly Queued<Refusal>[] = turnsOf(classified.waiting, problem.pods, problem.order ?? "lone").map(
    ({ one, pods }) => ({ asked: asked(one), pods }),
  );
  openReserved(run, queue);
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
  return { run, failures };
}

export function scheduleOf<Refusal>({ run, failures }: Placement<Refusal>): Schedule<Refusal> {
  return {
    nodes: run.nodes.filter(({ pods }) => pods.length > 0).map((node) => filled(run, node)),
    failures,
    order: run.order,
  };
}

/** Opens the nodes that were chosen beforehand, and puts their pods there. */
function openReserved<R>(run: Run<R>, queue: readonly Queued<R>[]): void {
  const { reserved = [] } = run.problem;
  if (reserved.length === 0) return;
  const entryOf = new Map(queue.flatMap((entry) => entry.pods.map((pod) => [pod, entry] as const)));
  for (const { row, pods } of reserved) {
    const candidates = pods.flatMap((pod): readonly Candidate[] => {
      const entry = entryOf.get(pod);
      const [variant] = entry?.asked.variants ?? [];
      return entry === undefined || variant === undefined ? [] : [{ one: entry.asked.one, variant, pod }];
    });
    openWith(run, row, candidates);
  }
  const placed = new Set(run.order);
  for (const entry of queue) entry.pods = entry.pods.filter((pod) => !placed.has(pod));
}

/** One node of this row with as many of the pods as are let onto it; none where the first is not. */
function openWith<R>(run: Run<R>, row: number, [first, ...others]: readonly Candidate[]): void {
  const node = first === undefined ? undefined : bought(run, first, row);
  if (node === undefined) return;
  for (const { one, variant, pod } of others) {
    const rows = hostAdmits(variant, node.id)
      ? rowsOn(run, node, variant, allowedDomains(run.room, variant))
      : undefined;
    if (typeof rows === "object") put(run, node, { one, variant, pod, rows });
  }
}

/** Places equal pods; undefined when all are placed, else why the next one is not. */
function placeAll<Refusal>(run: Run<Refusal>, entry: Queued<Refusal>): Failure<Refusal> | undefined {
  const { asked } = entry;
  if (asked.hopeless !== undefined) return asked.hopeless;
  for (let at = 0; at < entry.pods.length; at++) {
    const failure = placeOne(run, asked, entry.pods[at] ?? 0);
    if (failure === undefined) continue;
    if (failure.obstacle !== "topology") asked.hopeless = failure;
    entry.pods = entry.pods.slice(at);
    return failure;
  }
  entry.pods = [];
  return undefined;
}

function placeOne<Refusal>(run: Run<Refusal>, asked: Asked<Refusal>, pod: number): Failure<Refusal> | undefined {
  const thrifty = run.problem.preferences === "thrifty";
  const from = asked.variants.length === 1 ? 0 : asked.level;
  if (thrifty) {
    for (const variant of asked.variants.slice(from)) {
      if (intoOpen(run, { one: asked.one, variant, pod }, allowedDomains(run.room, variant))) return undefined;
    }
  }
  let failure: Failure<Refusal> | undefined;
  for (let level = from; level < asked.variants.length; level++) {
    const variant = asked.variants[level] as Variant;
    const allowed = allowedDomains(run.room, variant);
    if (!thrifty && intoOpen(run, { one: asked.one, variant, pod }, allowed)) failure = undefined;
    else failure = intoNew(run, { one: asked.one, variant, pod }, allowed);
    if (failure === undefined) {
      if (!thrifty) asked.level = level;
      return undefined;
    }
  }
  return failure;
}

function filled<R>({ room }: Run<R>, { row, rows, choice, used, pods }: OpenNode): Schedule<R>["nodes"][number] {
  if (row !== -1) return { choice: row, rows, pods };
  const nothing = new Float64Array(room.width);
  const possible = new Uint32Array(rows.length);
  for (let one = choice; one !== -1; one = nextRow(rows, one + 1)) {
    if (rowFits(room, one, nothing, used)) add(possible, one);
  }
  return { choice, rows: possible, pods };
}
