import { objectAt } from "../../src/core/capacity/fields.ts";
import { isObject, type JsonObject } from "../../src/core/json.ts";
import type { WorkspaceGroup } from "../../src/core/kinds/workspace.ts";
import { KubeError } from "../../src/kube/error.ts";
import type { KubeObject, KubeRequest } from "../../src/kube/kube.ts";
import { applied, conflicts, mergePatched } from "./merge.ts";
import { fieldSelector, labelSelector } from "./selector.ts";
import type { Change, Store } from "./store.ts";

export const FOREGROUND = "foregroundDeletion";

export interface Place {
  readonly apiVersion: string;
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

const MAKING_PODS = ["deployments", "statefulsets", "jobs"];

/** What an API server answers to one request: the verbs, conditions and errors our processes rely on, without a network. */
export class ApiServer {
  readonly store: Store;
  readonly #group: WorkspaceGroup;
  readonly #asked: ((plural: string, object: KubeObject) => void)[] = [];
  /** What each field manager applied last, by the uid of the object. */
  readonly #applied = new Map<string, JsonObject>();

  /** @param group whose Workspaces it serves; there is no definition for the other */
  constructor(store: Store, group: WorkspaceGroup) {
    this.store = store;
    this.#group = group;
  }

  /** Tells of each deletion that is asked for, before it is carried out. */
  onDelete(told: (plural: string, object: KubeObject) => void): void {
    this.#asked.push(told);
  }

  answer(request: KubeRequest): JsonObject {
    const place = placeOf(request.path);
    if (place.plural === "workspaces" && !place.apiVersion.startsWith(`${this.#group}/`))
      return refuse(404, "NotFound", "the server could not find the requested resource");
    switch (request.method) {
      case "GET":
        return place.name === undefined ? this.#list(place, request) : this.#existing(place);
      case "POST":
        return this.#create(place, request);
      case "PATCH":
        return request.contentType === "application/apply-patch+yaml"
          ? this.#apply(place, request)
          : this.#merge(place, request);
      case "DELETE":
        return this.#delete(place, request);
      case "PUT":
        return this.#replace(place, request);
    }
  }

  #tell(plural: string, object: KubeObject): void {
    for (const told of this.#asked) told(plural, object);
  }

  #list(place: Place, { query }: KubeRequest): JsonObject {
    const items = this.store.list(place.plural).filter(selection(place, query));
    return { metadata: { resourceVersion: String(this.store.version) }, items };
  }

