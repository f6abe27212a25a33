import type { Model, Release, RuntimeImage, Tuned } from "../catalogue.ts";
import { spreadsExperts } from "../memory/splits.ts";
import { keyGuardParts } from "./key-guard.ts";
import { ADAPTERS_PATH, WEIGHTS_PATH } from "./pod.ts";
import { hasBfloat16 } from "./runtime.ts";
import type { ServerQuestion } from "./server.ts";

export type Flags = { readonly [flag: string]: string };

/**
 * Who states a flag. default: the catalogue's defaults and the runtime image; size: what was computed for the hardware;
 * preset: the model; tuned: model or image on one kind of GPU; mode: the performance mode; git: the Workspace.
 */
export type Origin = "default" | "size" | "preset" | "tuned" | "mode" | "git";

export interface FlagLayer {
  readonly origin: Origin;
  /** Where the values come from: a source with its date, or the field of the Workspace. */
  readonly source?: string;
  readonly flags: Flags;
}

/** What stated flags depend on, beside the catalogue. */
export interface FlagScope {
  readonly image: RuntimeImage;
  readonly model: Model;
  readonly gpuModel?: string;
  readonly performanceMode?: string;
}

// Ranks LoRA adapters are usually trained with; vLLM's own limit of 16 refuses many.
export const LARGEST_ADAPTER_RANK = 64;

/** The flags of a pod: of all layers, the last one that states a flag wins. */
export function vllmFlags(question: ServerQuestion): Flags {
  return merged(vllmFlagLayers(question));
}

export function merged(layers: readonly FlagLayer[]): Flags {
  return Object.assign({}, ...layers.map(({ flags }) => flags)) as Flags;
}

/** Every layer that states a flag, in the order in which later ones win (runtime, size, preset, tuned, mode, git). */
export function vllmFlagLayers(question: ServerQuestion): readonly FlagLayer[] {
  const { release, model, image, hardware, options } = question;
  const stated = statedFlagLayers(release, {
    image,
    model,
    ...(hardware.gpuModel === undefined ? {} : { gpuModel: hardware.gpuModel }),
    ...(options.performanceMode === undefined ? {} : { performanceMode: options.performanceMode }),
  });
  const isDefault = ({ origin }: FlagLayer): boolean => origin === "default";
  return [
    { origin: "default", source: "the pod around the server", flags: fixedFlags(question) },
    ...stated.filter(isDefault),
    { origin: "size", flags: sizedFlags(question) },
    { origin: "preset", flags: identity(question) },
    ...stated.filter((layer) => !isDefault(layer)),
    ...localWeightsLayers(question),
    ...adapterLayers(question),
    ...keyLayers(question),
  ];
}

/**
 * The layers that are data of the catalogue, before anything is sized: the memory model reads the same ones, so that
 * an estimate and a command line cannot differ.
 */
export function statedFlagLayers(release: Release, scope: FlagScope): readonly FlagLayer[] {
  const { image, model, performanceMode = "balanced" } = scope;
  const ofImage = image.tuned.filter((tuned) => matches(tuned, scope));
  const ofModel = model.tuned.filter((tuned) => matches(tuned, scope));
  const inMode = [...ofImage, ...ofModel].filter((tuned) => tuned.performanceMode !== undefined);
  return [
    { origin: "default", flags: release.defaults.vllmFlags },
    ...layersOf("default", ofImage.filter(inAnyMode)),
    { origin: "preset", flags: model.vllmFlags },
    ...layersOf("tuned", ofModel.filter(inAnyMode)),
    // vLLM's own default is balanced.
    ...(performanceMode === "balanced"
      ? []
      : [
          {
            origin: "mode",
            source: "kaito.sh/performance-mode",
            flags: { "performance-mode": performanceMode },
          } as const,
        ]),
    ...layersOf("mode", inMode),
  ];
}

function inAnyMode(tuned: Tuned): boolean {
  return tuned.performanceMode === undefined;
}

