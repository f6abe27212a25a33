import { dirname } from "node:path";
import { nameOf } from "../../core/capacity/fields.ts";
import { isWorkspace } from "../../core/kinds/is-workspace.ts";
import { isPolicy } from "../../core/policy/collect.ts";
import { policyIssues } from "../../core/policy/issues.ts";
import type { Policies } from "../../core/policy/policy.ts";
import { printable } from "../../core/report/printable.ts";
import type { Manifest } from "../input/manifest.ts";
import { policiesAmong, policyObjects } from "../policies.ts";
import type { CheckOptions } from "./report-of.ts";

/** How policies judge the Workspaces among manifests. */
export interface Judging {
  readonly judge: NonNullable<CheckOptions["policies"]>;
  /** What is to be known of policies that judge none of them. */
  readonly idle: readonly string[];
}

/**
 * The policies of `--policy` judge all Workspaces, those among the files what is applied to the same cluster, as far as files
 * say; and each only by its bindings, as the API server would.
 * Throws UsageError with file and line for a policy that the API server would not store.
 * @param paths values of `--policy`
 */
export function judgedBy(paths: readonly string[], manifests: readonly Manifest[]): Judging {
  const given = policyObjects(paths);
  const ofAll = policiesAmong(given);
  const ofCluster = new Map(
    [...Map.groupBy(manifests.filter(isOne), clusterOf)].map(([cluster, own]) => [
      cluster,
      policiesAmong([...given, ...own]),
    ]),
  );
  const others = manifests.filter((one) => !isOne(one));
  const complete = new Map<string, Policies>();
  return {
    judge: (workspace, namespaceObject, manifest) => {
      const cluster = clusterOf(manifest);
      const policies = complete.get(cluster) ?? withParameters(ofCluster.get(cluster) ?? ofAll, others, cluster);
      complete.set(cluster, policies);
      return policyIssues(workspace, namespaceObject, policies);
    },
    idle: idleOnes(manifests, new Set(given.map(({ object }) => nameOf(object)))),
  };
}

/** Any object may be a parameter. Of two of one name the last counts: what the cluster itself has. */
function withParameters(policies: Policies, others: readonly Manifest[], cluster: string): Policies {
  const isHere = (one: Manifest): boolean => clusterOf(one) === cluster;
  const inOrder = [...others.filter((one) => !isHere(one)), ...others.filter(isHere)];
  return { ...policies, parameters: [...policies.parameters, ...inOrder.map(({ object }) => object)] };
}

const MOST_PLACES = 3;

function idleOnes(manifests: readonly Manifest[], given: ReadonlySet<string>): readonly string[] {
  const judged = new Set(manifests.filter(({ object }) => isWorkspace(object)).map(clusterOf));
  const idle = manifests.filter(
    (one) =>
      one.object["kind"] === "ValidatingAdmissionPolicy" &&
      !judged.has(clusterOf(one)) &&
      !given.has(nameOf(one.object)),
  );
  if (idle.length === 0) return [];
  const places = [...new Set(idle.map(clusterOf))];
  const more = places.length > MOST_PLACES ? ` and ${places.length - MOST_PLACES} more` : "";
  const where = printable(places.slice(0, MOST_PLACES).join(", ")) + more;
  return [
    `policies that no Workspace is applied with judge nothing here: ${idle.length} in ${where}; --policy names those that judge all`,
  ];
}

function isOne({ object }: Manifest): boolean {
  return isPolicy(object);
}

/**
 * What is surely applied to one cluster: what is applied together, and what Flux and Argo CD objects of one directory apply.
 * Two directories may be two clusters.
 */
function clusterOf({ group, via }: Manifest): string {
  return via === undefined ? group : dirname(via.placeOf("").file);
}
