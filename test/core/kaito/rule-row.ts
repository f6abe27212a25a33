import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { serving, tuning, workspace } from "../support/workspaces.ts";

/** What becomes of one of KAITO v0.12's validation rules; the numbers are ours, in the order of its source. */
export type RuleRow = Judged | Settings | Absent;

interface Row {
  readonly id: string;
  /** What KAITO does. */
  readonly kaito: "refuses" | "takes";
  readonly what: string;
  /** Why we answer differently; absent where we do the same. */
  readonly because?: string;
}

export interface Judged extends Row {
  readonly object: Workspace;
  /** The object before an update; absent: the rule holds on create, and on an update of something valid. */
  readonly old?: Workspace;
  /** Codes of our denials; empty: taken. */
  readonly denied: readonly string[];
  /** A code among our warnings. */
  readonly warned?: string;
}

/** A rule on a ConfigMap, which admission does not read: the reconciler and check judge it. */
export interface Settings extends Row {
  readonly object: Workspace;
  /** Undefined: the ConfigMap does not exist. */
  readonly data: { readonly [key: string]: string } | undefined;
  readonly judged: "missing" | "conflict" | "ok";
}

/** A rule on something that is not there. */
export interface Absent {
  readonly id: string;
  readonly what: string;
  readonly notApplicable: string;
}

export const A100 = "Standard_NC24ads_A100_v4";
export const A10 = "Standard_NV36ads_A10_v5";
export const V100 = "Standard_NC6s_v3";
export const own = (gpu?: string): { readonly [name: string]: string } => ({
  "foresail.dev/provision": "false",
  ...(gpu === undefined ? {} : { "foresail.dev/gpu": gpu }),
});
export const sized = { labelSelector: { matchLabels: { apps: "phi" } }, instanceType: A100 };
export const pod = { spec: { containers: [{ name: "c", image: "r/c" }] } };
export const image = (name: string): JsonObject => ({ source: { name, image: `registry.example/${name}:1` } });

export const inference = (more: JsonObject, annotations: { readonly [name: string]: string } = {}): Workspace =>
  workspace({ resource: sized, inference: { preset: { name: "phi-4" }, ...more }, annotations });
export const templated = (more: JsonObject = {}): Workspace =>
  workspace({ resource: sized, inference: { template: pod, ...more } });
export const resource = (more: JsonObject, annotations: { readonly [name: string]: string } = {}): Workspace =>
  workspace({ resource: { ...sized, ...more }, inference: { preset: { name: "phi-4" } }, annotations });
export const selecting = (labelSelector: JsonObject, annotations = {}): Workspace =>
  resource({ labelSelector }, annotations);
export const run = (more: JsonObject = {}): Workspace => tuning("phi-4", A100, more);
export const runOn = (more: JsonObject): Workspace => ({ ...run(), resource: { ...sized, ...more } });
export const annotated = (name: string, value: string): Workspace => serving("phi-4", A100, { [name]: value });
export const named = (object: Workspace, name: string): Workspace => ({
  ...object,
  metadata: { ...object.metadata, name },
});
export const input = (source: JsonObject): Workspace => run({ input: source });
export const output = (destination: JsonObject): Workspace => run({ output: destination });
export const partition = (stated: JsonObject, annotations = own()): Workspace =>
  resource({ partition: stated }, annotations);
