import { findModel, type Model, type Release, type ServerVersion } from "../catalogue.ts";
import { modelFile } from "../catalogue-files/model-file.ts";
import { error, errors, type Issue, warning } from "../issue.ts";
import { isObject } from "../json.ts";
import { isRepository } from "../names.ts";
import { shown } from "../schema.ts";
import { architecture, currentServer } from "./architecture.ts";
import { layerCaches } from "./cache.ts";
import { contextTokens } from "./context.ts";
import { parserFlags } from "./parsers.ts";
import { quantization } from "./quantization.ts";
import { openReading, optional, type Reading, required, requiredLayers } from "./reading.ts";
import { inherited } from "./relatives.ts";
import { needsRemoteCode } from "./remote-code.ts";
import { type WeightFacts, weights } from "./weights.ts";

/** A model's own files, parsed, and what no file says. */
export interface DerivationInput {
  /** Hugging Face repository, `org/model`. */
  readonly repository: string;
  readonly config: unknown;
  readonly weights: WeightFacts;
  readonly tokenizerConfig?: unknown;
  /** Where the files were fetched from or read, for `sources`. */
  readonly readFrom: string;
  readonly stated: {
    readonly name?: string;
    readonly revision?: string;
    readonly license?: string;
    readonly gated?: boolean;
  };
}

/** A preset file's content without members that only say their default. */
export type PresetFile = Partial<Model> & Pick<Model, "name" | "model" | "cache">;

export interface Derived {
  /** Present exactly when no issue is an error. */
  readonly preset?: PresetFile;
  readonly issues: readonly Issue[];
}

/** Derives a preset from the files a model publishes, for the server of the release. Pure; no file is trusted. */
export function derivePreset(input: DerivationInput, release: Release): Derived {
  const server = currentServer(release);
  const wrong = wrongInput(input, server);
  if (wrong !== undefined || server === undefined || !isObject(input.config)) return { issues: wrong ? [wrong] : [] };
  const reading = openReading(input.config);
  const numbers = modelNumbers(reading, server);
  const size = weights(input.weights);
  if (size.kind === "unknown") reading.issues.push(size.issue);
  if (numbers === undefined || size.kind === "unknown" || errors(reading.issues).length > 0) {
    return { issues: reading.issues };
  }
  const identity = identityOf(input, release, reading);
  if (errors(reading.issues).length > 0) return { issues: reading.issues };
  const flags = flagsOf(input, numbers.architecture, { release, server, reading });
  const preset: PresetFile = {
    ...identity,
    ...numbers,
    weightsGiB: size.gib,
    ...(needsRemoteCode(reading, input.tokenizerConfig) ? { trustRemoteCode: true } : {}),
    ...flags,
    sources: [`derived from config.json, ${input.readFrom}`, size.source, ...reading.assumptions],
  };
  const invalid = modelFile.check(preset, "");
  return invalid.length > 0 ? { issues: [...reading.issues, ...invalid] } : { preset, issues: reading.issues };
}

function wrongInput(input: DerivationInput, server: ServerVersion | undefined): Issue | undefined {
  if (!isRepository(input.repository)) {
    const text = `the model must be org/model as on Hugging Face, given ${shown(input.repository)}`;
    return error("model", "derive/repository", text);
  }
  if (server === undefined) {
    return error("catalogue", "derive/server", "no vLLM image of the catalogue says what its server knows");
  }
  return isObject(input.config) ? undefined : error("config.json", "derive/object", "config.json must be an object");
}

type Numbers = Pick<
  Model,
  | "architecture"
  | "contextTokens"
  | "hiddenSize"
  | "vocabularySize"
  | "layers"
  | "attentionHeads"
  | "cache"
  | "kvSharedLayers"
  | "quantization"
  | "experts"
>;

