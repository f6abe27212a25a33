import type { Catalogue } from "../../core/catalogue.ts";
import { priceOfRun } from "../../core/cost/cost.ts";
import { defined } from "../../core/defined.ts";
import type { CheckedWorkspace, Place, Subject } from "../../core/report/report.ts";
import type { Run } from "../../core/runs/run.ts";

type Runs = NonNullable<CheckedWorkspace["runs"]>;

/**
 * A Workspace in one line.
 * @param run what a create makes run; undefined: refused
 */
export function checkedWorkspace(
  { kind: _, ...named }: Subject,
  place: Place,
  run: Run | undefined,
  catalogue: Catalogue,
): CheckedWorkspace {
  return { ...named, place, ...(run === undefined ? {} : { runs: runsOf(run, catalogue) }) };
}

function runsOf(run: Run, catalogue: Catalogue): Runs {
  const { workspace, expansion, replicas } = run;
  const { catalog, preset, instanceType, nodeCount, gpu, parallelism, memory, nodes } = expansion;
  const price = priceOfRun(run, catalogue);
  const amount = nodes.provision ? price.amount : undefined;
  return {
    release: catalog,
    pinned: workspace.metadata.annotations?.["foresail.dev/catalog"] !== undefined,
    capacityTypes: nodes.capacityTypes,
    nodeCount,
    replicas,
    nodes: price.nodes,
    gpus: (gpu?.perNode ?? 0) * nodeCount * replicas,
    ...defined({
      preset: preset?.name,
      instanceType,
      gpu: gpu?.model,
      parallelism,
      memory,
      maxModelLen: memory?.maxModelLen,
      hourlyPriceUsd: amount?.hourlyUsd,
      priceBound: amount?.bound,
    }),
  };
}
