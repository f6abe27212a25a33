import { addDecimals, asFloat, asInteger, type Decimal, fromInteger, parseDecimal } from "../decimal.ts";
import { CelError } from "../errors.ts";
import { fn, method, type Overload, orThrow } from "../overload.ts";
import type { Quantity } from "../value.ts";

const quantity = (decimal: Decimal): Quantity => ({ kind: "kubernetes.Quantity", ...decimal });
const minus = (decimal: Decimal): Decimal => ({ ...decimal, nanos: -decimal.nanos });

const BAD_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

function parsed(text: string): Quantity {
  return quantity(orThrow(parseDecimal(text), () => new CelError(BAD_QUANTITY)));
}

function sign(nanos: bigint): bigint {
  return nanos === 0n ? 0n : nanos < 0n ? -1n : 1n;
}

/** Kubernetes' quantity library. */
export const quantities: readonly Overload[] = [
  fn("quantity", ["string"], ([text]) => parsed(text)),
  fn("isQuantity", ["string"], ([text]) => parseDecimal(text) !== undefined),
  fn("sign", ["kubernetes.Quantity"], ([a]) => sign(a.nanos)),
  method("isGreaterThan", ["kubernetes.Quantity", "kubernetes.Quantity"], ([a, b]) => a.nanos > b.nanos),
  method("isLessThan", ["kubernetes.Quantity", "kubernetes.Quantity"], ([a, b]) => a.nanos < b.nanos),
  method("compareTo", ["kubernetes.Quantity", "kubernetes.Quantity"], ([a, b]) => sign(a.nanos - b.nanos)),
  method("asApproximateFloat", ["kubernetes.Quantity"], ([a]) => asFloat(a)),
  method("asInteger", ["kubernetes.Quantity"], ([a]) =>
    orThrow(asInteger(a), () => new CelError("cannot convert value to integer")),
  ),
  method("isInteger", ["kubernetes.Quantity"], ([a]) => asInteger(a) !== undefined),
  method("add", ["kubernetes.Quantity", "kubernetes.Quantity"], ([a, b]) => quantity(addDecimals(a, b))),
  method("add", ["kubernetes.Quantity", "int"], ([a, b]) => quantity(addDecimals(a, fromInteger(b)))),
  method("sub", ["kubernetes.Quantity", "kubernetes.Quantity"], ([a, b]) => quantity(addDecimals(a, minus(b)))),
  method("sub", ["kubernetes.Quantity", "int"], ([a, b]) => quantity(addDecimals(a, fromInteger(-b)))),
];
