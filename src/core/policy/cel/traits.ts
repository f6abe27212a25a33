import { noSuchOverload } from "./errors.ts";
import { kindOf, type Value } from "./value.ts";

const WHOLE = ["int", "uint"];
const NUMBERS = [...WHOLE, "double"];
const TIMES = ["google.protobuf.Duration", "google.protobuf.Timestamp"];
const ORDERED = [...NUMBERS, ...TIMES, "bool", "string", "bytes"];

/** Kinds that have an operation at all; cel-go names the operation in its error where the left one has it not. */
const TRAITS: { readonly [operator: string]: readonly string[] } = {
  "+": [...NUMBERS, ...TIMES, "string", "bytes", "list"],
  "-": [...NUMBERS, ...TIMES],
  "*": NUMBERS,
  "/": NUMBERS,
  "%": WHOLE,
  "<": ORDERED,
  "<=": ORDERED,
  ">": ORDERED,
  ">=": ORDERED,
};

/** Values with functions of their own, of which cel-go says no more. */
const UNNAMED = ["string", ...TIMES];

/** Throws where the left value has not the operation. */
export function mustHave(operator: string, left: Value): void {
  if (UNNAMED.includes(kindOf(left))) return;
  if (TRAITS[operator]?.includes(kindOf(left)) === false) throw noSuchOverload(`_${operator}_`);
}
