import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { isObject, type JsonObject } from "../../../../src/core/json.ts";
import { packageRoot } from "../../../../src/package-root.ts";
import { inGit } from "./git.ts";

/** A pod template as people write one: quantities in their own notation, lists in their own order. */
export const OWN_TEMPLATE: JsonObject = {
  metadata: { labels: { zeta: "1", alpha: "2" } },
  spec: {
    containers: [
      {
        name: "server",
        image: "registry.example/server:1",
        args: ["--z", "--a"],
        env: [
          { name: "Z", value: "1" },
          { name: "A", value: "0" },
        ],
        resources: { requests: { memory: "1024Mi", cpu: "1000m" }, limits: { "nvidia.com/gpu": "1" } },
      },
      { name: "beside", image: "registry.example/beside:1" },
    ],
  },
};

/** Every shape of Workspace that git holds, by name. */
export function corpus(place: string): ReadonlyMap<string, JsonObject> {
  const template = { resource: selector({ zeta: "1", alpha: "2" }), inference: { template: OWN_TEMPLATE } };
  const objects = [
    inGit(place, "terse", { resource: { labelSelector: { matchLabels: { apps: "terse" } } } }),
    inGit(place, "sized", {}, { labels: { team: "a" }, annotations: { "foresail.dev/replicas": "2" } }),
    inGit(place, "adapters", {
      inference: { preset: { name: "phi-4" }, adapters: [adapter("zeta"), adapter("alpha")] },
    }),
    inGit(place, "template", template),
    ...examples(place),
  ];
  return new Map(objects.map((object) => [String((object["metadata"] as JsonObject)["name"]), object]));
}

export function adapter(name: string): JsonObject {
  return { source: { name, image: `registry.example/${name}:1` }, strength: "0.5" };
}

function selector(matchLabels: JsonObject): JsonObject {
  return { instanceType: "Standard_NC24ads_A100_v4", labelSelector: { matchLabels } };
}

/** The examples that ship, in a namespace. */
function examples(place: string): readonly JsonObject[] {
  const files = [
    "inference/kaito_workspace_phi_3.yaml",
    "inference/kaito_workspace_phi_3_with_adapters.yaml",
    "fine-tuning/kaito_workspace_tuning_phi_3.yaml",
  ];
  return files.flatMap((file) => {
    const text = readFileSync(join(packageRoot(), "examples", file), "utf8");
    return parseAllDocuments(text)
      .map((document) => document.toJS() as unknown)
      .filter(isObject)
      .filter((object) => object["kind"] === "Workspace")
      .map((object) => ({ ...object, metadata: { ...(object["metadata"] as JsonObject), namespace: place } }));
  });
}

// No key of a manifest holds it; annotations and labels do hold slashes.
const SEPARATOR = " › ";

/** Path and value of every leaf of a manifest; an empty list or object is one. */
export function leavesOf(value: unknown, path = ""): readonly (readonly [string, unknown])[] {
  const members = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : [];
  if (members.length === 0) return [[path, value]];
  return members.flatMap(([key, member]) => leavesOf(member, `${path}${SEPARATOR}${key}`));
}

/** What stands at a path of leavesOf. */
export function at(value: unknown, path: string): unknown {
  let here: unknown = value;
  for (const key of path.split(SEPARATOR).slice(1)) {
    here = Array.isArray(here) ? here[Number(key)] : isObject(here) ? here[key] : undefined;
  }
  return here;
}

/** Every list of a manifest with its path. */
export function listsOf(value: unknown, path = ""): readonly (readonly [string, readonly unknown[]])[] {
  if (Array.isArray(value))
    return [[path, value], ...value.flatMap((item, i) => listsOf(item, `${path}${SEPARATOR}${i}`))];
  return isObject(value)
    ? Object.entries(value).flatMap(([key, member]) => listsOf(member, `${path}${SEPARATOR}${key}`))
    : [];
}
