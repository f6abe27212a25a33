import { isObject, type JsonObject } from "../../../../src/core/json.ts";
import { cluster, mustKubectl, read } from "../../support/cluster.ts";

export const A100 = "Standard_NC24ads_A100_v4";
export const H100 = "Standard_NC40ads_H100_v5";

/** A Workspace as it stands in git: one preset, one size. */
export function inGit(place: string, name: string, fields: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: { ...metadata, name, namespace: place },
    resource: { instanceType: A100, labelSelector: { matchLabels: { apps: name } } },
    inference: { preset: { name: "phi-4" } },
    ...fields,
  };
}

export const collectionOf = (place: string): string => `/apis/kaito.sh/v1beta1/namespaces/${place}/workspaces`;
export const pathOf = (place: string, name: string): string => `${collectionOf(place)}/${name}`;

export interface Live extends JsonObject {
  readonly metadata: JsonObject & {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
  };
  readonly expansion: JsonObject;
}

/** The Workspace as the API server holds it. Throws when it is not there. */
export async function live(place: string, name: string): Promise<Live> {
  const object = await read(pathOf(place, name));
  if (!isObject(object)) throw new Error(`the Workspace ${place}/${name} is not there`);
  return object as unknown as Live;
}

/** Merge patch as administrator; the answer is what is stored then. */
export async function patch(place: string, name: string, body: JsonObject): Promise<void> {
  await cluster().api.must({ method: "PATCH", path: pathOf(place, name), body });
}

export async function kubectlWith(verb: string, object: JsonObject, ...flags: readonly string[]): Promise<string> {
  return await mustKubectl([verb, ...flags, "-f", "-"], JSON.stringify(object));
}

export async function removed(place: string, name: string): Promise<void> {
  await mustKubectl(["delete", "workspace", name, "-n", place, "--timeout=60s"]);
}

/** Deletes the Workspaces of a namespace: a reconciler that starts later would buy nodes for them. */
export async function cleared(place: string | undefined): Promise<void> {
  if (place === undefined) return;
  await mustKubectl(["delete", "workspaces", "--all", "-n", place, "--timeout=90s"]);
}

/** Who owns what, by managedFields: one line `manager operation [subresource]` per entry. */
export function managers(object: JsonObject): readonly string[] {
  return managedFields(object).map(
    ({ manager, operation, subresource }) =>
      `${manager} ${operation}${subresource === undefined ? "" : ` ${subresource}`}`,
  );
}

export interface ManagedFields {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly fieldsV1: JsonObject;
}

export function managedFields(object: JsonObject): readonly ManagedFields[] {
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  return (metadata["managedFields"] ?? []) as unknown as readonly ManagedFields[];
}
