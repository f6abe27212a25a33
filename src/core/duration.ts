const UNIT_MS: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(?:\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h|d))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;

/** Milliseconds of a time written as Go does, days besides: `90s`, `1h30m`, `7d`. Undefined for anything else. */
export function durationMs(text: string): number | undefined {
  if (text.length > 40 || !DURATION.test(text)) return undefined;
  return [...text.matchAll(PART)].reduce(
    (total, [, amount, unit = ""]) => total + Number(amount) * (UNIT_MS[unit] ?? 0),
    0,
  );
}
