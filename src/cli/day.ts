import { UsageError } from "../option.ts";

/** The day of `--today`, as an ISO date; absent: the day it is. */
export function day(given: string | undefined): string {
  if (given === undefined) return new Date().toISOString().slice(0, 10);
  if (/^\d{4}-\d{2}-\d{2}$/.test(given) && !Number.isNaN(Date.parse(given))) return given;
  throw new UsageError(`--today is ${JSON.stringify(given)}: expected a day such as 2026-12-31`);
}
