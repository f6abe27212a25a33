const NANO = 9;
const ONE = 10n ** BigInt(NANO);
const LARGEST = (1n << 63n) - 1n;
const DECIMAL: { readonly [suffix: string]: number } = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY: { readonly [suffix: string]: bigint } = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const TEXT = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** A resource quantity as k8s.io/apimachinery keeps it. */
export interface Decimal {
  readonly nanos: bigint;
  /** Power of ten of the int64 it is kept in; absent where it needs more, which alone decides that it is no integer. */
  readonly scale?: number;
}

/** Reads what resource.ParseQuantity reads; undefined for anything else. More digits than nano are rounded away from zero. */
export function parseDecimal(text: string): Decimal | undefined {
  const parts = TEXT.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = "", , onlyFraction, exponent, suffix = ""] = parts;
  const fraction = onlyFraction ?? parts[3] ?? "";
  const binary = BINARY[suffix];
  const power = exponent === undefined ? (DECIMAL[suffix] ?? 0) : Number(exponent.slice(1));
  // A power that no quantity can have would only build a huge number.
  if (Math.abs(power) > 1000) return undefined;
  const digits = BigInt(whole + fraction) << (binary ?? 0n);
  const shift = power - fraction.length + NANO;
  const size = shift >= 0 ? digits * 10n ** BigInt(shift) : ceil(digits, 10n ** BigInt(-shift));
  const nanos = size > LARGEST * ONE ? LARGEST * ONE : size;
  const scale = fast(whole, fraction, binary, power);
  return { nanos: sign === "-" ? -nanos : nanos, ...(scale !== undefined && { scale }) };
}

/** ParseQuantity has a quick way for up to 18 digits, and keeps the rest as an arbitrary decimal. */
function fast(whole: string, fraction: string, binary: bigint | undefined, power: number): number | undefined {
  const digits = whole.replace(/^0+/, "").length + fraction.length;
  if (binary !== undefined) {
    const precision = 18 - digits - (Number(binary) * 3) / 10 + 1;
    return fraction === "" && precision > 0 ? 0 : undefined;
  }
  const scale = power - fraction.length;
  return digits <= 18 && scale >= -NANO ? scale : undefined;
}

function ceil(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

export function fromInteger(value: bigint): Decimal {
  return { nanos: value * ONE, scale: 0 };
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const nanos = a.nanos + b.nanos;
  const scale = a.scale === undefined || b.scale === undefined ? undefined : Math.min(a.scale, b.scale);
  return { nanos, ...(scale !== undefined && { scale }) };
}

/** As AsInt64: undefined where the API server says that it is no integer, which it also says of 1000m. */
export function asInteger({ nanos, scale }: Decimal): bigint | undefined {
  if (scale === undefined || scale < 0) return undefined;
  const value = nanos / ONE;
  return value <= LARGEST && value >= -LARGEST - 1n ? value : undefined;
}

export function asFloat({ nanos }: Decimal): number {
  const whole = nanos / ONE;
  return Number(whole) + Number(nanos - whole * ONE) / Number(ONE);
}
