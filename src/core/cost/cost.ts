import { type Catalogue, findInstanceType, type PriceTable, type Release } from "../catalogue.ts";
import { decide, releaseOf } from "../explain/decided.ts";
import type { PriceSource } from "../explain/explanation.ts";
import { sourceOf } from "../explain/price-sources.ts";
import type { Expansion } from "../kinds/workspace.ts";
import { type Price, priceOf } from "../prices.ts";
import type { Subject } from "../report/report.ts";
import type { Run, Scaler } from "../runs/run.ts";
import { type Amount, amountOf, sum } from "./amount.ts";
import { type Cheaper, cheaperSize, cheaperThat } from "./cheaper.ts";
import { nodesOf } from "./nodes.ts";

/** What a run costs while all its nodes are there. */
export interface RunCost {
  readonly subject: Subject;
  readonly preset?: string;
  readonly task: "serving" | "tuning" | "template";
  readonly release: string;
  /** Absent for nodes of one's own whose size is not stated. */
  readonly instanceType?: string;
  readonly fallbackInstanceTypes: readonly string[];
  readonly region?: string;
  readonly capacityTypes: readonly string[];
  /** Whether nodes are bought: one's own cost nothing here. */
  readonly provision: boolean;
  readonly placement: "dedicated" | "shared";
  /** Nodes of one replica. */
  readonly nodeCount: number;
  readonly replicas: number;
  /** Who else decides how many replicas there are. */
  readonly scaler?: Scaler;
  /** Of all replicas. */
  readonly nodes: number;
  /** All nodes on demand, and as spot nodes; absent where no price is known. */
  readonly onDemand?: Amount;
  readonly spot?: Amount;
  /** What counts: the dearest of the capacity types that are allowed. Absent where no price is known. */
  readonly amount?: Amount;
  /** The cheapest size that fits, where that is not the one chosen. */
  readonly cheaper?: Cheaper;
}

export interface Costs {
  readonly runs: readonly RunCost[];
  readonly total: {
    readonly onDemand: Amount;
    readonly spot: Amount;
    readonly amount: Amount;
    readonly nodes: number;
    /** Runs whose price nobody knows: they are in no sum. */
    readonly unpriced: number;
  };
  /** Where the prices that were used are from. */
  readonly prices: readonly PriceSource[];
}

/**
 * What these runs cost together.
 * @param today day the age of prices is counted to, ISO date
 */
export function costsOf(runs: readonly Run[], catalogue: Catalogue, today: string): Costs {
  const tables = new Set<PriceTable>();
  const costs = runs.map((run) => costOf(run, catalogue, tables));
  const summed = (amounts: readonly (Amount | undefined)[]): Amount => sum(amounts.filter((one) => one !== undefined));
  return {
    runs: costs,
    total: {
      onDemand: summed(costs.map(({ onDemand }) => onDemand)),
      spot: summed(costs.map(({ spot }) => spot)),
      amount: summed(costs.map(({ amount }) => amount)),
      nodes: costs.reduce((total, { provision, nodes }) => total + (provision ? nodes : 0), 0),
      unpriced: costs.filter(({ amount }) => amount === undefined).length,
    },
    prices: [...tables].map((table) => sourceOf(table, today)),
  };
}

/** The nodes of a run, and what counts of their price. */
export type RunPrice = Pick<RunCost, "nodes" | "amount">;

/** What every command says of the nodes of a run and their price: those of its release, at the dearest way of paying it allows. */
export function priceOfRun(
  { expansion, replicas }: Pick<Run, "expansion" | "replicas">,
  catalogue: Catalogue,
): RunPrice {
  const release = releaseOf(catalogue, expansion.catalog);
  const { amount } = pricesOf(expansion, replicas, release, new Set());
  return { nodes: nodesOf(expansion, replicas, release).count, ...(amount === undefined ? {} : { amount }) };
}

