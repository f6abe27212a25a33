import { compareText, type PodClass } from "./pod-class.ts";
import type { PodOrder, WaitingPod } from "./problem.ts";

/** Equal pods that are placed one after the other. */
export interface Turn {
  readonly one: PodClass;
  /** Indices. */
  readonly pods: readonly number[];
}

/** All pods in the order in which they are placed: the same whatever order they come in. */
export function turnsOf(classes: readonly PodClass[], pods: readonly WaitingPod[], order: PodOrder): readonly Turn[] {
  switch (order) {
    case "size":
      return decreasing(classes, pods);
    case "lone":
      return whole(classes.toSorted((a, b) => first(a.lone, b.lone) || bySize(a, b)));
    case "zoned":
      return whole(classes.toSorted((a, b) => first(a.lone, b.lone) || first(a.zoned, b.zoned) || bySize(a, b)));
    case "even":
      return [true, false].flatMap((lone) => even(classes.filter((one) => one.lone === lone)));
  }
}

function first(a: boolean, b: boolean): number {
  return Number(b) - Number(a);
}

function whole(classes: readonly PodClass[]): readonly Turn[] {
  return classes.map((one) => ({ one, pods: one.pods }));
}

/** The signature only makes the order total. */
function bySize(a: PodClass, b: PodClass): number {
  return sizeDifference(a, b) || compareText(a.signature, b.signature);
}

/** GPUs decide, since they are what a node costs, then cpu and memory. */
function sizeDifference({ size: a }: PodClass, { size: b }: PodClass): number {
  return b.gpus - a.gpus || b.cpuMilli - a.cpuMilli || b.memoryBytes - a.memoryBytes;
}

/** Pod by pod, those of one size by key: first fit decreasing as anybody else would do it. */
function decreasing(classes: readonly PodClass[], pods: readonly WaitingPod[]): readonly Turn[] {
  const sorted = classes.toSorted(sizeDifference);
  const turns: Turn[] = [];
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    while (to < sorted.length && sizeDifference(sorted[from] as PodClass, sorted[to] as PodClass) === 0) to++;
    turns.push(...byKey(sorted.slice(from, to), pods));
  }
  return turns;
}

function byKey(classes: readonly PodClass[], pods: readonly WaitingPod[]): readonly Turn[] {
  if (classes.length === 1) return whole(classes);
  const all = classes.flatMap((one) => one.pods.map((pod) => ({ one, pod })));
  return joined(all.sort((a, b) => compareText(pods[a.pod]?.key ?? "", pods[b.pod]?.key ?? "")));
}

/**
 * Pods that ask for much cpu and pods that ask for much memory take turns, so that at any time the pods placed so far ask for
 * both in the proportion in which all of them do: no node is full of the one while the other is left over. Of each sort the
 * largest comes first.
 */
function even(classes: readonly PodClass[]): readonly Turn[] {
  const sorted = classes.toSorted(bySize).flatMap((one) => one.pods.map((pod) => ({ one, pod })));
  const cpuMilli = sorted.reduce((sum, { one }) => sum + one.size.cpuMilli, 0);
  const memoryBytes = sorted.reduce((sum, { one }) => sum + one.size.memoryBytes, 0);
  // By how much more of all cpu than of all memory a pod asks for.
  const lean = ({ one: { size } }: Place): number =>
    size.cpuMilli / Math.max(1, cpuMilli) - size.memoryBytes / Math.max(1, memoryBytes);
  const ofCpu = sorted.filter((one) => lean(one) > 0);
  const ofMemory = sorted.filter((one) => lean(one) <= 0);
  const mixed: Place[] = [];
  let balance = 0;
  for (let cpu = 0, memory = 0; cpu < ofCpu.length || memory < ofMemory.length; ) {
    const takesCpu = memory === ofMemory.length || (balance <= 0 && cpu < ofCpu.length);
    const next = (takesCpu ? ofCpu[cpu++] : ofMemory[memory++]) as Place;
    balance += lean(next);
    mixed.push(next);
  }
  return joined(mixed);
}

interface Place {
  readonly one: PodClass;
  readonly pod: number;
}

/** Equal pods that follow each other, in one turn. */
function joined(all: readonly Place[]): readonly Turn[] {
  const turns: { one: PodClass; pods: number[] }[] = [];
  for (const { one, pod } of all) {
    const last = turns.at(-1);
    if (last?.one === one) last.pods.push(pod);
    else turns.push({ one, pods: [pod] });
  }
  return turns;
}
