import { parseAllDocuments } from "yaml";
import { objectsAt, textsAt } from "./core/capacity/fields.ts";
import { isObject, type JsonObject } from "./core/json.ts";
import { shippedText } from "./shipped-files.ts";

/** The objects of a file below manifests/, which ships with the package. */
export function shippedObjects(path: string): readonly JsonObject[] {
  return parseAllDocuments(shippedText(`manifests/${path}`))
    .map((document) => document.toJS() as unknown)
    .filter(isObject);
}

/** Arguments of the first container of the Deployment in a file, so that a process here runs as it does in a cluster. */
export function shippedArguments(path: string): readonly string[] {
  const deployment = shippedObjects(path).find((object) => object["kind"] === "Deployment");
  const [container] = objectsAt(deployment, "spec", "template", "spec", "containers");
  const args = textsAt(container, "args");
  if (args.length === 0) throw new Error(`manifests/${path} has no Deployment with arguments`);
  return args;
}
