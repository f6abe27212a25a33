import type { InstanceType, PriceTable, Release } from "./catalogue.ts";

/** A price with how sure it is, where it is from and of when. */
export interface Price {
  /** USD per hour of one node. */
  readonly hourlyUsd: number;
  /** `at-most`: no price is known for this way of paying; the on-demand price bounds it. */
  readonly bound: PriceBound;
  readonly table: PriceTable;
}

export type PriceBound = "exact" | "at-most";

/** Prices older than this are worth a warning: clouds change GPU prices a few times a year. */
export const STALE_PRICE_DAYS = 90;

const MS_PER_DAY = 24 * 60 * 60 * 1000;

/**
 * Price of one node in the first table that has it: users' tables come before the shipped ones, size by size.
 * Spot and reserved nodes without a price of their own count at most at the on-demand price.
 * @returns undefined where the region does not offer the size
 */
export function priceOf(
  release: Release,
  type: InstanceType,
  region: string,
  capacityType = "on-demand",
): Price | undefined {
  const onDemand = find(release, type, region, "regions");
  if (capacityType === "on-demand") return onDemand;
  const spot = capacityType === "spot" ? find(release, type, region, "spotRegions") : undefined;
  return spot ?? (onDemand === undefined ? undefined : { ...onDemand, bound: "at-most" });
}

function find(
  release: Release,
  type: InstanceType,
  region: string,
  kind: "regions" | "spotRegions",
): Price | undefined {
  for (const table of release.prices) {
    if (table.cloud !== type.cloud || !Object.hasOwn(table[kind], region)) continue;
    const prices = table[kind][region] ?? {};
    const hourlyUsd = Object.hasOwn(prices, type.name) ? prices[type.name] : undefined;
    if (hourlyUsd !== undefined) return { hourlyUsd, bound: "exact", table };
  }
  return undefined;
}

/** USD per hour of one node on demand; undefined where the region does not offer the size. */
export function hourlyPriceUsd(release: Release, type: InstanceType, region: string): number | undefined {
  return priceOf(release, type, region)?.hourlyUsd;
}

/** Four decimals, the precision of every price: sums of binary fractions would miss a limit that is met exactly. */
export function roundUsd(usd: number): number {
  return Math.round(usd * 10_000) / 10_000;
}

/** `$3.67/h`, or `≤ $3.67/h` where it is only bounded. */
export function shownPrice(hourlyUsd: number, bound: PriceBound = "exact"): string {
  return `${bound === "exact" ? "" : "≤ "}$${hourlyUsd.toFixed(2)}/h`;
}

/**
 * `expansion.nodes.hourlyPriceUsd` as it is shown: it is the price on demand, and a bound where something else may be
 * bought.
 */
export function shownNodesPrice(hourlyUsd: number, capacityTypes: readonly string[]): string {
  return shownPrice(hourlyUsd, capacityTypes.every((type) => type === "on-demand") ? "exact" : "at-most");
}

/** Where a price is from and of when: `public Azure retail price list, Linux, on demand, 2026-06-18`. */
export function shownSource(table: PriceTable): string {
  return `${table.source}, ${table.date}`;
}

/**
 * Whole days since the prices were read; negative where they are dated ahead.
 * @param today ISO date or time
 */
export function priceAgeDays(table: PriceTable, today: string): number {
  return Math.floor((Date.parse(today) - Date.parse(table.date)) / MS_PER_DAY);
}

/** The cloud a region belongs to, as far as prices are known there; else the catalogue's own. */
export function cloudOf(release: Release, region: string): InstanceType["cloud"] {
  const { cloud } = release.defaults;
  const tables = release.prices.filter(({ regions }) => Object.hasOwn(regions, region));
  return tables.some((table) => table.cloud === cloud) ? cloud : (tables[0]?.cloud ?? cloud);
}

/** Every region that any price is known for. */
export function regionsOf(release: Release): readonly string[] {
  return [...new Set(release.prices.flatMap(({ regions }) => Object.keys(regions)))];
}

/** Hours of a month as clouds count them in their calculators: 365 × 24 ÷ 12. */
export const HOURS_PER_MONTH = 730;

/** USD per month of what costs so much per hour, to the cent. */
export function monthlyUsd(hourlyUsd: number): number {
  return Math.round(hourlyUsd * HOURS_PER_MONTH * 100) / 100;
}
