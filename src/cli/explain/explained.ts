import type { Catalogue } from "../../core/catalogue.ts";
import { configReference } from "../../core/children/user-config.ts";
import { explain } from "../../core/explain/explain.ts";
import type { Explanation } from "../../core/explain/explanation.ts";
import type { UserSettings } from "../../core/explain/flag-values.ts";
import { stateOf } from "../../core/explain/state.ts";
import { errors, type Issue } from "../../core/issue.ts";
import type { Workspace } from "../../core/kinds/workspace.ts";
import { keyOfNamed } from "../../core/kinds/workspace-names.ts";
import { namedConfig } from "../config-maps.ts";
import { finding } from "../finding.ts";
import { type Manifest, unstated } from "../input/manifest.ts";
import type { WithSettings } from "../live.ts";
import { asReviewed, asStored } from "../stored.ts";

/** An explanation with where its Workspace stands. */
export interface Explained {
  readonly explanation: Explanation;
  /** Path of the file; absent for one of a cluster. */
  readonly shown?: string;
  readonly placeOf?: Manifest["placeOf"];
  /** Refusals and warnings as lines for people. */
  readonly findings: readonly string[];
  readonly refused: boolean;
}

export interface Context {
  readonly catalogue: Catalogue;
  readonly today: string;
  /** Of manifests that state none. */
  readonly namespace: string;
}

/** A Workspace of a file, as a create would store it; a ConfigMap among the files counts. */
export function explainManifest(manifest: Manifest, all: readonly Manifest[], context: Context): Explained {
  const { catalogue, today, namespace } = context;
  const { workspace: created, issues } = asStored(manifest.object, namespace, catalogue);
  const workspace = created ?? (asReviewed(manifest.object, namespace).object as unknown as Workspace);
  const { settings, findings: wrong } = settingsOf(workspace, all, context);
  const explanation = explain({ workspace, catalogue, today, issues, ...(settings === undefined ? {} : { settings }) });
  const { shown, placeOf } = manifest;
  const own = explanation.issues.map((issue) => ({ manifest, issue }));
  const findings = [...own, ...wrong].map((one) => finding(one.manifest, one.issue));
  const refused = [...own, ...wrong].some(({ issue }) => issue.level === "error");
  return { explanation, shown, placeOf, findings, refused };
}

/** A Workspace of a cluster, as it is stored there, with its status and the ConfigMap it names. */
export function explainLive(live: WithSettings, context: Context): Explained {
  const { workspace, configMap, status } = live;
  const { catalogue, today } = context;
  const { expansion: stored } = workspace;
  const manifests = configMap === undefined ? [] : [unstated(configMap)];
  const { settings, findings: wrong } = settingsOf(workspace, manifests, context);
  const state = stateOf(status);
  const explained = explain({
    workspace,
    catalogue,
    today,
    ...(stored === undefined ? {} : { stored }),
    ...(settings === undefined ? {} : { settings }),
  });
  const explanation = state === undefined ? explained : { ...explained, state };
  const key = keyOfNamed(explanation);
  const issues = [...explanation.issues, ...wrong.map(({ issue }) => issue)];
  const findings = issues.map(({ level, code, message }) => `${key} ${level} ${code} ${message}`);
  return { explanation, findings, refused: errors(issues).length > 0 };
}

interface Settings {
  readonly settings?: UserSettings;
  readonly findings: readonly { readonly manifest: Manifest; readonly issue: Issue }[];
}

function settingsOf(workspace: Workspace, all: readonly Manifest[], { catalogue, namespace }: Context): Settings {
  if (workspace.expansion === undefined) return { findings: [] };
  const { text, findings } = namedConfig(workspace, all, namespace, catalogue);
  const reference = configReference(workspace);
  if (text === undefined || reference === undefined) return { findings };
  return { settings: { configMap: reference.name, key: reference.key, text }, findings };
}
