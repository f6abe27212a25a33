import type { PriceTable, Release } from "../catalogue.ts";
import { type Issue, warning } from "../issue.ts";
import { priceAgeDays, priceOf, STALE_PRICE_DAYS } from "../prices.ts";
import type { PriceSource, Sizes } from "./explanation.ts";

/**
 * Where the prices of a comparison are from and how old they are.
 * @param today ISO date
 */
export function priceSources(release: Release, sizes: Sizes | undefined, today: string): readonly PriceSource[] {
  if (sizes === undefined) return [];
  const { region, capacityType } = sizes;
  const names = new Set([...sizes.ranked, ...sizes.unfit].map(({ instanceType }) => instanceType));
  const tables = new Set<PriceTable>();
  for (const type of release.instanceTypes) {
    const price = names.has(type.name) ? priceOf(release, type, region, capacityType) : undefined;
    if (price !== undefined) tables.add(price.table);
  }
  return [...tables].map((table) => sourceOf(table, today));
}

/** Where the prices of one table are from, and their age on that day (ISO date). */
export function sourceOf(table: PriceTable, today: string): PriceSource {
  const ageDays = priceAgeDays(table, today);
  return { source: table.source, date: table.date, ageDays, stale: ageDays > STALE_PRICE_DAYS };
}

/** A warning for prices that are older than clouds keep them. */
export function staleIssues(prices: readonly PriceSource[]): readonly Issue[] {
  return prices
    .filter(({ stale }) => stale)
    .map(({ source, date, ageDays }) => {
      const text = `prices of ${date} are ${ageDays} days old (${source}): give newer ones with --catalog`;
      return warning("resource", "price/stale", text);
    });
}
