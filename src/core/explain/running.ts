import type { Expansion, Workspace } from "../kinds/workspace.ts";
import type { Running } from "./explanation.ts";

/** What runs, read from the expansion alone. */
export function runningOf(workspace: Workspace, expansion: Expansion): Running {
  const { preset, nodes, instanceType, nodeCount, gpu, parallelism, workload } = expansion;
  const { hourlyPriceUsd, capacityTypes, region } = nodes;
  const bound = capacityTypes.every((type) => type === "on-demand") ? "exact" : "at-most";
  return {
    task: workspace.tuning !== undefined ? "tuning" : preset === undefined ? "template" : "serving",
    ...(preset === undefined ? {} : named(preset)),
    ...(instanceType === undefined ? {} : { instanceType }),
    nodeCount,
    ...(nodes.placement === "shared" ? { placement: nodes.placement } : {}),
    ...(workload.replicas === undefined ? {} : { replicas: workload.replicas }),
    ...(gpu === undefined ? {} : { gpu: gpuOf(gpu) }),
    ...(parallelism === undefined ? {} : { parallelism }),
    ...(region === undefined ? {} : { region }),
    ...(hourlyPriceUsd === undefined ? {} : { hourlyPriceUsd, bound }),
  };
}

function named({ name, ...preset }: NonNullable<Expansion["preset"]>): Partial<Running> {
  return { preset: name, ...preset };
}

function gpuOf({ perNode, model, memoryGiB }: NonNullable<Expansion["gpu"]>): NonNullable<Running["gpu"]> {
  return {
    perNode,
    ...(model === undefined ? {} : { model }),
    ...(memoryGiB === undefined ? {} : { memoryGiB }),
  };
}
