import type { ServerResponse } from "node:http";
import { type JsonObject, sameJson } from "../../../src/core/json.ts";
import type { KubeObject } from "../../../src/kube/kube.ts";
import { mergePatched } from "../../simulation/merge.ts";
import type { Fault, Seen } from "./api-server.ts";
import { type Store, type StoredEvent, within } from "./store.ts";

const COLLECTION = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(\/namespaces\/[^/]+)?\/[^/]+$/;

/** The part of the Kubernetes REST interface the port uses. */
export function serve(store: Store, request: Seen, response: ServerResponse): void {
  const path = request.url.pathname;
  const isCollection = COLLECTION.test(path) && !/\/namespaces\/[^/]+$/.test(path);
  if (isCollection && request.url.searchParams.get("watch") === "true") serveWatch(store, request, response);
  else if (isCollection && request.method === "GET") serveList(store, request, response);
  else if (isCollection && request.method === "POST") serveCreate(store, request, response);
  else serveObject(store, request, response);
}

export function json(response: ServerResponse, status: number, body: unknown, headers: object = {}): ServerResponse {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  return response.end(JSON.stringify(body));
}

export function statusOf(response: ServerResponse, code: number, reason: string, headers: object = {}): ServerResponse {
  const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason, code, message: `scripted ${reason}` };
  return json(response, code, { ...status, details: code === 404 || code === 409 ? { name: "x" } : {} }, headers);
}

/** A fault that refuses. */
export const answer =
  (code: number, reason: string, headers: object = {}): Fault =>
  (_request, response) =>
    void statusOf(response, code, reason, headers);

/** `label=value` alone; an object that loses the label leaves no DELETED behind, unlike the real one's. */
function isSelected(object: KubeObject, url: URL): boolean {
  const [, label = "", value] = /^([^=!,]+)=([^=,]+)$/.exec(url.searchParams.get("labelSelector") ?? "") ?? [];
  return value === undefined || object.metadata.labels?.[label] === value;
}

function serveList(store: Store, { url }: Seen, response: ServerResponse): ServerResponse {
  const limit = Number(url.searchParams.get("limit") ?? 0);
  const [version = String(store.version), offset = "0"] =
    (url.searchParams.get("continue") ?? undefined)?.split(":") ?? [];
  const all = store.list(url.pathname).filter((object) => isSelected(object, url));
  const items = limit === 0 ? all : all.slice(Number(offset), Number(offset) + limit);
  const end = Number(offset) + items.length;
  const next = end < all.length ? { continue: `${version}:${end}` } : {};
  // Built-in lists leave apiVersion and kind out of their items.
  const bare = items.map(({ apiVersion: _apiVersion, kind: _kind, ...item }) => item);
  return json(response, 200, {
    kind: "List",
    apiVersion: "v1",
    metadata: { resourceVersion: version, ...next },
    items: bare,
  });
}

function serveWatch(store: Store, { url }: Seen, response: ServerResponse): ServerResponse {
  const from = Number(url.searchParams.get("resourceVersion"));
  if (from < store.compactedTo) return statusOf(response, 410, "Expired");
  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();
  const send = ({ type, object }: StoredEvent) => response.write(`${JSON.stringify({ type, object })}\n`);
  const listener = (event: StoredEvent) => {
    if (within(event.path, url.pathname) && isSelected(event.object, url)) send(event);
  };
  for (const event of store.since(from, url.pathname)) if (isSelected(event.object, url)) send(event);
  store.listeners.add(listener);
  response.on("close", () => store.listeners.delete(listener));
  return response.on("error", () => {});
}

function serveCreate(store: Store, { url, body }: Seen, response: ServerResponse): ServerResponse {
  const object = JSON.parse(body) as KubeObject;
  const path = `${url.pathname}/${object.metadata.name}`;
  if (store.objects.has(path)) return statusOf(response, 409, "AlreadyExists");
  return json(response, 201, url.searchParams.has("dryRun") ? object : store.put(path, object));
}

function serveObject(store: Store, { method, url, headers, body }: Seen, response: ServerResponse): ServerResponse {
  const path = url.pathname;
  const known = store.objects.get(path);
  const merges = headers["content-type"] === "application/merge-patch+json";
  if (method === "PATCH" && !merges && url.searchParams.has("fieldManager"))
    return json(response, 200, applied(store, path, body));
  if (known === undefined) return statusOf(response, 404, "NotFound");
  switch (method) {
    case "GET":
      return json(response, 200, known);
    case "PUT": {
      const object = JSON.parse(body) as KubeObject;
      const version = object.metadata.resourceVersion;
      if (version !== undefined && version !== known.metadata.resourceVersion)
        return statusOf(response, 409, "Conflict");
      return json(response, 200, store.put(path, object));
    }
    case "DELETE": {
      const { preconditions } = JSON.parse(body) as { preconditions?: { uid?: string } };
      if (preconditions?.uid !== undefined && preconditions.uid !== known.metadata.uid) {
        return statusOf(response, 409, "Conflict");
      }
      store.delete(path);
      return json(response, 200, { kind: "Status", apiVersion: "v1", status: "Success" });
    }
    default: {
      const patch = JSON.parse(body) as KubeObject & JsonObject;
      if ((patch.metadata?.uid ?? known.metadata.uid) !== known.metadata.uid)
        return statusOf(response, 409, "Conflict");
      return json(
        response,
        200,
        store.put(path, mergePatched({ ...known }, patch) as KubeObject & JsonObject as never),
      );
    }
  }
}

function applied(store: Store, path: string, body: string): KubeObject {
  const object = JSON.parse(body) as KubeObject;
  const owner = path.endsWith("/status") ? path.slice(0, -"/status".length) : undefined;
  const whole = owner === undefined ? undefined : store.objects.get(owner);
  if (owner !== undefined && whole !== undefined)
    return store.put(owner, { ...whole, status: object["status"] } as never);
  const known = store.objects.get(path);
  const same = known !== undefined && sameJson(known["spec"], object["spec"]);
  return same ? known : store.put(path, object);
}
