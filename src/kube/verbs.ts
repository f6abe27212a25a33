import { isObject, type Json, type JsonObject } from "../core/json.ts";
import { isAbsent, KubeError } from "./error.ts";
import type { Kube, KubeObject, KubeRequest } from "./kube.ts";
import { collectionPath, pathOf, type Ref, type Resource, refOf } from "./resources.ts";

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface WriteOptions extends CallOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Take over fields other managers own. Default false: a conflict is an error. */
  readonly force?: boolean;
}

export interface RemoveOptions extends CallOptions {
  readonly dryRun?: boolean;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  /** Delete only this very object; another one of the same name is a conflict (409). */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly gracePeriodSeconds?: number;
}

/** The object, or undefined when it is not there. A resource type the server does not serve is an error. */
export async function get(kube: Kube, ref: Ref, options: CallOptions = {}): Promise<KubeObject | undefined> {
  try {
    return await send(kube, { method: "GET", path: pathOf(ref) }, options);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Creates the object in the namespace its metadata says. */
export async function create(
  kube: Kube,
  resource: Resource,
  object: JsonObject,
  options: WriteOptions = {},
): Promise<KubeObject> {
  const path = collectionPath(resource, namespaceIn(resource, object));
  return await send(kube, { method: "POST", path, query: writeQuery(options), body: object }, options);
}

/** POST to a subresource: a ServiceAccount's `token`, a pod's `eviction`. */
export async function createSubresource(
  kube: Kube,
  ref: Ref & Required<Pick<Ref, "subresource">>,
  body: JsonObject,
  options: WriteOptions = {},
): Promise<JsonObject> {
  const request: KubeRequest = { method: "POST", path: pathOf(ref), query: writeQuery(options), body };
  const response = await kube.call({ ...request, ...limits(options) });
  return isObject(response.body) ? response.body : {};
}

/** PUT: the whole object; with `metadata.resourceVersion` only if nobody wrote in between (else a conflict). */
export async function replace(
  kube: Kube,
  resource: Resource,
  object: KubeObject,
  options: WriteOptions = {},
): Promise<KubeObject> {
  const path = pathOf(refOf(resource, object));
  return await send(kube, { method: "PUT", path, query: writeQuery(options), body: object }, options);
}

/** Server-side apply. */
export async function apply(
  kube: Kube,
  resource: Resource,
  object: KubeObject,
  options: ApplyOptions,
): Promise<KubeObject> {
  return await applyAt(kube, refOf(resource, object), object, options);
}

/** Server-side apply of the status subresource. */
export async function applyStatus(
  kube: Kube,
  resource: Resource,
  object: KubeObject,
  options: ApplyOptions,
): Promise<KubeObject> {
  return await applyAt(kube, { ...refOf(resource, object), subresource: "status" }, object, options);
}

/** RFC 7386; `metadata.resourceVersion` in the patch makes it conditional. */
export async function mergePatch(
  kube: Kube,
  ref: Ref,
  patch: JsonObject,
  options: WriteOptions = {},
): Promise<KubeObject> {
  return await patchAt(kube, ref, { body: patch, contentType: "application/merge-patch+json" }, options);
}

/** RFC 6902. */
export async function jsonPatch(
  kube: Kube,
  ref: Ref,
  patch: readonly Json[],
  options: WriteOptions = {},
): Promise<KubeObject> {
  return await patchAt(kube, ref, { body: patch, contentType: "application/json-patch+json" }, options);
}

/** Asks for deletion. False: it is not there (any more). True: accepted; finalizers may still keep the object for a while. */
export async function remove(kube: Kube, ref: Ref, options: RemoveOptions = {}): Promise<boolean> {
  const { uid, resourceVersion, propagationPolicy, gracePeriodSeconds, dryRun } = options;
  const preconditions = {
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
  const body: JsonObject = {
    apiVersion: "v1",
    kind: "DeleteOptions",
    // Background is what kubectl sends; without it Jobs orphan their pods.
    propagationPolicy: propagationPolicy ?? "Background",
    ...(Object.keys(preconditions).length > 0 && { preconditions }),
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(dryRun === true && { dryRun: ["All"] }),
  };
  try {
    await kube.call({ method: "DELETE", path: pathOf(ref), body, ...limits(options) });
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

async function applyAt(kube: Kube, ref: Ref, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
  // JSON is YAML; application/apply-patch+yaml is the only media type every served version takes.
  const query = { ...writeQuery(options), force: options.force === true ? "true" : undefined };
  const contentType = "application/apply-patch+yaml";
  return await send(kube, { method: "PATCH", path: pathOf(ref), query, body: object, contentType }, options);
}

async function patchAt(
  kube: Kube,
  ref: Ref,
  patch: { readonly body: Json; readonly contentType: string },
  options: WriteOptions,
): Promise<KubeObject> {
  return await send(kube, { method: "PATCH", path: pathOf(ref), query: writeQuery(options), ...patch }, options);
}

async function send(kube: Kube, request: KubeRequest, options: CallOptions): Promise<KubeObject> {
  const { status, body } = await kube.call({ ...request, ...limits(options) });
  if (isKubeObject(body)) return body;
  throw new KubeError({
    status,
    reason: "NotAnObject",
    message: `${request.method} ${request.path}: the server answered with something that is no Kubernetes object`,
  });
}

export function isKubeObject(value: unknown): value is KubeObject {
  return isObject(value) && isObject(value["metadata"]) && typeof value["metadata"]["name"] === "string";
}

function writeQuery(options: WriteOptions): Record<string, string | undefined> {
  return { dryRun: options.dryRun === true ? "All" : undefined, fieldManager: options.fieldManager };
}

function limits(options: CallOptions): CallOptions {
  return {
    ...(options.signal !== undefined && { signal: options.signal }),
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
  };
}

function namespaceIn(resource: Resource, object: JsonObject): string | undefined {
  if (!resource.namespaced) return undefined;
  const metadata = object["metadata"];
  const namespace = isObject(metadata) ? metadata["namespace"] : undefined;
  if (typeof namespace === "string") return namespace;
  throw new TypeError(`${resource.kind} to create has no metadata.namespace: state it`);
}
