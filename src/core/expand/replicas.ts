import type { Expanding } from "../expand.ts";

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
