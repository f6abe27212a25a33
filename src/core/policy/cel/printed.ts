import { goDouble } from "./go-text.ts";
import { kindOf, type Value } from "./value.ts";

/** A value as Go prints it inside the text of an error. */
export function printed(value: Value): string {
  if (typeof value === "number") return goDouble(value);
  if (typeof value === "object" && value !== null && "kind" in value && value.kind === "uint")
    return String(value.value);
  return typeof value === "object" ? kindOf(value) : String(value);
}
