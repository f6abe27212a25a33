import { expand } from "../expand.ts";
import type { Decided } from "../explain/decided.ts";
import type { RankedSize } from "../explain/explanation.ts";
import { rankedSizes } from "../explain/sizes.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import type { Run } from "../runs/run.ts";
import { type Amount, difference } from "./amount.ts";

/** A size that does the job for less. */
export interface Cheaper {
  readonly instanceType: string;
  /** Nodes of one replica. */
  readonly nodeCount: number;
  /** All nodes of all replicas. */
  readonly amount: Amount;
  readonly saves: Amount;
  /** Tokens of context there; absent for a training run. */
  readonly maxModelLen?: number;
  /** Tokens of context on the size that is chosen. */
  readonly insteadOfMaxModelLen?: number;
}

interface Comparing {
  readonly run: Run;
  readonly decided: Decided;
  /** What is paid now. */
  readonly amount: Amount;
  /** What all nodes of another expansion of the same run come to. */
  readonly priced: (expansion: Expansion) => Amount | undefined;
}

// Sizes that are cheaper and still refused, such as by a fallback that does not go with them, are few.
const MOST_TRIED = 8;

/** The cheapest size on which the run is admitted as it stands, tried out; undefined where none costs less than now. */
export function cheaperSize(comparing: Comparing): Cheaper | undefined {
  return cheaperThat(comparing, () => true)?.cheaper;
}

/** The same among those whose expansion suits, with that expansion. */
export function cheaperThat(
  { run, decided, amount, priced }: Comparing,
  suits: (other: Expansion) => boolean,
): { readonly cheaper: Cheaper; readonly other: Expansion } | undefined {
  const { expansion } = run;
  const ranked = rankedSizes(decided, expansion)?.ranked ?? [];
  const chosen = ranked.findIndex((size) => size.chosen);
  for (const size of ranked.slice(0, Math.min(MOST_TRIED, chosen === -1 ? ranked.length : chosen))) {
    const other = onSize(run, decided, size);
    const cost = other === undefined ? undefined : priced(other);
    if (other === undefined || cost === undefined || cost.hourlyUsd >= amount.hourlyUsd || !suits(other)) continue;
    const cheaper = {
      instanceType: size.instanceType,
      nodeCount: other.nodeCount,
      amount: cost,
      saves: difference(amount, cost),
      ...contexts(other, expansion),
    };
    return { cheaper, other };
  }
  return undefined;
}

/** The run on another size; a pod that asks for a preset is on one node. */
function onSize({ subject, workspace }: Run, decided: Decided, { instanceType }: RankedSize): Expansion | undefined {
  const { release } = decided.expanding;
  const resized = { ...workspace, resource: { ...workspace.resource, instanceType } } as Workspace;
  const { expansion } = expand(resized, { current: release, releases: [release] });
  if (expansion === undefined) return undefined;
  return subject.kind !== "Workspace" && expansion.nodeCount > 1 ? undefined : expansion;
}

function contexts(other: Expansion, now: Expansion): Pick<Cheaper, "maxModelLen" | "insteadOfMaxModelLen"> {
  const there = other.memory?.maxModelLen;
  const here = now.memory?.maxModelLen;
  return {
    ...(there === undefined ? {} : { maxModelLen: there }),
    ...(here === undefined ? {} : { insteadOfMaxModelLen: here }),
  };
}
