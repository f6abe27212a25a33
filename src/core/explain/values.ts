import { MODEL_CONTAINER } from "../expand/pod.ts";
import { isObject, type Json, type JsonObject, sameJson } from "../json.ts";
import type { Expansion } from "../kinds/workspace.ts";
import type { Decided } from "./decided.ts";
import type { ExplainedValue } from "./explanation.ts";
import { flagValues, type UserSettings } from "./flag-values.ts";
import { provenanceAt } from "./origins.ts";

// The hash is of the inputs; of the pod template the requests and the flags are told.
const UNTOLD = ["inputsHash", "podTemplate"];

/** Every value of an expansion with its origin, then requests and flags of the container that runs the model. */
export function explainedValues(
  decided: Decided,
  expansion: Expansion,
  settings: UserSettings | undefined,
): readonly ExplainedValue[] {
  const again = decided.expanded.expansion;
  const made = new Map(again === undefined ? [] : valuesOf(again));
  const told = valuesOf(expansion).map(([path, value]): ExplainedValue => {
    if (sameJson(made.get(path), value)) return { path, value, ...provenanceAt(decided, path) };
    return { path, value, origin: "stored", source: `release ${expansion.catalog}, as the cluster stores it` };
  });
  // Flags are told as this release states them; of another pod they would be another's.
  const same = again !== undefined && sameJson(again.podTemplate, expansion.podTemplate);
  return same ? [...told, ...flagValues(decided, settings)] : told;
}

function valuesOf(expansion: Expansion): readonly (readonly [string, Json])[] {
  const entries = Object.entries(expansion).filter(([key]) => !UNTOLD.includes(key));
  const requests = Object.entries(requestsOf(expansion)).map(([name, value]) => [`requests.${name}`, value] as const);
  return [...leaves(Object.fromEntries(entries) as Json, ""), ...requests];
}

/** Lists are one value. */
function leaves(value: Json, path: string): readonly (readonly [string, Json])[] {
  if (!isObject(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, member]) => leaves(member as Json, path === "" ? key : `${path}.${key}`));
}

function requestsOf({ podTemplate }: Expansion): { readonly [name: string]: Json } {
  const spec = isObject(podTemplate["spec"]) ? podTemplate["spec"] : {};
  // A training run whose result is pushed trains first, in an init container.
  const containers = [spec["containers"], spec["initContainers"]].flatMap((list) =>
    Array.isArray(list) ? list.filter(isObject) : [],
  );
  const container =
    containers.find(({ name }) => name === MODEL_CONTAINER) ?? containers.find(asksForGpu) ?? containers[0];
  const resources = isObject(container?.["resources"]) ? container["resources"] : {};
  return isObject(resources["requests"]) ? (resources["requests"] as { readonly [name: string]: Json }) : {};
}

/** Extended resources are named with a domain. */
function asksForGpu({ resources }: JsonObject): boolean {
  const limits = isObject(resources) && isObject(resources["limits"]) ? resources["limits"] : {};
  return Object.keys(limits).some((name) => name.includes("/"));
}
