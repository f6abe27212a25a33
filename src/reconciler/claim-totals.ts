import { isManagedClaim } from "../core/capacity/owner.ts";
import type { Usage } from "../core/capacity/question.ts";
import { usageOf } from "../core/capacity/usage.ts";
import type { Release } from "../core/catalogue.ts";
import { isLaunching, launchOwner } from "../core/plan/launch-budget.ts";
import type { KubeObject } from "../kube/kube.ts";

/** What all claims of the installation come to, kept up with each change: every look asks, and claims come by the thousand. */
export interface ClaimTotals {
  /** Names of all claims, whoever made them. */
  readonly names: ReadonlySet<string>;
  /** Of Foresail's claims: how many have no node yet, by owner. */
  readonly launching: ReadonlyMap<string, number>;
  readonly launchingCount: number;
  changed(before: KubeObject | undefined, after: KubeObject | undefined): void;
  usage(release: Release): Usage;
}

// Catalogue prices have four decimals: whole numbers of them are added and taken away without a rest.
const PRICE_STEPS = 10_000;

export function createClaimTotals(): ClaimTotals {
  const claims = new Map<string, KubeObject>();
  const names = new Set<string>();
  const launching = new Map<string, number>();
  let launchingCount = 0;
  let release: Release | undefined;
  let counted = counters();

  function add(claim: KubeObject, sign: 1 | -1): void {
    if (!isManagedClaim(claim)) return;
    if (release !== undefined) count(counted, usageOf([claim], release), sign);
    if (!isLaunching(claim)) return;
    tally(launching, launchOwner(claim), sign);
    launchingCount += sign;
  }

  return {
    names,
    launching,
    get launchingCount() {
      return launchingCount;
    },
    changed(before, after) {
      if (before !== undefined) {
        add(before, -1);
        claims.delete(before.metadata.name);
        names.delete(before.metadata.name);
      }
      if (after === undefined) return;
      add(after, 1);
      claims.set(after.metadata.name, after);
      names.add(after.metadata.name);
    },
    usage(asked) {
      if (release !== asked) {
        release = asked;
        counted = counters();
        for (const claim of claims.values()) if (isManagedClaim(claim)) count(counted, usageOf([claim], asked), 1);
      }
      const { nodes, gpus, priceSteps, unsized, unpriced } = counted;
      return {
        nodes,
        gpus,
        hourlyPriceUsd: priceSteps / PRICE_STEPS,
        ...(unsized.size === 0 ? {} : { unsized: [...unsized.keys()].sort() }),
        ...(unpriced.size === 0 ? {} : { unpriced: [...unpriced.keys()].sort() }),
      };
    },
  };
}

interface Counters {
  nodes: number;
  gpus: number;
  priceSteps: number;
  /** How many claims there are of each. */
  readonly unsized: Map<string, number>;
  readonly unpriced: Map<string, number>;
}

function counters(): Counters {
  return { nodes: 0, gpus: 0, priceSteps: 0, unsized: new Map(), unpriced: new Map() };
}

function count(counted: Counters, { nodes, gpus, hourlyPriceUsd, unsized, unpriced }: Usage, sign: 1 | -1): void {
  counted.nodes += sign * nodes;
  counted.gpus += sign * gpus;
  counted.priceSteps += sign * Math.round(hourlyPriceUsd * PRICE_STEPS);
  for (const name of unsized ?? []) tally(counted.unsized, name, sign);
  for (const name of unpriced ?? []) tally(counted.unpriced, name, sign);
}

function tally(counts: Map<string, number>, name: string, sign: 1 | -1): void {
  const left = (counts.get(name) ?? 0) + sign;
  if (left === 0) counts.delete(name);
  else counts.set(name, left);
}
