import { claimOf, INSTANCE_TYPE_LABEL } from "../../src/core/capacity/claim.ts";
import { objectAt } from "../../src/core/capacity/fields.ts";
import { findInstanceType, type Release } from "../../src/core/catalogue.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import type { Installation } from "../../src/reconciler/gather.ts";
import { keyOfObject, ownerOfClaim } from "../../src/reconciler/keys.ts";
import type { Stage } from "./actor.ts";

// A watch may be late by half a minute, and what was planned then is still carried out.
const REMEMBERED_MS = 120_000;
// Sums of prices are compared, not counted in cents.
const ROUNDING_USD = 1e-6;

/**
 * Watches that nothing is bought beyond what users and the installation allow, at any moment: the ceiling of a Workspace, the
 * limits of all, and how many nodes are launched at a time.
 * @param installation as it is now
 * @returns what was too much so far
 */
export function watchBudgets(
  stage: Stage,
  release: Release,
  installation: () => Installation,
): () => readonly string[] {
  const { store, time } = stage;
  const found: string[] = [];
  const ceilings = new Map<string, readonly { readonly atMs: number; readonly usd: number }[]>();
  const ceilingOf = (key: string): number => {
    const known = ceilings.get(key) ?? [];
    const first = known.findLastIndex(({ atMs }) => atMs <= time.nowMs() - REMEMBERED_MS);
    return Math.max(0, ...known.slice(Math.max(0, first)).map(({ usd }) => usd));
  };
  const say = (text: string) => found.push(`${new Date().toISOString()}: ${text}`);
  store.onChange(({ plural, before, after }) => {
    if (after === undefined) return;
    if (plural === "workspaces") {
      const key = keyOfObject(after);
      const usd = Number(objectAt(after, "expansion", "nodes")["maxHourlyPriceUsd"] ?? Number.POSITIVE_INFINITY);
      const known = ceilings.get(key) ?? [];
      if (known.at(-1)?.usd !== usd) ceilings.set(key, [...known, { atMs: time.nowMs(), usd }]);
    }
    if (plural !== "nodeclaims" || before !== undefined) return;
    const all = store.list("nodeclaims");
    const { limits, mostLaunching } = installation();
    const launching = all.filter((one) => one.metadata.deletionTimestamp === undefined && !isRegistered(one)).length;
    if (launching > mostLaunching) say(`${launching} nodes are launched at a time, not ${mostLaunching}`);
    if (all.length > (limits.nodes ?? Number.POSITIVE_INFINITY))
      say(`there are ${all.length} NodeClaims, and the limit is ${limits.nodes}`);
    const usd = totalUsd(release, all);
    if (usd > (limits.hourlyPriceUsd ?? Number.POSITIVE_INFINITY) + ROUNDING_USD)
      say(`all NodeClaims cost ${usd} USD per hour, and the limit is ${limits.hourlyPriceUsd}`);
    const gpus = all.reduce((total, one) => total + (sizeOf(release, one)?.gpuCount ?? 0), 0);
    if (gpus > (limits.gpus ?? Number.POSITIVE_INFINITY))
      say(`there are ${gpus} GPUs, and the limit is ${limits.gpus}`);
    for (const key of ownerOfClaim(after)) {
      const own = totalUsd(
        release,
        all.filter((one) => one.metadata.deletionTimestamp === undefined && ownerOfClaim(one).includes(key)),
      );
      const ceiling = ceilingOf(key);
      if (own > ceiling + ROUNDING_USD)
        say(`the NodeClaims of Workspace ${key} cost ${own} USD per hour, and its ceiling is ${ceiling}`);
    }
  });
  return () => found;
}

function isRegistered(claim: KubeObject): boolean {
  return claimOf(claim).registered;
}

function sizeOf(release: Release, claim: KubeObject) {
  return findInstanceType(release, claimOf(claim).labels.get(INSTANCE_TYPE_LABEL) ?? "");
}

function totalUsd(release: Release, claims: readonly KubeObject[]): number {
  return claims.reduce((total, claim) => total + priceUsd(release, claim), 0);
}

/** By the price list itself, not by what the planner makes of it. */
function priceUsd(release: Release, claim: KubeObject): number {
  const { labels } = claimOf(claim);
  const size = sizeOf(release, claim)?.name ?? "";
  const isSpot = labels.get("karpenter.sh/capacity-type") === "spot";
  const spot = release.prices.map(({ spotRegions }) => spotRegions[release.defaults.region]?.[size]);
  return (isSpot ? spot.find((usd) => usd !== undefined) : undefined) ?? onDemandUsd(release, size);
}

/** Of a size of the catalogue, in the region of the installation. */
export function onDemandUsd({ prices, defaults }: Release, size: string): number {
  const known = prices.map(({ regions }) => regions[defaults.region]?.[size]);
  return known.find((usd) => usd !== undefined) ?? 0;
}
