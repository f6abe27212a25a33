import type { Model, RuntimeImage } from "../catalogue.ts";
import { error, type Issue, warning } from "../issue.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { shown } from "../schema.ts";

/**
 * A request names the model or an adapter in one field, so of two that share a name vLLM only ever uses one. A file of
 * settings may serve the model under another name.
 */
export function adapterNameIssues({ inference }: Workspace, model: Model, image: RuntimeImage): readonly Issue[] {
  const at = (inference?.adapters ?? []).findIndex(({ source }) => source?.name === model.name);
  if (image.runtime !== "vllm" || at === -1) return [];
  const path = `inference.adapters[${at}].source.name`;
  const text = `${shown(model.name)} names adapter and model: requests reach only one of them`;
  return inference?.config === undefined
    ? [error(path, "adapter/served-name", `${path} ${text}, give the adapter another name`)]
    : [warning(path, "adapter/served-name", `${text}, unless served-model-name is set`)];
}
