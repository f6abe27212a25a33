import { isObject, type JsonObject } from "../json.ts";
import type { Labels } from "./label-selector.ts";

/** What a policy is asked about: the facts of one request to the API server. */
export interface Request {
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural name, as in the path. */
  readonly resource: string;
  /** Versions of the same resource that the API server converts between. */
  readonly versions: readonly string[];
  readonly name: string;
  /** Empty: cluster-scoped. */
  readonly namespace: string;
  readonly object?: JsonObject;
  readonly oldObject?: JsonObject;
  /** The Namespace the object is in. */
  readonly namespaceObject?: JsonObject;
  /** Who asks; what reads it is not judged where nobody is given. */
  readonly userInfo?: JsonObject;
  readonly dryRun?: boolean;
}

export function labelsOf(object: JsonObject | undefined): Labels {
  const metadata = object?.["metadata"];
  const labels = isObject(metadata) ? metadata["labels"] : undefined;
  return isObject(labels) ? labels : {};
}

/** What expressions see as `request`, where a policy matched by this version of the resource. */
export function requestObject(request: Request, version: string): JsonObject {
  const { group, kind, resource, operation, name, namespace, userInfo, dryRun } = request;
  return {
    kind: { group, version, kind },
    resource: { group, version, resource },
    requestKind: { group, version: request.version, kind },
    requestResource: { group, version: request.version, resource },
    name,
    // Empty in the API server's own JSON, and left out there.
    ...(namespace !== "" && { namespace }),
    operation,
    ...(userInfo !== undefined && { userInfo }),
    dryRun: dryRun ?? false,
    options: { apiVersion: "meta.k8s.io/v1", kind: `${operation.charAt(0)}${operation.slice(1).toLowerCase()}Options` },
  };
}
