import type { Catalogue, Model, Release } from "../../core/catalogue.ts";
import { modelFile } from "../../core/catalogue-files/model-file.ts";
import type { PresetFile } from "../../core/derive/derive.ts";
import { errors } from "../../core/issue.ts";
import { asStored } from "../stored.ts";

/** What a Workspace of this preset would get: the cheapest size with its memory, or why there is none. */
export function summary(preset: PresetFile, catalogue: Catalogue): string {
  const model = modelFile.read(preset);
  const what = `${model.name}: ${model.architecture}, ${model.weightsGiB} GiB of weights, ${model.contextTokens} tokens of context`;
  const { workspace, issues } = asStored(workspaceOf(model), "default", withModel(catalogue, model));
  const expansion = workspace?.expansion;
  if (expansion === undefined) {
    const [first] = errors(issues);
    return `${what}\nno size fits by itself: ${first?.message ?? "no expansion"}`;
  }
  const { memory, nodes, gpu, nodeCount, instanceType } = expansion;
  const price = nodes.hourlyPriceUsd === undefined ? "" : ` ($${nodes.hourlyPriceUsd.toFixed(2)}/h)`;
  const where = `cheapest size in ${nodes.region ?? "the default region"}: ${nodeCount} × ${instanceType ?? "own nodes"}${price}`;
  if (memory === undefined) return `${what}\n${where}`;
  const parts = `weights ${memory.weightsGiB}, overhead ${memory.overheadGiB}, KV cache ${memory.kvCacheGiB} of ${memory.perGpuGiB} GiB per GPU, ${gpus(gpu?.perNode ?? 1)} a node`;
  return `${what}\n${where}: ${parts}; ${memory.maxModelLen} tokens, ${memory.maxConcurrency} such requests at once`;
}

function gpus(count: number): string {
  return count === 1 ? "1 GPU" : `${count} GPUs`;
}

function workspaceOf(model: Model) {
  return {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: { name: "summary", namespace: "default" },
    resource: { labelSelector: { matchLabels: { app: "summary" } } },
    inference: {
      preset: {
        name: model.name,
        // A gated model is denied without one.
        ...(model.gated ? { presetOptions: { modelAccessSecret: "hf-token" } } : {}),
      },
    },
  };
}

function withModel(catalogue: Catalogue, model: Model): Catalogue {
  const others = catalogue.current.models.filter(({ name }) => name !== model.name);
  // Its own name first: another preset may be of the same repository.
  const current: Release = { ...catalogue.current, models: [model, ...others] };
  return { current, releases: [current, ...catalogue.releases.slice(1)] };
}