/** The cheapest size that does the same for less, and what it does: as long a context, on no more nodes. */
export function sameForLess(run: Run, catalogue: Catalogue): ReturnType<typeof cheaperThat> {
  const { workspace, expansion, replicas } = run;
  if (!expansion.nodes.provision) return undefined;
  const decided = decide(workspace, catalogue, expansion);
  const { release } = decided.expanding;
  const priced = (one: Expansion): Amount | undefined => pricesOf(one, replicas, release, new Set()).amount;
  const amount = priced(expansion);
  if (amount === undefined) return undefined;
  const { nodeCount, memory } = expansion;
  return cheaperThat(
    { run, decided, amount, priced },
    (other) => other.nodeCount <= nodeCount && (other.memory?.maxModelLen ?? 0) >= (memory?.maxModelLen ?? 0),
  );
}

function costOf(run: Run, catalogue: Catalogue, tables: Set<PriceTable>): RunCost {
  const { subject, workspace, expansion, replicas, scaler } = run;
  const { preset, instanceType, nodes, nodeCount } = expansion;
  const decided = decide(workspace, catalogue, expansion);
  const { release } = decided.expanding;
  const priced = pricesOf(expansion, replicas, release, tables);
  const cheaper =
    priced.amount === undefined || !nodes.provision
      ? undefined
      : cheaperSize({
          run,
          decided,
          amount: priced.amount,
          priced: (other) => pricesOf(other, replicas, release, tables).amount,
        });
  return {
    subject,
    ...(preset === undefined ? {} : { preset: preset.name }),
    task: workspace.tuning !== undefined ? "tuning" : preset === undefined ? "template" : "serving",
    release: release.id,
    ...(instanceType === undefined ? {} : { instanceType }),
    fallbackInstanceTypes: expansion.fallbackInstanceTypes ?? [],
    ...(nodes.region === undefined ? {} : { region: nodes.region }),
    capacityTypes: nodes.capacityTypes,
    provision: nodes.provision,
    placement: nodes.placement,
    nodeCount,
    replicas,
    ...(scaler === undefined ? {} : { scaler }),
    nodes: nodesOf(expansion, replicas, release).count,
    ...priced,
    ...(cheaper === undefined ? {} : { cheaper }),
  };
}

const NOTHING = amountOf(0);

/** The prices of all nodes of an expansion; the tables they are from are added to `tables`. */
function pricesOf(
  expansion: Expansion,
  replicas: number,
  release: Release,
  tables: Set<PriceTable>,
): Pick<RunCost, "onDemand" | "spot" | "amount"> {
  const { provision, region, capacityTypes } = expansion.nodes;
  if (!provision) return { onDemand: NOTHING, spot: NOTHING, amount: NOTHING };
  const type = findInstanceType(release, expansion.instanceType ?? "");
  if (type === undefined || region === undefined) return {};
  const { count, isMost } = nodesOf(expansion, replicas, release);
  if (count === 0) return { onDemand: NOTHING, spot: NOTHING, amount: NOTHING };
  const priceBy = (capacityType: string): Price | undefined => priceOf(release, type, region, capacityType);
  const amountBy = (price: Price | undefined): Amount | undefined =>
    price === undefined ? undefined : amountOf(price.hourlyUsd * count, isMost ? "at-most" : price.bound);
  const [onDemand, spot] = [priceBy("on-demand"), priceBy("spot")];
  const allowed = capacityTypes.map(priceBy);
  for (const price of [onDemand, spot, ...allowed]) if (price !== undefined) tables.add(price.table);
  const amounts = { onDemand: amountBy(onDemand), spot: amountBy(spot), amount: dearest(allowed.map(amountBy)) };
  return Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount !== undefined));
}

/** Which of the ways that are allowed is taken is known when the nodes are bought: a bound where they differ. */
function dearest(amounts: readonly (Amount | undefined)[]): Amount | undefined {
  const known = amounts.filter((amount) => amount !== undefined);
  const [first] = known;
  if (first === undefined || known.length < amounts.length) return undefined;
  const most = Math.max(...known.map(({ hourlyUsd }) => hourlyUsd));
  const isExact = known.every(({ hourlyUsd, bound }) => hourlyUsd === most && bound === "exact");
  return amountOf(most, isExact ? "exact" : "at-most");
}
