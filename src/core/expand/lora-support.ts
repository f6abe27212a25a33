import type { Model, Release, RuntimeImage } from "../catalogue.ts";
import { error, type Issue } from "../issue.ts";

/** Adapters for a model whose architecture the server takes none for: it would refuse to start. */
export function loraIssues(release: Release, model: Model, image: RuntimeImage, adapters: number): readonly Issue[] {
  const server = release.servers.find(({ name }) => name === image.server);
  if (adapters === 0 || server?.withoutLora.includes(model.architecture) !== true) return [];
  const text = `inference.adapters: ${server.name} takes no adapters for ${model.name} (${model.architecture}): remove them, or serve a model merged with its adapter`;
  return [error("inference.adapters", "adapter/unsupported", text)];
}
