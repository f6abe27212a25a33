import { CelError } from "../errors.ts";
import { fn, method, type Overload } from "../overload.ts";
import { isList, isMap, none, type Optional, some, type Value } from "../value.ts";

function held({ some: inside }: Optional): Value {
  if (inside === undefined) throw new CelError("optional.none() dereference");
  return inside.value;
}

function isZero(value: Value): boolean {
  if (isList(value)) return value.length === 0;
  if (isMap(value)) return value.size === 0;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value !== null && typeof value === "object" && "kind" in value && value.kind === "uint")
    return value.value === 0n;
  return value === null || value === "" || value === 0n || value === 0 || value === false;
}

/** cel-go's optional types; the macros optMap and optFlatMap are with the other macros. */
export const optionals: readonly Overload[] = [
  fn("optional.of", ["dyn"], ([value]) => some(value)),
  fn("optional.none", [], () => none),
  fn("optional.ofNonZeroValue", ["dyn"], ([value]) => (isZero(value) ? none : some(value))),
  method("hasValue", ["optional_type"], ([optional]) => optional.some !== undefined),
  method("value", ["optional_type"], ([optional]) => held(optional)),
];
