import type { Operation } from "./diff.ts";
import { pointerTo } from "./field-path.ts";
import { isObject, type JsonObject } from "./json.ts";

/** What states an annotation in an object, as its author wrote it; nothing where it is stated so already. */
export function annotationPatch(object: JsonObject, name: string, value: string): readonly Operation[] {
  const { metadata } = object;
  if (!isObject(metadata)) return [{ op: "add", path: "/metadata", value: { annotations: { [name]: value } } }];
  const { annotations } = metadata;
  if (!isObject(annotations)) {
    const op = annotations === undefined ? "add" : "replace";
    return [{ op, path: "/metadata/annotations", value: { [name]: value } }];
  }
  if (annotations[name] === value) return [];
  const op = Object.hasOwn(annotations, name) ? "replace" : "add";
  return [{ op, path: pointerTo(["metadata", "annotations", name]), value }];
}
