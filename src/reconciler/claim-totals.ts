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
  let counted: Release | undefined;
  let usage = { nodes: 0, gpus: 0, priceSteps: 0 };

  function add(claim: KubeObject, sign: 1 | -1): void {
    if (!isManagedClaim(claim)) return;
    if (counted !== undefined) usage = plus(usage, claim, counted, sign);
    if (!isLaunching(claim)) return;
    const owner = launchOwner(claim);
    const left = (launching.get(owner) ?? 0) + sign;
    if (left === 0) launching.delete(owner);
    else launching.set(owner, left);
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
    usage(release) {
      if (counted !== release) {
        counted = release;
        usage = { nodes: 0, gpus: 0, priceSteps: 0 };
        for (const claim of claims.values()) if (isManagedClaim(claim)) usage = plus(usage, claim, release, 1);
      }
      return { nodes: usage.nodes, gpus: usage.gpus, hourlyPriceUsd: usage.priceSteps / PRICE_STEPS };
    },
  };
}

interface Counted {
  readonly nodes: number;
  readonly gpus: number;
  readonly priceSteps: number;
}

function plus(total: Counted, claim: KubeObject, release: Release, sign: 1 | -1): Counted {
  const { nodes, gpus, hourlyPriceUsd } = usageOf([claim], release);
  return {
    nodes: total.nodes + sign * nodes,
    gpus: total.gpus + sign * gpus,
    priceSteps: total.priceSteps + sign * Math.round(hourlyPriceUsd * PRICE_STEPS),
  };
}