  #existing({ plural, namespace, name = "" }: Place): KubeObject {
    const found = this.store.get(plural, namespace, name);
    if (found !== undefined) return found;
    throw new KubeError({
      status: 404,
      reason: "NotFound",
      message: `${plural} "${name}" not found`,
      details: { name },
    });
  }

  #create(place: Place, { body, query }: KubeRequest): JsonObject {
    if (place.subresource === "eviction") {
      this.#tell("pods", this.#existing(place));
      this.store.delete("pods", place.namespace, place.name ?? "", 30);
      return {};
    }
    if (!isObject(body)) return refuse(400, "BadRequest", "no object");
    const { name } = body["metadata"] as KubeObject["metadata"];
    if (this.store.get(place.plural, place.namespace, name) !== undefined)
      return refuse(409, "AlreadyExists", `${place.plural} "${name}" already exists`);
    return query?.["dryRun"] === undefined ? this.store.create(place.plural, body) : body;
  }

  #apply(place: Place, { body, query }: KubeRequest): JsonObject {
    if (!isObject(body) || place.name === undefined) return refuse(400, "BadRequest", "no object");
    const live = this.store.get(place.plural, place.namespace, place.name);
    const { uid } = body["metadata"] as KubeObject["metadata"];
    const sent = withoutIdentity(body, place.subresource);
    const manager = `${query?.["fieldManager"]}/${place.subresource ?? ""}`;
    if (live === undefined) {
      if (uid !== undefined || place.subresource !== undefined) this.#existing(place);
      // As the real one: replicas alone, of a workload that is gone meanwhile, are no workload.
      if (MAKING_PODS.includes(place.plural) && objectAt(body, "spec")["template"] === undefined)
        return refuse(422, "Invalid", `${place.plural} "${place.name}" is invalid: spec.template: Required value`);
      const made = this.store.create(place.plural, body);
      this.#applied.set(`${made.metadata.uid}/${manager}`, sent);
      return made;
    }
    if (uid !== undefined && uid !== live.metadata.uid) return refuse(409, "Conflict", "the uid is another one");
    const key = `${live.metadata.uid}/${manager}`;
    const before = this.#applied.get(key) ?? {};
    if (query?.["force"] !== "true" && conflicts(live, before, sent))
      return refuse(409, "Conflict", "conflict with another manager");
    const others = [...this.#applied].filter(([one]) => one.startsWith(`${live.metadata.uid}/`) && one !== key);
    const theirs = others.map(([, object]) => object);
    this.#applied.set(key, sent);
    const { plural, namespace, name } = place;
    return (
      this.store.update(plural, namespace, name, (object) => applied(object, before, sent, theirs) as KubeObject) ??
      live
    );
  }

  #merge(place: Place, { body, contentType }: KubeRequest): JsonObject {
    if (contentType !== "application/merge-patch+json") return refuse(415, "UnsupportedMediaType", `${contentType}`);
    const live = this.#existing(place);
    const patch = isObject(body) ? body : {};
    const { resourceVersion, uid, ...metadata } = (patch["metadata"] ?? {}) as JsonObject;
    if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion)
      return refuse(409, "Conflict", "the object has been modified");
    if (uid !== undefined && uid !== live.metadata.uid) return refuse(409, "Conflict", "the uid is another one");
    const change = place.subresource === "status" ? { status: patch["status"] ?? {} } : { ...patch, metadata };
    return (
      this.store.update(
        place.plural,
        place.namespace,
        live.metadata.name,
        (object) => mergePatched(object, change) as KubeObject,
      ) ?? live
    );
  }

  #replace(place: Place, { body }: KubeRequest): JsonObject {
    if (!isObject(body)) return refuse(400, "BadRequest", "no object");
    const live = this.#existing(place);
    const { resourceVersion, uid } = body["metadata"] as KubeObject["metadata"];
    if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion)
      return refuse(409, "Conflict", "the object has been modified");
    if (uid !== undefined && uid !== live.metadata.uid) return refuse(409, "Conflict", "the uid is another one");
    const { plural, namespace } = place;
    const next = (object: KubeObject) => ({ ...body, metadata: object.metadata }) as KubeObject;
    return this.store.update(plural, namespace, live.metadata.name, next) ?? live;
  }

  #delete(place: Place, { body }: KubeRequest): JsonObject {
    const live = this.#existing(place);
    const options = isObject(body) ? body : {};
    const { uid, resourceVersion } = (options["preconditions"] ?? {}) as JsonObject;
    if (uid !== undefined && uid !== live.metadata.uid) return refuse(409, "Conflict", "the uid is another one");
    if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion)
      return refuse(409, "Conflict", "the object has been modified");
    const { plural, namespace } = place;
    this.#tell(plural, live);
    if (options["propagationPolicy"] === "Foreground") {
      this.store.update(plural, namespace, live.metadata.name, (object) => ({
        ...object,
        metadata: { ...object.metadata, finalizers: [...new Set([...(object.metadata.finalizers ?? []), FOREGROUND])] },
      }));
    }
    this.store.delete(plural, namespace, live.metadata.name, plural === "pods" ? 30 : 0);
    return {};
  }
}

/** Which objects of a collection a list or watch is about. */
export function selection(place: Place, query: KubeRequest["query"]): (object: KubeObject) => boolean {
  const labels = labelSelector(query?.["labelSelector"]);
  const fields = fieldSelector(query?.["fieldSelector"]);
  return (object) =>
    (place.namespace === undefined || object.metadata.namespace === place.namespace) &&
    labels(object) &&
    fields(object);
}

/** The event a watch shows of a change; none where the object matches neither before nor after. */
export function eventOf(change: Change, matches: (object: KubeObject) => boolean): JsonObject | undefined {
  const { before, after, version } = change;
  const was = before !== undefined && matches(before);
  const is = after !== undefined && matches(after);
  if (is) return { type: was ? "MODIFIED" : "ADDED", object: after };
  if (!was) return undefined;
  return {
    type: "DELETED",
    object: { ...before, metadata: { ...before.metadata, resourceVersion: String(version) } },
  };
}

export function placeOf(path: string): Place {
  const parts = path
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  const apiVersion = parts[0] === "api" ? (parts[1] ?? "") : `${parts[1]}/${parts[2]}`;
  const rest = parts.slice(parts[0] === "api" ? 2 : 3);
  const namespaced = rest[0] === "namespaces" && rest.length > 2;
  const [plural = "", name, subresource] = namespaced ? rest.slice(2) : rest;
  return { apiVersion, plural, namespace: namespaced ? rest[1] : undefined, name, subresource };
}

function withoutIdentity(body: JsonObject, subresource: string | undefined): JsonObject {
  if (subresource !== undefined) return { [subresource]: body[subresource] ?? {} };
  const { uid: _, resourceVersion: __, ...metadata } = body["metadata"] as KubeObject["metadata"];
  return { ...body, metadata };
}

function refuse(status: number, reason: string, message: string): never {
  throw new KubeError({ status, reason, message });
}
