import type { Catalogue } from "../../core/catalogue.ts";
import type { Workspace } from "../../core/kinds/workspace.ts";
import { type TakenOver, takeOverReport } from "../../core/take-over/report.ts";
import type { Kube } from "../../kube/kube.ts";
import { list } from "../../kube/list.ts";
import { DEPLOYMENTS, JOBS, STATEFUL_SETS, WORKSPACES } from "../../kube/resources.ts";

/**
 * What taking over from KAITO means for each Workspace of a cluster. Only lists. Throws KubeError, also where Workspaces are
 * not served or may not be listed.
 */
export async function takeOverOf(kube: Kube, catalogue: Catalogue, signal: AbortSignal): Promise<readonly TakenOver[]> {
  const [workspaces, ...workloads] = await Promise.all(
    [WORKSPACES, STATEFUL_SETS, JOBS, DEPLOYMENTS].map((resource) => list(kube, resource, { signal })),
  );
  const facts = {
    workspaces: (workspaces?.items ?? []) as unknown as readonly Workspace[],
    workloads: workloads.flatMap(({ items }) => items),
  };
  return takeOverReport(facts, catalogue);
}
