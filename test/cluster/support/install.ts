import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { isObject, type Json, type JsonObject } from "../../../src/core/json.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { apply, read, waitFor } from "./cluster.ts";

/** The objects of one file under manifests/. */
export function manifest(path: string): readonly JsonObject[] {
  const text = readFileSync(join(packageRoot(), "manifests", path), "utf8");
  return parseAllDocuments(text).map((document) => {
    const object: unknown = document.toJS();
    if (!isObject(object)) throw new Error(`manifests/${path} holds something that is no object`);
    return object;
  });
}

/** What a Deployment runs its process with. */
export interface Stated {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What the first container of a Deployment states. */
export function statedBy(deployment: unknown): Stated {
  const { args, env }: { args?: unknown; env?: unknown } =
    JSON.parse(JSON.stringify(deployment ?? {})).spec?.template?.spec?.containers?.[0] ?? {};
  if (!Array.isArray(args)) throw new Error("expected a Deployment with arguments");
  const variables = (Array.isArray(env) ? env : []).filter(isObject);
  return {
    args: args.map(String),
    env: Object.fromEntries(variables.map(({ name, value }) => [String(name), String(value)])),
  };
}

function shippedDeployment(path: string): Stated {
  return statedBy(manifest(path).find((object) => object["kind"] === "Deployment"));
}

/** Arguments of the first container of a Deployment that ships. */
export function shippedArguments(path: string): readonly string[] {
  return shippedDeployment(path).args;
}

/** Environment of the first container of a Deployment that ships. */
export function shippedEnvironment(path: string): Readonly<Record<string, string>> {
  return shippedDeployment(path).env;
}

/** As administrator: namespace, Workspace definition, ServiceAccounts, roles and their bound as they ship. Safe to repeat. */
export async function installFoundation(): Promise<void> {
  const rights = ["webhook", "reconciler", "workspaces", "workspace-writers"].map((file) => `rbac/${file}.yaml`);
  // In one go, in this order: each kubectl takes a quarter of a second, and every process of every test starts here.
  const files = ["namespace/namespace.yaml", "crds/workspaces.kaito.sh.yaml", ...rights];
  await apply(...files.flatMap(manifest));
  await waitFor("the Workspace definition to be served", async () => {
    const definition = await read("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/workspaces.kaito.sh");
    return established(definition);
  });
}

function established(definition: Json | undefined): boolean {
  const status = isObject(definition) && isObject(definition["status"]) ? definition["status"] : {};
  const conditions: readonly Json[] = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  return conditions.some((one) => isObject(one) && one["type"] === "Established" && one["status"] === "True");
}
