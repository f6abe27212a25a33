import { mapKey, numeric } from "./compare.ts";
import { CelError, noSuchKey } from "./errors.ts";
import { printed } from "./printed.ts";
import { type CelList, isList, isMap, kindOf, none, type Optional, some, type Value } from "./value.ts";

/** `e.f`; on an optional it gives an optional. */
export function field(value: Value, name: string): Value {
  if (isOptional(value)) return optionalField(value, name);
  refuseList(value);
  const found = isMap(value) ? value.get(name) : undefined;
  if (found === undefined) throw noSuchKey(name);
  return found;
}

/** `e.?f` */
export function optionalField(value: Value, name: string): Optional {
  const from = opened(value);
  if (from === undefined) return none;
  refuseList(from);
  if (!isMap(from)) return none;
  const found = from.get(name);
  return found === undefined ? none : some(found);
}

/** `has(e.f)` */
export function has(value: Value, name: string): boolean {
  const from = opened(value);
  if (from === undefined) return false;
  refuseList(from);
  return isMap(from) && from.has(name);
}

/** A list has no fields, not even absent ones. */
function refuseList(value: Value): void {
  if (isList(value)) throw new CelError("unsupported index type 'string' in list");
}

/** `e[i]` */
export function at(value: Value, index: Value): Value {
  if (isOptional(value)) return optionalAt(value, index);
  const found = element(value, index);
  if (found !== undefined) return found;
  throw isList(value) ? new CelError(`index out of bounds: ${printed(index)}`) : noSuchKey(printed(index));
}

/** `e[?i]` */
export function optionalAt(value: Value, index: Value): Optional {
  const from = opened(value);
  const found = from === undefined ? undefined : element(from, index);
  return found === undefined ? none : some(found);
}

function isOptional(value: Value): value is Optional {
  return kindOf(value) === "optional_type";
}

/** What is inside an optional, undefined where that is nothing; any other value itself. */
function opened(value: Value): Value | undefined {
  return isOptional(value) ? value.some?.value : value;
}

const NO_QUALIFIERS: { readonly [kind: string]: string } = {
  list: "*types.baseList",
  map: "*types.baseMap",
  optional_type: "*types.Optional",
};

function element(value: Value, index: Value): Value | undefined {
  const type = isList(value) ? undefined : NO_QUALIFIERS[kindOf(index)];
  if (type !== undefined) throw new CelError(`invalid qualifier type: ${type}`);
  if (isMap(value)) {
    const key = mapKey(index);
    if (key === undefined && numeric(index) === undefined) throw new CelError(`unsupported key type: ${kindOf(index)}`);
    return key === undefined ? undefined : value.get(key);
  }
  return isList(value) ? item(value, index) : undefined;
}

function item(list: CelList, index: Value): Value | undefined {
  const number = numeric(index);
  if (number === undefined) throw new CelError(`unsupported index type '${kindOf(index)}' in list`);
  if (typeof number === "number" && !Number.isInteger(number))
    throw new CelError(`unsupported index value ${number} in list`);
  return number >= 0 ? list[Number(number)] : undefined;
}