function matches(tuned: Tuned, { gpuModel, performanceMode = "balanced" }: FlagScope): boolean {
  return (
    (tuned.gpuModel === undefined || tuned.gpuModel === gpuModel) &&
    (tuned.performanceMode === undefined || tuned.performanceMode === performanceMode)
  );
}

/** Values for one GPU win over those for any. */
function layersOf(origin: Origin, tuned: readonly Tuned[]): readonly FlagLayer[] {
  const ofAnyGpu = tuned.filter(({ gpuModel }) => gpuModel === undefined);
  const ofOneGpu = tuned.filter(({ gpuModel }) => gpuModel !== undefined);
  return [...ofAnyGpu, ...ofOneGpu].map(({ flags, source, date }) => ({ origin, source: `${source}, ${date}`, flags }));
}

/** What the pod around the server fixes. */
function fixedFlags({ port, weights }: ServerQuestion): Flags {
  return {
    ...(weights.kind === "node" ? {} : { "download-dir": WEIGHTS_PATH }),
    // KAITO's wrapper would otherwise cache half of the node's memory, far above the pod's request.
    "kaito-kv-cache-cpu-memory-utilization": "0",
    port: String(port),
  };
}

function sizedFlags(question: ServerQuestion): Flags {
  const { hardware, memory, model, mostSequences, parallelism, nodeCount } = question;
  const wholeExperts = spreadsExperts(model, parallelism.tensor * parallelism.data);
  return {
    ...(wholeExperts ? { "enable-expert-parallel": "" } : {}),
    dtype: hasBfloat16(hardware.computeCapability) ? "bfloat16" : "float16",
    "max-model-len": memory === undefined ? "auto" : String(memory.maxModelLen),
    ...(mostSequences === undefined ? {} : { "max-num-seqs": String(mostSequences) }),
    "tensor-parallel-size": String(parallelism.tensor),
    ...(parallelism.data > 1 ? { "data-parallel-size": String(parallelism.data) } : {}),
    ...(parallelism.tensor > 1 ? { "compilation-config.pass_config.fuse_allreduce_rms": "False" } : {}),
    ...(parallelism.pipeline > 1 ? { "pipeline-parallel-size": String(parallelism.pipeline) } : {}),
    ...(nodeCount > 1 ? { "distributed-executor-backend": "ray" } : {}),
  };
}

/** Code of the repository runs only where the model asks for it, and only of the pinned revision. */
function identity({ model, weights }: ServerQuestion): Flags {
  const code: Flags = model.trustRemoteCode ? { "trust-remote-code": "" } : {};
  if (weights.kind === "node") return { ...code, model: weights.path, "served-model-name": model.name };
  return {
    ...code,
    ...(model.trustRemoteCode ? { "code-revision": model.revision } : {}),
    model: model.model,
    revision: model.revision,
    "served-model-name": model.name,
    "tokenizer-revision": model.revision,
  };
}

/** As KAITO does: Run:ai's streamer reads a disk in parallel. A preset's own format knows which files to read. */
function localWeightsLayers({ model, weights }: ServerQuestion): readonly FlagLayer[] {
  if (weights.kind !== "node" || model.vllmFlags["load-format"] !== undefined) return [];
  return [{ origin: "git", source: "kaito.sh/use-local-weights", flags: { "load-format": "runai_streamer" } }];
}

function adapterLayers({ inference }: ServerQuestion): readonly FlagLayer[] {
  const count = inference.adapters?.length ?? 0;
  if (count === 0) return [];
  const flags = {
    "enable-lora": "",
    "kaito-adapters-dir": ADAPTERS_PATH,
    "max-lora-rank": String(LARGEST_ADAPTER_RANK),
    "max-loras": String(count),
  };
  return [{ origin: "git", source: "inference.adapters", flags }];
}

function keyLayers({ options, workspace }: ServerQuestion): readonly FlagLayer[] {
  const { flags } = keyGuardParts(options, workspace.metadata.name ?? "");
  return Object.keys(flags).length === 0 ? [] : [{ origin: "git", source: "foresail.dev/api-key-secret", flags }];
}
