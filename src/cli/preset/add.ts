import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Catalogue } from "../../core/catalogue.ts";
import { defined } from "../../core/defined.ts";
import { type DerivationInput, derivePreset } from "../../core/derive/derive.ts";
import { isRepository } from "../../core/names.ts";
import { UsageError } from "../../option.ts";
import { type Arguments, command } from "../arguments.ts";
import { catalogueWith } from "../catalogue.ts";
import { ExitCode } from "../exit-code.ts";
import { writeOut } from "../write-out.ts";
import { hubAccess } from "./access.ts";
import { fetchModel } from "./hub-model.ts";
import { LARGEST_BYTES, readModelFile } from "./local-files.ts";
import { presetText } from "./preset-text.ts";
import { summary } from "./summary.ts";

const options = {
  config: { kind: "text", help: "config.json of the model" },
  index: { kind: "text", help: "model.safetensors.index.json of the model: the size of its weights" },
  tokenizerConfig: { kind: "text", help: "tokenizer_config.json of the model: whether its tokenizer is code" },
  weightsGib: { kind: "number", min: 0.01, max: 16384, help: "size of the weights, where there is no index" },
  revision: { kind: "text", help: "commit of the files (default main, which policies refuse)" },
  license: { kind: "text", help: "licence, as the model card says" },
  name: { kind: "text", help: "name of the preset (default the last part of the model's)" },
  gated: { kind: "switch", default: false, help: "downloads need a token" },
  online: { kind: "switch", default: false, help: "fetch the files, licence and commit from the hub" },
  endpoint: { kind: "text", help: "with --online: a mirror of https://huggingface.co" },
  allowHost: { kind: "list", help: "with --online: host that the hub may redirect to" },
  tokenFile: { kind: "text", help: "with --online: file with a token (default the variable HF_TOKEN)" },
  timeoutSeconds: { kind: "integer", default: 30, min: 1, max: 600, help: "with --online: for one file" },
  output: { kind: "text", help: "file to write, for example catalogue/models/NAME.yaml (default standard output)" },
  force: { kind: "switch", default: false, help: "write over a file that exists" },
  catalog: { kind: "list", help: "directory whose files are added to the catalogue" },
} as const;

type AddArguments = Arguments<typeof options>;

/** `foresail preset add`: 1 when the model cannot be a preset, 2 when its files cannot be read. */
export const run = command(
  {
    name: "preset add",
    usage: "org/model --config FILE | --online [OPTIONS]",
    about: [
      "Derives a preset from the files that a model on Hugging Face publishes, and writes it as a catalogue file.",
      "Offline with --config; --online fetches the files, follows no redirect off the host and pins the commit.",
      "What config.json does not tell is counted so that more memory is taken, never less, and listed under sources.",
      "Exit code 1: the inference server does not know the model, or the files contradict themselves.",
      "",
      "Exit codes: 0 written; 1 as above; 2 arguments or files that cannot be read; 3 internal error.",
    ],
    options,
    letters: { o: "output" },
    operands: true,
    examples: [
      "foresail preset add acme/tiny-8b --online -o catalogue/models/tiny-8b.yaml",
      "foresail preset add acme/tiny-8b --config config.json --index model.safetensors.index.json",
      "foresail render --catalog catalogue/ workspace.yaml",
    ],
  },
  add,
);

async function add({ values, operands }: AddArguments): Promise<number> {
  const [repository = "", ...more] = operands;
  if (more.length > 0 || !isRepository(repository)) {
    throw new UsageError(
      `foresail preset add takes one model, org/model, given ${JSON.stringify(operands).slice(0, 120)}`,
    );
  }
  const catalogue = catalogueWith(values.catalog);
  const input = values.online ? await fetchedInput(repository, values, catalogue) : localInput(repository, values);
  const { preset, issues } = derivePreset(input, catalogue.current);
  for (const { level, code, message } of issues) console.error(`${repository} ${level} ${code} ${message}`);
  if (preset === undefined) return ExitCode.findings;
  await write(presetText(preset), values);
  console.error(summary(preset, catalogue));
  return ExitCode.clean;
}

function localInput(repository: string, values: AddArguments["values"]): DerivationInput {
  const { config, index, tokenizerConfig, weightsGib, name, revision, license, gated } = values;
  if (config === undefined) {
    throw new UsageError("foresail preset add needs --config config.json, or --online to fetch it");
  }
  return {
    repository,
    readFrom: "as given",
    config: readModelFile(config, LARGEST_BYTES.config),
    weights: {
      ...(index === undefined ? {} : { index: readModelFile(index, LARGEST_BYTES.index) }),
      ...(weightsGib === undefined ? {} : { statedGiB: weightsGib }),
    },
    ...(tokenizerConfig === undefined
      ? {}
      : { tokenizerConfig: readModelFile(tokenizerConfig, LARGEST_BYTES.tokenizerConfig) }),
    stated: { gated, ...defined({ name, revision, license }) },
  };
}

async function fetchedInput(
  repository: string,
  values: AddArguments["values"],
  catalogue: Catalogue,
): Promise<DerivationInput> {
  const { config, index, tokenizerConfig, weightsGib, name } = values;
  if ([config, index, tokenizerConfig].some((file) => file !== undefined)) {
    throw new UsageError("--online fetches the files: leave out --config, --index and --tokenizer-config");
  }
  const access = hubAccess(
    {
      ...defined({ endpoint: values.endpoint, tokenFile: values.tokenFile }),
      allowHost: values.allowHost,
      timeoutSeconds: values.timeoutSeconds,
    },
    catalogue.current.mirrors?.huggingFaceEndpoint,
    process.env["HF_TOKEN"],
  );
  const model = await fetchModel(access, repository, values.revision);
  return {
    repository,
    readFrom: `${access.endpoint.host} at ${model.revision}`,
    config: model.config,
    weights: {
      ...defined({ index: model.index, files: model.weightFiles }),
      ...(weightsGib === undefined ? {} : { statedGiB: weightsGib }),
    },
    ...defined({ tokenizerConfig: model.tokenizerConfig }),
    stated: {
      revision: model.revision,
      gated: values.gated || model.gated,
      ...defined({ name, license: values.license ?? model.license }),
    },
  };
}

async function write(text: string, { output, force }: AddArguments["values"]): Promise<void> {
  if (output === undefined) {
    await writeOut(text);
    return;
  }
  try {
    mkdirSync(dirname(output), { recursive: true });
    writeFileSync(output, text, { flag: force ? "w" : "wx" });
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(exists ? `${output} exists: give --force to write over it` : `${output}: ${message}`);
  }
}
