import { objectsAt, textAt } from "../capacity/fields.ts";
import type { JsonObject } from "../json.ts";

/** Our definition of Workspaces is KAITO's with `expansion`; nothing else tells them apart for sure. */
export function hasExpansion(definition: JsonObject): boolean {
  return objectsAt(definition, "spec", "versions").some(
    (version) => textAt(version, "schema", "openAPIV3Schema", "properties", "expansion", "type") !== undefined,
  );
}

/** What is said where it is not there. */
export const FOREIGN_DEFINITION =
  "CustomResourceDefinition workspaces.kaito.sh has no field expansion: nothing is written until Foresail's is applied again (manifests/crds)";
