import { nameOf, namespaceOf } from "../capacity/fields.ts";
import type { Catalogue } from "../catalogue.ts";
import { configReference, readConfig } from "../children/user-config.ts";
import type { Issue } from "../issue.ts";
import type { Workspace } from "../kinds/workspace.ts";
import type { State } from "./state.ts";

/** The ConfigMap a Workspace names, as one state of the files has it. */
export type Settings =
  | { readonly kind: "none" }
  /** Not among the files: it may be anywhere else. */
  | { readonly kind: "elsewhere"; readonly name: string }
  | { readonly kind: "used"; readonly name: string; readonly hash: string; readonly issues: readonly Issue[] }
  /** The reconciler changes nothing while it is so. */
  | { readonly kind: "unusable"; readonly name: string; readonly message: string; readonly issues: readonly Issue[] };

export function settingsOf(workspace: Workspace, { configMaps }: State, catalogue: Catalogue): Settings {
  const reference = configReference(workspace);
  if (reference === undefined) return { kind: "none" };
  const { name } = reference;
  const isNamed = (one: (typeof configMaps)[number]): boolean =>
    nameOf(one) === name && namespaceOf(one) === workspace.metadata.namespace;
  const configMap = configMaps.findLast(isNamed);
  if (configMap === undefined) return { kind: "elsewhere", name };
  const config = readConfig(workspace, configMap, catalogue);
  switch (config.kind) {
    case "none":
      return { kind: "none" };
    case "ok":
      return { kind: "used", name, hash: config.hash, issues: config.notes };
    case "missing":
      return { kind: "unusable", name, message: config.message, issues: [] };
    case "conflict":
      return { kind: "unusable", name, message: config.message, issues: config.issues };
  }
}

/** Whether the content of one ConfigMap changes; of two names the pod template tells. */
export function settingsChange(before: Settings, after: Settings): "same" | "changed" | "unknown" {
  if (before.kind === "none" || after.kind !== "used" || before.name !== after.name) return "same";
  if (before.kind === "elsewhere") return "unknown";
  return before.kind === "used" && before.hash === after.hash ? "same" : "changed";
}
