import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { asStored } from "../../../src/cli/stored.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { collectPolicies } from "../../../src/core/policy/collect.ts";
import { type PolicyIssue, policyIssues } from "../../../src/core/policy/issues.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { catalogue } from "../../core/support/workspaces.ts";

/** A Workspace, and what policies say when it is created. */
export interface Case {
  readonly name: string;
  readonly namespaceLabels?: { readonly [key: string]: string };
  /** Data of the ConfigMap foresail-policy; absent: there is none. */
  readonly parameters?: { readonly [key: string]: string };
  readonly workspace: {
    /** Absent: kaito.sh. */
    readonly group?: string;
    readonly preset?: string;
    readonly instanceType?: string;
    readonly replicas?: string;
    readonly labels?: JsonObject;
    readonly annotations?: JsonObject;
    readonly adapters?: readonly JsonObject[];
    readonly template?: JsonObject;
  };
  readonly allowed: boolean;
  /** Part of the denial, or of the warning of one that is allowed. */
  readonly message?: string;
}

export interface CaseFile {
  readonly name: string;
  /** Policies, bindings, and parameters that are there for all cases. */
  readonly objects: readonly JsonObject[];
  readonly cases: readonly Case[];
}

const shippedFolder = join(packageRoot(), "policies");
const usersFolder = join(packageRoot(), "test/cases/policies/users");

export const shippedPolicies: readonly string[] = readdirSync(shippedFolder).filter(
  (file) => file.endsWith(".yaml") && !/\.cases\.|\.example\.|^kustomization|^parameters/.test(file),
);

/** The policies that ship, with the cases beside each. */
export function shippedCases(): readonly CaseFile[] {
  return shippedPolicies.map((file) => {
    const beside = join(shippedFolder, file.replace(/\.yaml$/, ".cases.yaml"));
    const { policy, cases } = parse(readFileSync(beside, "utf8")) as { policy: string; cases: readonly Case[] };
    return { name: policy, objects: documents(join(shippedFolder, policy)), cases };
  });
}

/** Policies as others write them: the first document holds the cases, the others are objects. */
export function usersCases(): readonly CaseFile[] {
  return readdirSync(usersFolder)
    .sort()
    .map((file) => {
      const [first, ...objects] = documents(join(usersFolder, file));
      return { name: file, objects, cases: (first as unknown as { readonly cases: readonly Case[] }).cases };
    });
}

function documents(file: string): readonly JsonObject[] {
  return parseAllDocuments(readFileSync(file, "utf8")).map((document) => document.toJS() as JsonObject);
}

export function workspaceOf({ workspace }: Case): JsonObject {
  const { group = "kaito.sh", preset, instanceType, replicas, labels, annotations, adapters, template } = workspace;
  return {
    apiVersion: `${group}/v1beta1`,
    kind: "Workspace",
    metadata: {
      name: "m",
      ...(labels !== undefined && { labels }),
      annotations: { ...annotations, ...(replicas !== undefined && { "foresail.dev/replicas": replicas }) },
    },
    resource: { labelSelector: { matchLabels: { apps: "m" } }, ...(instanceType !== undefined && { instanceType }) },
    inference: {
      ...(preset !== undefined && { preset: { name: preset } }),
      ...(template !== undefined && { template }),
      ...(adapters !== undefined && { adapters }),
    },
  };
}

export const POLICY_PARAMETERS = { namespace: "foresail-system", name: "foresail-policy" };

/** The ConfigMap of the shipped policies. */
export function parametersOf({ parameters }: Case): readonly JsonObject[] {
  if (parameters === undefined) return [];
  return [{ apiVersion: "v1", kind: "ConfigMap", metadata: POLICY_PARAMETERS, data: parameters }];
}

/**
 * What the offline engine says of a case in a namespace of that name.
 * @param changed of the Workspace as admission stores it
 */
export function offline(
  file: CaseFile,
  one: Case,
  namespace: string,
  changed: (workspace: Workspace) => Workspace = (workspace) => workspace,
): readonly PolicyIssue[] {
  const { workspace, issues } = asStored(workspaceOf(one), namespace, catalogue);
  if (workspace === undefined)
    throw new Error(`the Workspace is refused: ${issues.map(({ message }) => message).join("; ")}`);
  const policies = collectPolicies([...inNamespace(file.objects, namespace), ...parametersOf(one)]);
  if ("length" in policies) throw new Error(policies.map(({ path, message }) => `${path}: ${message}`).join("; "));
  const metadata = { name: namespace, labels: one.namespaceLabels ?? {} };
  return policyIssues(changed(workspace), { apiVersion: "v1", kind: "Namespace", metadata }, policies);
}

/** Objects that are for the namespace of the case say SPACE. */
export function inNamespace(objects: readonly JsonObject[], namespace: string): readonly JsonObject[] {
  return JSON.parse(JSON.stringify(objects).replaceAll("SPACE", namespace)) as readonly JsonObject[];
}
