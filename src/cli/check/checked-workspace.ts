import { defined } from "../../core/defined.ts";
import type { Workspace } from "../../core/kinds/workspace.ts";
import { roundUsd } from "../../core/prices.ts";
import type { CheckedWorkspace, Place, Subject } from "../../core/report/report.ts";

type Runs = NonNullable<CheckedWorkspace["runs"]>;

/**
 * A Workspace in one line.
 * @param workspace as a create would store it; undefined: refused
 */
export function checkedWorkspace(
  { namespace, name }: Subject,
  place: Place,
  workspace: Workspace | undefined,
): CheckedWorkspace {
  const runs = workspace === undefined ? undefined : runsOf(workspace);
  return { namespace, name, place, ...defined({ runs }) };
}

function runsOf({ metadata, expansion }: Workspace): Runs | undefined {
  if (expansion === undefined) return undefined;
  const { catalog, preset, instanceType, nodeCount, gpu, parallelism, memory, nodes, workload } = expansion;
  // Something else may scale it, from one.
  const replicas = workload.replicas ?? 1;
  const hourly = nodes.hourlyPriceUsd;
  return {
    release: catalog,
    pinned: metadata.annotations?.["foresail.dev/catalog"] !== undefined,
    capacityTypes: nodes.capacityTypes,
    nodeCount,
    replicas,
    gpus: (gpu?.perNode ?? 0) * nodeCount * replicas,
    ...defined({
      preset: preset?.name,
      instanceType,
      gpu: gpu?.model,
      parallelism,
      memory,
      maxModelLen: memory?.maxModelLen,
      hourlyPriceUsd: hourly === undefined ? undefined : roundUsd(hourly * replicas),
    }),
  };
}
