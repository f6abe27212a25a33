import type { Model } from "../catalogue.ts";
import type { Expanding } from "../expand.ts";
import { type Issue, warning } from "../issue.ts";

/** What no mirror reaches: KAITO's script that installs NVIDIA's compiler has its package repositories written into it. */
export function mirrorIssues({ release }: Expanding, model: Model, runtime: string | undefined): readonly Issue[] {
  if (release.mirrors === undefined || !model.cudaToolkit || runtime !== "vllm") return [];
  const text = `${model.name} installs NVIDIA's compiler from public hosts at its start: no mirror covers that`;
  return [warning("inference.preset.name", "mirrors/not-covered", text)];
}
