import { readFlags } from "../config/flags.ts";
import { parseSettings } from "../config/parse.ts";
import { type FlagLayer, vllmFlagLayers } from "../expand/vllm-flags.ts";
import { isObject } from "../json.ts";
import { annotationPath } from "../options.ts";
import type { Decided } from "./decided.ts";
import type { ExplainedValue, Provenance } from "./explanation.ts";

/** The settings of a ConfigMap that a Workspace names, as text. */
export interface UserSettings {
  readonly configMap: string;
  readonly key: string;
  readonly text: string;
}

interface Stated extends Provenance {
  readonly value: string;
}

const MODE_ANNOTATION = "kaito.sh/performance-mode";

/** Every flag of a vLLM server with the layer that won and those it won over; the user's own file comes last. */
export function flagValues(decided: Decided, settings: UserSettings | undefined): readonly ExplainedValue[] {
  const { server } = decided;
  if (server === undefined || server.image.runtime !== "vllm") return [];
  const stated = new Map<string, Stated[]>();
  const add = (flag: string, one: Stated): void => {
    stated.set(flag, [one, ...(stated.get(flag) ?? [])]);
  };
  for (const layer of vllmFlagLayers(server)) {
    const provenance = provenanceOf(layer, decided);
    for (const [flag, value] of Object.entries(layer.flags)) add(flag, { ...provenance, value });
  }
  for (const { name, path, text } of userFlags(decided, settings)) {
    const source = `ConfigMap ${settings?.configMap}, ${path}`;
    add(name, { origin: "git", source, field: "inference.config", value: text });
  }
  return [...stated.keys()].sort().map((flag) => {
    const [won, ...lost] = stated.get(flag) ?? [];
    const over = lost.map(({ origin, value }) => ({ origin, value }));
    return { path: `flags.${flag}`, ...(won as Stated), ...(over.length === 0 ? {} : { over }) };
  });
}

function userFlags({ expanding, server }: Decided, settings: UserSettings | undefined) {
  if (settings === undefined) return [];
  const parsed = parseSettings(settings.text);
  const vllm = parsed.kind === "wrong" ? undefined : parsed.content["vllm"];
  if (!isObject(vllm)) return [];
  const version = expanding.release.servers.find(({ name }) => name === server?.image.server);
  return readFlags(vllm, version).flags;
}

function provenanceOf({ origin, source }: FlagLayer, { model, expanding, chosen }: Decided): Provenance {
  switch (origin) {
    case "default":
      return { origin, source: source ?? `defaults of catalogue ${expanding.release.id}` };
    case "preset":
      return { origin, source: source ?? `preset ${model?.name}` };
    case "size":
      return { origin, source: source ?? `${model?.name} on ${nodesName(chosen)}` };
    case "tuned":
      return { origin, source: source ?? "tuned" };
    case "mode":
      return source === MODE_ANNOTATION
        ? { origin: "git", source, field: annotationPath(source) }
        : { origin: "tuned", source: source ?? "tuned" };
    case "git":
      return { origin, source: source ?? "the Workspace", ...fieldOf(source) };
  }
}

function fieldOf(source: string | undefined): { readonly field?: string } {
  if (source === undefined) return {};
  return { field: source.includes("/") ? annotationPath(source) : source };
}

/** `2 nodes of 4 × A100 80 GiB`: all that one replica takes. */
export function nodesName(chosen: Decided["chosen"]): string {
  const nodes = chosen?.fit?.nodeCount ?? 1;
  return `${nodes > 1 ? `${nodes} nodes of ` : ""}${hardwareName(chosen)}`;
}

/** `4 × A100 80 GiB`, of one node. */
export function hardwareName(chosen: Decided["chosen"]): string {
  if (chosen === undefined) return "the hardware";
  const { gpuCount, gpuModel, gpuMemoryGiB } = chosen.hardware;
  if (gpuMemoryGiB === undefined) return gpuCount === 1 ? "one GPU" : `${gpuCount} GPUs`;
  return `${gpuCount} × ${gpuModel ?? "GPU"} ${gpuMemoryGiB} GiB`;
}
