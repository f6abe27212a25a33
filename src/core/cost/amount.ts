import { monthlyUsd, type PriceBound, roundUsd } from "../prices.ts";

/** What something costs as long as it runs. */
export interface Amount {
  readonly hourlyUsd: number;
  readonly monthlyUsd: number;
  /** `at-most`: it may cost less. */
  readonly bound: PriceBound;
}

/** An amount of so many USD per hour. */
export function amountOf(hourlyUsd: number, bound: PriceBound = "exact"): Amount {
  const rounded = roundUsd(hourlyUsd);
  return { hourlyUsd: rounded, monthlyUsd: monthlyUsd(rounded), bound };
}

/** Months are summed by their hours, so that a total is the price of its nodes and not of rounded months. */
export function sum(amounts: readonly Amount[]): Amount {
  const hourlyUsd = amounts.reduce((total, amount) => total + amount.hourlyUsd, 0);
  return amountOf(hourlyUsd, amounts.every(({ bound }) => bound === "exact") ? "exact" : "at-most");
}

/** What is saved by `less`; bounded by bounds on either side. */
export function difference(more: Amount, less: Amount): Amount {
  const isExact = more.bound === "exact" && less.bound === "exact";
  return amountOf(more.hourlyUsd - less.hourlyUsd, isExact ? "exact" : "at-most");
}

/** `$5,362.58`, or `≤ $5,362.58` where it is only bounded: cents always, thousands parted by commas whatever the locale. */
export function shownUsd(usd: number, bound: PriceBound = "exact"): string {
  const [whole = "", cents = ""] = usd.toFixed(2).split(".");
  return `${bound === "exact" ? "" : "≤ "}$${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${cents}`;
}
