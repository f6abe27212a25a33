import { objectsAt, textAt } from "../capacity/fields.ts";
import { isObject, type JsonObject } from "../json.ts";

/**
 * The managedFields of an object as they must be for the next server-side apply by `manager` to remove all that the apply
 * does not state: whatever others wrote by create, update or patch counts as applied by it. Appliers and subresources keep
 * theirs. The same as client-go's csaupgrade.
 */
export function takenOverFields(object: JsonObject, manager: string): readonly JsonObject[] {
  const entries = objectsAt(object, "metadata", "managedFields");
  const written = entries.filter((entry) => isWritten(entry));
  const own = entries.find((entry) => isApply(entry) && entry["manager"] === manager);
  const rest = entries.filter((entry) => !written.includes(entry) && entry !== own);
  const all = own === undefined ? written : [own, ...written];
  if (all.length === 0) return entries;
  const fieldsV1 = all.map((entry) => entry["fieldsV1"]).reduce<JsonObject>((sum, one) => united(sum, one), {});
  const apiVersion = textAt(all[0], "apiVersion") ?? textAt(object, "apiVersion") ?? "v1";
  return [{ manager, operation: "Apply", apiVersion, fieldsType: "FieldsV1", fieldsV1 }, ...rest];
}

function isApply(entry: JsonObject): boolean {
  return entry["operation"] === "Apply" && (entry["subresource"] ?? "") === "";
}

function isWritten(entry: JsonObject): boolean {
  return entry["operation"] === "Update" && (entry["subresource"] ?? "") === "";
}

/** A set of fields is a tree of objects; the union of two has the members of both. */
function united(one: JsonObject, other: unknown): JsonObject {
  if (!isObject(other)) return one;
  const members = Object.entries(other).map(([key, value]): [string, JsonObject] => {
    const before = Object.hasOwn(one, key) ? one[key] : undefined;
    return [key, united(isObject(before) ? before : {}, value)];
  });
  return Object.fromEntries([...Object.entries(one), ...members]);
}
