/**
 * Order of two resourceVersions of the same resource type: negative, zero, positive. Undefined when they cannot be compared.
 * Decimal numbers that grow with each write are what kube-apiserver has always sent; since 1.35 the API promises it (KEP-5504).
 */
export function compareVersions(a: string | undefined, b: string | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a === b) return 0;
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return undefined;
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

// 40 digits are more than 128 bits; longer ones are hostile and BigInt would take its time.
const DECIMAL = /^[0-9]{1,40}$/;

/** True only when `a` is surely from before `b`. */
export function isOlder(a: string | undefined, b: string | undefined): boolean {
  const order = compareVersions(a, b);
  return order !== undefined && order < 0;
}
