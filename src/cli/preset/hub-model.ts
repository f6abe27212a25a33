import type { WeightFiles } from "../../core/derive/weights.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { UsageError } from "../../option.ts";
import { type Fetched, fetchFile, type HubAccess } from "./hub.ts";
import { LARGEST_BYTES, parsed } from "./local-files.ts";

/** What a hub knows about a model. */
export interface HubModel {
  /** Commit the files are of. */
  readonly revision: string;
  readonly license?: string;
  readonly gated: boolean;
  readonly weightFiles?: WeightFiles;
  readonly config: unknown;
  readonly index?: unknown;
  readonly tokenizerConfig?: unknown;
}

// A few hundred bytes for every file of the repository.
const MOST_METADATA_BYTES = 8 * 1024 * 1024;
const INDEX = "model.safetensors.index.json";
const TOKENIZER = "tokenizer_config.json";

/**
 * Fetches what a preset is derived from, all of one commit.
 * @throws UsageError when the hub cannot be reached or does not hand the files out.
 */
export async function fetchModel(access: HubAccess, repository: string, revision?: string): Promise<HubModel> {
  if (revision !== undefined && /^\.{0,2}$/.test(revision)) {
    throw new UsageError(`--revision must be a commit, a branch or a tag, given ${JSON.stringify(revision)}`);
  }
  const at = revision === undefined ? "" : `/revision/${encodeURIComponent(revision)}`;
  const path = `/api/models/${repository}${at}?blobs=true`;
  const metadata = await fetchObject(access, repository, { path, mostBytes: MOST_METADATA_BYTES });
  const commit = metadata["sha"];
  if (typeof commit !== "string" || !/^[0-9a-f]{40}$/.test(commit)) {
    throw new UsageError(`${access.endpoint.host} names no commit for ${repository}: is it a Hugging Face hub?`);
  }
  const files = listed(metadata);
  const fetchNamed = async (name: string, mostBytes: number): Promise<unknown> =>
    files.has(name) ? await optional(access, `/${repository}/resolve/${commit}/${name}`, mostBytes) : undefined;
  const config = await fetchObject(access, repository, {
    path: `/${repository}/resolve/${commit}/config.json`,
    mostBytes: LARGEST_BYTES.config,
  });
  const index = await fetchNamed(INDEX, LARGEST_BYTES.index);
  const tokenizerConfig = await fetchNamed(TOKENIZER, LARGEST_BYTES.tokenizerConfig);
  const license = licenseOf(metadata);
  const weightFiles = weightFilesOf(files);
  return {
    revision: commit,
    gated: metadata["gated"] !== undefined && metadata["gated"] !== false,
    config,
    ...(license === undefined ? {} : { license }),
    ...(weightFiles === undefined ? {} : { weightFiles }),
    ...(index === undefined ? {} : { index }),
    ...(tokenizerConfig === undefined ? {} : { tokenizerConfig }),
  };
}

interface Wanted {
  readonly path: string;
  readonly mostBytes: number;
}

async function fetchObject(access: HubAccess, repository: string, wanted: Wanted): Promise<JsonObject> {
  const fetched = await fetchFile(access, wanted.path, wanted.mostBytes);
  const name = wanted.path.replace(/\?.*/, "");
  if (fetched.kind !== "text") throw new UsageError(refusal(access, repository, name, fetched));
  const value = parsed(name, fetched.text);
  if (isObject(value)) return value;
  throw new UsageError(`${access.endpoint.host}${name} is no JSON object`);
}

/** Files that help but are not needed; large ones lie on other hosts, where none of them is fetched from. */
async function optional(access: HubAccess, path: string, mostBytes: number): Promise<unknown> {
  const fetched = await fetchFile(access, path, mostBytes);
  return fetched.kind === "text" ? parsed(path, fetched.text) : undefined;
}

function refusal(
  access: HubAccess,
  repository: string,
  name: string,
  fetched: Exclude<Fetched, { kind: "text" }>,
): string {
  const where = `${access.endpoint.host}${name}`;
  switch (fetched.kind) {
    case "absent":
      return `${where} does not exist: check the name of the model (${repository}) and the revision`;
    case "elsewhere":
      return `${where} redirects to ${fetched.host}, which is not allowed: add --allow-host ${fetched.host} if you trust it`;
    case "denied": {
      const token =
        access.token === undefined ? "give a token (HF_TOKEN or --token-file)" : "use a token of that account";
      const licence = `accept its licence at ${access.endpoint.origin}/${repository} and ${token}`;
      return `${where} answered ${fetched.status}: ${repository} is gated, private or does not exist; ${licence}`;
    }
  }
}

/** Files of the top directory with their size; copies below `original/` or `metal/` are not what servers load. */
function listed(metadata: JsonObject): ReadonlyMap<string, number> {
  const siblings = metadata["siblings"];
  const entries = Array.isArray(siblings) ? siblings.filter(isObject) : [];
  return new Map(
    entries.flatMap(({ rfilename, size }) =>
      typeof rfilename === "string" && !rfilename.includes("/")
        ? [[rfilename, typeof size === "number" ? size : 0] as const]
        : [],
    ),
  );
}

// In the order vLLM looks for them; Mistral's consolidated copies count only where there is nothing else.
const WEIGHT_FILES: readonly RegExp[] = [
  /^(?!consolidated).*\.safetensors$/,
  /^consolidated.*\.safetensors$/,
  /^pytorch_model.*\.bin$/,
];

function weightFilesOf(files: ReadonlyMap<string, number>): WeightFiles | undefined {
  for (const pattern of WEIGHT_FILES) {
    const sizes = [...files].filter(([name]) => pattern.test(name)).map(([, size]) => size);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (bytes > 0) return { count: sizes.length, bytes };
  }
  return undefined;
}

function licenseOf(metadata: JsonObject): string | undefined {
  const card = isObject(metadata["cardData"]) ? metadata["cardData"] : {};
  const license = card["license"] === "other" ? (card["license_name"] ?? "other") : card["license"];
  return typeof license === "string" && /^[\w.+-]{1,80}$/.test(license) ? license : undefined;
}
