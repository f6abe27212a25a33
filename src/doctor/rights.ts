import { objectsAt, textAt, textsAt } from "../core/capacity/fields.ts";
import type { Right } from "../core/doctor/facts.ts";
import { RECONCILER } from "../core/doctor/parts.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import { KAITO_GROUP } from "../core/kinds/workspace.ts";
import type { Kube } from "../kube/kube.ts";
import { NODE_POOLS } from "../kube/resources.ts";
import type { CallOptions } from "../kube/verbs.ts";
import { shippedObjects } from "../shipped-objects.ts";

// Some ninety small questions: polite, and done in a second.
const CONCURRENCY = 8;

export interface Installation {
  /** Where Foresail is installed. */
  readonly namespace: string;
  /** Whether the reconciler makes the machines itself. */
  readonly machines: boolean;
  /** Whether it serves its own group alone, and has no rights on what is KAITO's but to look whether a name is taken. */
  readonly trial?: boolean;
}

/**
 * Whether the reconciler's ServiceAccount has each right that manifests/ gives it.
 * Throws KubeError where nobody may ask for the rights of others.
 */
export async function reconcilerRights(
  kube: Kube,
  { namespace, machines, trial = false }: Installation,
  options: CallOptions = {},
): Promise<readonly Right[]> {
  const wanted = ["rbac/reconciler.yaml", ...(machines ? ["overlays/aks/machines.yaml"] : [])]
    .flatMap(shippedObjects)
    .flatMap((role) => rightsOf(role, namespace))
    .filter((right) => !trial || !isOfKaitos(right));
  const found: Right[] = [];
  const waiting = wanted.values();
  const work = async (): Promise<void> => {
    for (const right of waiting) found.push({ ...right, allowed: await isAllowed(kube, namespace, right, options) });
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const order = (one: Right): number => wanted.findIndex((other) => sameRight(one, other));
  return found.sort((a, b) => order(a) - order(b));
}

type Wanted = Omit<Right, "allowed">;

function rightsOf(role: JsonObject, installedIn: string): readonly Wanted[] {
  const namespace = textAt(role, "kind") === "Role" ? installedIn : undefined;
  return objectsAt(role, "rules").flatMap((rule) =>
    textsAt(rule, "apiGroups").flatMap((group) =>
      textsAt(rule, "resources").flatMap((resource) =>
        textsAt(rule, "verbs").flatMap((verb) => {
          const names = textsAt(rule, "resourceNames");
          const base = { verb, group, resource, ...(namespace === undefined ? {} : { namespace }) };
          return names.length === 0 ? [base] : names.map((name) => ({ ...base, name }));
        }),
      ),
    ),
  );
}

/** As manifests/components/trial takes them away: of Workspaces all but the look at a name, and what KAITO makes for them. */
function isOfKaitos({ verb, group, resource }: Wanted): boolean {
  return (group === KAITO_GROUP && verb !== "get") || resource === NODE_POOLS.plural;
}

function sameRight(a: Wanted, b: Wanted): boolean {
  return (["verb", "group", "resource", "name", "namespace"] as const).every((key) => a[key] === b[key]);
}

async function isAllowed(kube: Kube, installedIn: string, right: Wanted, options: CallOptions): Promise<boolean> {
  const { verb, group, name, namespace } = right;
  const [resource = "", subresource] = right.resource.split("/");
  const resourceAttributes: JsonObject = {
    ...{ verb, group, resource },
    ...(subresource === undefined ? {} : { subresource }),
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
  };
  const { body } = await kube.call({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { ...userIn(installedIn), resourceAttributes },
    },
    ...options,
  });
  return isObject(body) && isObject(body["status"]) && body["status"]["allowed"] === true;
}

/** As the API server itself names the ServiceAccount and its groups. */
function userIn(namespace: string): JsonObject {
  const accounts = "system:serviceaccounts";
  return {
    user: `system:serviceaccount:${namespace}:${RECONCILER}`,
    groups: [accounts, `${accounts}:${namespace}`, "system:authenticated"],
  };
}
