import type { Catalogue } from "../core/catalogue.ts";
import { configReference, readConfig } from "../core/children/user-config.ts";
import { error, type Issue } from "../core/issue.ts";
import { isObject } from "../core/json.ts";
import type { Workspace } from "../core/kinds/workspace.ts";
import type { Manifest } from "./input/manifest.ts";

/** The ConfigMap a Workspace names, as far as it is among the files. */
export interface NamedConfig {
  /** What the reconciler writes into the pod template; absent where there is no such ConfigMap, or it cannot be used. */
  readonly hash?: string;
  /** Its settings, where they are used. */
  readonly text?: string;
  readonly findings: readonly { readonly manifest: Manifest; readonly issue: Issue }[];
}

const nothing: NamedConfig = { findings: [] };

/**
 * Judges the ConfigMap of `inference.config` or `tuning.config` as the reconciler does, if it is among the files. One that is
 * not may be anywhere else: nothing is said of it.
 * @param workspace as admission would store it
 * @param namespace of manifests that state none
 */
export function namedConfig(
  workspace: Workspace,
  manifests: readonly Manifest[],
  namespace: string,
  catalogue: Catalogue,
): NamedConfig {
  const reference = configReference(workspace);
  if (reference === undefined) return nothing;
  const manifest = manifests.find(
    (one) =>
      one.object["apiVersion"] === "v1" &&
      one.object["kind"] === "ConfigMap" &&
      metadataOf(one)["name"] === reference.name &&
      (metadataOf(one)["namespace"] ?? namespace) === workspace.metadata.namespace,
  );
  if (manifest === undefined) return nothing;
  const config = readConfig(workspace, manifest.object, catalogue);
  const path = `data[${reference.key}]`;
  const at = (issues: readonly Issue[]): NamedConfig["findings"] =>
    issues.map((issue) => ({ manifest, issue: { ...issue, path } }));
  switch (config.kind) {
    case "none":
      return nothing;
    case "ok":
      return { hash: config.hash, text: textOf(manifest, reference.key), findings: at(config.notes) };
    case "missing":
      return { findings: at([error(path, "config/missing", config.message)]) };
    case "conflict":
      return { findings: at(config.issues) };
  }
}

function textOf({ object }: Manifest, key: string): string {
  return isObject(object["data"]) ? String(object["data"][key]) : "";
}

function metadataOf({ object }: Manifest): { readonly [key: string]: unknown } {
  return isObject(object["metadata"]) ? object["metadata"] : {};
}
