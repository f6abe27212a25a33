import { nameOf, objectAt } from "../capacity/fields.ts";
import { error } from "../issue.ts";
import type { RepositoryCheck, Seen } from "./repository.ts";

/** A ResourceQuota of the files that all Workspaces of its namespace together would exceed: the last pods are refused. */
export const quotas: RepositoryCheck = (all) =>
  all
    .filter(({ object }) => object["apiVersion"] === "v1" && object["kind"] === "ResourceQuota")
    .flatMap((seen) =>
      Object.entries(objectAt(seen.object, "spec", "hard")).flatMap(([key, given]) => {
        const resource = /^requests\.(.+)$/.exec(key)?.[1];
        const limit = Number(given);
        if (resource === undefined || !Number.isFinite(limit)) return [];
        const asked = all
          .filter((one) => one.group === seen.group && one.namespace === seen.namespace)
          .map((one) => askedOf(one, resource));
        const sum = asked.reduce((a, b) => a + b, 0);
        if (sum <= limit) return [];
        const count = asked.filter((one) => one > 0).length;
        const path = `spec.hard[${key}]`;
        const text = `${path}: ${count} Workspaces of namespace ${seen.namespace} ask for ${sum} ${resource}, and ResourceQuota ${nameOf(seen.object)} allows ${limit}: the API server refuses the last pods; raise it or ask for less`;
        return [{ seen, issue: error(path, "quota/exceeded", text) }];
      }),
    );

/** Of all replicas; one that starts while the old one runs comes on top, for a time. */
function askedOf({ workspace }: Seen, resource: string): number {
  const { gpu, nodeCount = 1, workload } = workspace?.expansion ?? {};
  return gpu?.resource === resource ? gpu.perNode * nodeCount * (workload?.replicas ?? 1) : 0;
}