function modelNumbers(reading: Reading, server: ServerVersion): Numbers | undefined {
  const known = architecture(reading, server);
  const layers = requiredLayers(reading);
  const attentionHeads = required(reading, ["num_attention_heads", "n_head", "n_heads"]);
  const hiddenSize = required(reading, ["hidden_size", "n_embd", "d_model", "dim"]);
  const context = contextTokens(reading);
  const vocabularySize = optional(reading, ["vocab_size", "n_vocab"]);
  const kvSharedLayers = optional(reading, ["num_kv_shared_layers"]);
  const quantized = quantization(reading, server);
  const experts = optional(reading, ["num_experts", "moe_num_experts", "n_routed_experts", "num_local_experts"]);
  if (known === undefined || layers === undefined || attentionHeads === undefined) return undefined;
  if (hiddenSize === undefined || context === undefined) return undefined;
  const cache = layerCaches(reading, { layers, attentionHeads, hiddenSize, contextTokens: context });
  return {
    architecture: known,
    contextTokens: context,
    hiddenSize,
    ...(vocabularySize === undefined ? {} : { vocabularySize }),
    layers,
    attentionHeads,
    cache,
    ...(kvSharedLayers === undefined ? {} : { kvSharedLayers }),
    ...(quantized === undefined ? {} : { quantization: quantized }),
    // A mixture of one expert is a dense model.
    ...(experts === undefined || experts === 1 ? {} : { experts }),
  };
}

function identityOf(input: DerivationInput, release: Release, reading: Reading) {
  const { name = presetName(input.repository), revision = "main", license = "unknown", gated } = input.stated;
  const { issues } = reading;
  if (revision === "main") {
    const text = "revision main moves: the policy pinned-revisions refuses it; give --revision COMMIT (40 hex digits)";
    issues.push(warning("revision", "derive/revision", text));
  }
  if (license === "unknown") {
    issues.push(
      warning("license", "derive/license", "license is not in config.json: give --license, as the model card says"),
    );
  }
  const other = release.models.find(
    (model) => model.name !== name && model.model.toLowerCase() === input.repository.toLowerCase(),
  );
  if (other !== undefined) {
    const text = `${input.repository} is in the catalogue already, as ${other.name}: give --name ${other.name} to replace it`;
    issues.push(warning("name", "derive/known-model", text));
  }
  issues.push(...takenName(name, input.repository, release));
  return {
    name,
    model: input.repository,
    revision,
    license,
    weightsFrom: "huggingface.co",
    ...(gated === true ? { gated: true } : {}),
    mayMirror: release.models.some((model) => model.license === license && model.mayMirror),
  };
}

/** A file of that name replaces the other preset, for everybody; a name that is only a second one is refused when it is read. */
function takenName(name: string, repository: string, release: Release): readonly Issue[] {
  const taken = findModel(release, name);
  if (taken === undefined || taken.model.toLowerCase() === repository.toLowerCase()) return [];
  return taken.name === name
    ? [
        warning(
          "name",
          "derive/name-taken",
          `name ${name} replaces the preset of ${taken.model}: give --name to have both`,
        ),
      ]
    : [error("name", "derive/name-taken", `name ${name} is another name of the preset ${taken.name}: give --name`)];
}

/** The last part of the repository, as Kubernetes writes names. */
export function presetName(repository: string): string {
  const last = repository.split("/").at(-1) ?? "";
  return last
    .toLowerCase()
    .replaceAll("_", "-")
    .replaceAll(/[^a-z0-9]+$/g, "");
}

function flagsOf(
  input: DerivationInput,
  known: string,
  {
    release,
    server,
    reading,
  }: { readonly release: Release; readonly server: ServerVersion; readonly reading: Reading },
) {
  const base = inherited(release, known);
  const parsers = parserFlags(input.repository, known, server);
  if (base.from !== undefined) {
    reading.assumptions.push(`flags and variables as every preset of ${known} has them, such as ${base.from}`);
  }
  if (Object.keys(parsers).length === 0) {
    const text = "no parser for tool calls or reasoning is sure for this model: see its card and add tool-call-parser";
    reading.issues.push(warning("vllmFlags", "derive/parsers", text));
  }
  const vllmFlags = { ...base.vllmFlags, ...parsers };
  return {
    ...(base.cudaToolkit ? { cudaToolkit: true } : {}),
    ...(Object.keys(base.env).length > 0 ? { env: base.env } : {}),
    ...(Object.keys(vllmFlags).length > 0 ? { vllmFlags: sorted(vllmFlags) } : {}),
  };
}

function sorted(flags: { readonly [flag: string]: string }): { readonly [flag: string]: string } {
  return Object.fromEntries(Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1)));
}
