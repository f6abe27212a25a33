import { objectAt, textAt } from "../capacity/fields.ts";
import type { Operation } from "../diff.ts";
import { PIN } from "../explain/upgrade.ts";
import { upgradeAnnotation } from "../inputs.ts";
import { isObject, type JsonObject } from "../json.ts";

/** The release an object states in its annotations. */
export function pinOf(object: JsonObject): string | undefined {
  return textAt(object, "metadata", "annotations", PIN);
}

/** Whether it takes the newest release with any change of labels and annotations. */
export function follows(object: JsonObject): boolean {
  return textAt(object, "metadata", "annotations", upgradeAnnotation) === "follow";
}

/** What states a release in an object, as its author wrote it; nothing where it is stated. */
export function pinPatch(object: JsonObject, release: string): readonly Operation[] {
  if (pinOf(object) === release) return [];
  const metadata = objectAt(object, "metadata");
  if (!isObject(object["metadata"]))
    return [{ op: "add", path: "/metadata", value: { annotations: { [PIN]: release } } }];
  if (!isObject(metadata["annotations"])) {
    const op = metadata["annotations"] === undefined ? "add" : "replace";
    return [{ op, path: "/metadata/annotations", value: { [PIN]: release } }];
  }
  const op = Object.hasOwn(metadata["annotations"], PIN) ? "replace" : "add";
  return [{ op, path: `/metadata/annotations/${PIN.replaceAll("/", "~1")}`, value: release }];
}

/** The object with its release stated. */
export function pinned(object: JsonObject, release: string): JsonObject {
  const metadata = objectAt(object, "metadata");
  const annotations = { ...objectAt(metadata, "annotations"), [PIN]: release };
  return { ...object, metadata: { ...metadata, annotations } };
}
