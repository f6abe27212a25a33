import { nameOf, objectAt } from "../capacity/fields.ts";
import { amount, podRequests, quantity } from "../capacity/resources.ts";
import { counted } from "../explain/quantity.ts";
import { error, type Issue } from "../issue.ts";
import type { Run } from "../runs/run.ts";
import type { RepositoryCheck, Seen } from "./repository.ts";

/** Keys of a ResourceQuota that mean requests without saying so. */
const SHORT: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);

/**
 * A ResourceQuota of the files that all pods of ours in its namespace together would exceed: the last ones are refused. One
 * that holds for some pods only, by a scope, is the API server's to judge.
 */
export const quotas: RepositoryCheck = (all) =>
  all
    .filter(({ object }) => object["apiVersion"] === "v1" && object["kind"] === "ResourceQuota" && !isScoped(object))
    .flatMap((seen) => {
      const runs = all.flatMap(({ run, group, namespace }) =>
        run !== undefined && group === seen.group && namespace === seen.namespace ? [run] : [],
      );
      return Object.entries(objectAt(seen.object, "spec", "hard")).flatMap(([key, given]) => {
        const issue = exceeded(seen, runs, key, given);
        return issue === undefined ? [] : [{ seen, issue }];
      });
    });

function isScoped(quota: Seen["object"]): boolean {
  const { scopes, scopeSelector } = objectAt(quota, "spec");
  return scopes !== undefined || scopeSelector !== undefined;
}

function exceeded(seen: Seen, runs: readonly Run[], key: string, given: unknown): Issue | undefined {
  const resource = resourceOf(key);
  const limit = resource === undefined ? undefined : amount(resource, given);
  if (resource === undefined || limit === undefined) return undefined;
  const asked = runs.map((run) => askedOf(run, resource)).filter((one) => one > 0);
  const sum = asked.reduce((a, b) => a + b, 0);
  if (sum <= limit) return undefined;
  const path = `spec.hard[${key}]`;
  const text = `${path}: ${counted(asked.length, "workload")} of namespace ${seen.namespace} ${asked.length === 1 ? "asks" : "ask together"} for ${quantity(resource, sum)} ${resource}, and ResourceQuota ${nameOf(seen.object)} allows ${quantity(resource, limit)}: the API server refuses the last pods; raise it or ask for less`;
  return error(path, "quota/exceeded", text);
}

function resourceOf(key: string): string | undefined {
  return SHORT.has(key) || key === "pods" ? key : /^requests\.(.+)$/.exec(key)?.[1];
}

/** Of all pods of all replicas; one that starts while the old one runs comes on top, for a time. */
function askedOf({ expansion, pod, replicas }: Run, resource: string): number {
  const pods = expansion.nodeCount * replicas;
  return resource === "pods" ? pods : pods * (podRequests(objectAt(pod, "spec")).get(resource) ?? 0);
}
