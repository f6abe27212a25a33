import { annotationPatch } from "../annotation-patch.ts";
import { objectAt, textAt } from "../capacity/fields.ts";
import type { Operation } from "../diff.ts";
import { PIN } from "../explain/upgrade.ts";
import { upgradeAnnotation } from "../inputs.ts";
import type { JsonObject } from "../json.ts";

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
  return annotationPatch(object, PIN, release);
}

/** The object with its release stated. */
export function pinned(object: JsonObject, release: string): JsonObject {
  const metadata = objectAt(object, "metadata");
  const annotations = { ...objectAt(metadata, "annotations"), [PIN]: release };
  return { ...object, metadata: { ...metadata, annotations } };
}
