import type { Expanding } from "../expand.ts";
import { error, type Issue } from "../issue.ts";
import { annotationPath } from "../options.ts";

/**
 * Replicas of the model. With vLLM the engine decides the nodes of one replica, so resource.count means nothing; with
 * transformers or a template it asks for independent replicas. A training run is one.
 */
export function replicasOf(
  { options, workspace }: Expanding,
  runtime: "vllm" | "transformers" | undefined,
): number | "external" {
  if (workspace.tuning !== undefined) return 1;
  return options.replicas ?? (runtime === "vllm" ? 1 : (workspace.resource?.count ?? 1));
}

/** Whether there may be more than one replica, so that each must have one node: a group of several has one leader. */
export function hasGroups({ options }: Expanding): boolean {
  const { replicas = 1 } = options;
  return replicas === "external" || replicas > 1;
}

/**
 * The pods of several nodes form one group with one leader: more replicas would be more pods of that group, not more groups.
 * @param larger a size one node of which holds a replica, if any
 */
export function groupIssues(
  expanding: Expanding,
  nodeCount: number,
  larger: () => string | undefined,
): readonly Issue[] {
  if (nodeCount === 1 || !hasGroups(expanding)) return [];
  const { replicas } = expanding.options;
  const path = annotationPath("foresail.dev/replicas");
  const better = larger();
  const size = better === undefined ? "use a larger size" : `use a larger size, such as ${better}`;
  return [
    error(
      path,
      "replicas/several-nodes",
      `${path} must be 0 or 1 where one replica takes ${nodeCount} nodes, given ${replicas}: ${size}, or one Workspace per replica`,
    ),
  ];
}
