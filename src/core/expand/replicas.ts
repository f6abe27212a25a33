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

/** The pods of several nodes form one group with one leader: more replicas would be more pods of that group, not more groups. */
export function groupIssues(expanding: Expanding, nodeCount: number): readonly Issue[] {
  const { replicas } = expanding.options;
  if (nodeCount === 1 || replicas === undefined || replicas === 0 || replicas === 1) return [];
  const path = annotationPath("foresail.dev/replicas");
  return [
    error(
      path,
      "replicas/several-nodes",
      `${path} must be 0 or 1 where one replica takes ${nodeCount} nodes, given ${replicas}: use a larger size, or one Workspace per replica`,
    ),
  ];
}
