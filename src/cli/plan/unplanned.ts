import { nameOf, textAt } from "../../core/capacity/fields.ts";
import { nodeOf } from "../../core/capacity/pod.ts";
import type { JsonObject } from "../../core/json.ts";
import { presetTemplate } from "../pod-templates.ts";

// A ReplicaSet of hundreds is the same news.
const MOST_NAMED = 3;

/**
 * The sentence that tells which of these objects make pods that ask for a preset: a plan has no nodes for them. Undefined
 * where none does.
 * @param namespace of objects that state none
 */
export function unplannedPresets(objects: readonly JsonObject[], namespace: string): string | undefined {
  const asking = objects.filter((object) => nodeOf(object) === undefined && presetTemplate(object) !== undefined);
  const names = [...new Set(asking.map((one) => describe(one, namespace)))].sort();
  if (names.length === 0) return undefined;
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return `not planned: nodes for pods that ask for a preset: ${names.slice(0, MOST_NAMED).join(", ")}${more}`;
}

function describe(object: JsonObject, namespace: string): string {
  return `${textAt(object, "kind")} ${textAt(object, "metadata", "namespace") ?? namespace}/${nameOf(object)}`;
}
