import type { Json } from "../core/json.ts";
import { shown } from "../core/schema.ts";

/** A value for a message. Lists and objects are only named: a request can nest them deeper than a walk through them goes. */
export function shownValue(value: Json): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : shown(value);
}
