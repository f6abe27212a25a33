import type { Catalogue, Release } from "./catalogue.ts";
import { defaultsFile } from "./catalogue-files/defaults-file.ts";
import { instanceTypesFile } from "./catalogue-files/instance-types-file.ts";
import { mirrorsFile } from "./catalogue-files/mirrors-file.ts";
import { modelFile } from "./catalogue-files/model-file.ts";
import { migProfilesFile } from "./catalogue-files/partitions-file.ts";
import { pricesFile } from "./catalogue-files/prices-file.ts";
import { releaseFile } from "./catalogue-files/release-file.ts";
import { runtimesFile } from "./catalogue-files/runtimes-file.ts";
import { serverFile } from "./catalogue-files/server-file.ts";
import type { Issue } from "./issue.ts";
import { canonicalJson, isObject, sha256Hex } from "./json.ts";

/** One catalogue file as read: its parsed content, or the syntax error. */
export interface CatalogueFile {
  /** Path below the catalogue directory; its first part says what the file holds. */
  readonly path: string;
  /** Path to show to people. */
  readonly shown: string;
  readonly text: string;
  readonly content?: unknown;
  readonly error?: { readonly line: number; readonly message: string };
  /** Line of a JSON pointer into `content`. */
  readonly lineOf?: (pointer: string) => number;
}

/** A catalogue file is wrong; nothing of the set takes effect. */
export class CatalogueError extends Error {
  readonly findings: readonly string[];
  constructor(findings: readonly string[]) {
    super(findings.join("\n"));
    this.name = "CatalogueError";
    this.findings = findings;
  }
}

const USER_IDENTITY_HEX_DIGITS = 8;

/**
 * Builds a catalogue whole: the shipped files, then each set of user files on top (same name replaces).
 * @throws CatalogueError listing every wrong file with its line.
 */
export function buildCatalogue(
  shipped: readonly CatalogueFile[],
  users: readonly (readonly CatalogueFile[])[] = [],
): Catalogue {
  const parts = collect([...shipped, ...users.flat()]);
  const { release, engine, formerModels, ...defaults } = parts.defaults;
  const userTexts = users.flat().map((file) => [file.path, file.text]);
  const identity =
    userTexts.length === 0 ? "" : `+${sha256Hex(canonicalJson(userTexts)).slice(0, USER_IDENTITY_HEX_DIGITS)}`;
  const current: Release = {
    id: release + identity,
    engine,
    models: [...parts.models.values()],
    formerModels: formerModels ?? [],
    runtimes: [...parts.runtimes.values()],
    servers: [...parts.servers.values()],
    migProfiles: [...parts.migProfiles.values()],
    instanceTypes: [...parts.instanceTypes.values()],
    // Users' files come last and are asked first.
    prices: parts.prices.toReversed(),
    ...(parts.mirrors[0] === undefined ? {} : { mirrors: parts.mirrors[0] }),
    defaults,
  };
  const earlier = parts.releases.filter((other) => other.id !== current.id);
  return deepFreeze({ current, releases: [current, ...earlier] });
}

interface Parts {
  readonly models: Map<string, Release["models"][number]>;
  readonly runtimes: Map<string, Release["runtimes"][number]>;
  readonly instanceTypes: Map<string, Release["instanceTypes"][number]>;
  readonly servers: Map<string, Release["servers"][number]>;
  readonly migProfiles: Map<string, Release["migProfiles"][number]>;
  readonly prices: Release["prices"][number][];
  /** At most one: the last file. */
  readonly mirrors: NonNullable<Release["mirrors"]>[];
  readonly releases: Release[];
  readonly defaults: ReturnType<typeof defaultsFile.read>;
}

function collect(files: readonly CatalogueFile[]): Parts {
  const findings: string[] = [];
  const parts = {
    models: new Map(),
    runtimes: new Map(),
    servers: new Map(),
    migProfiles: new Map(),
    instanceTypes: new Map(),
    prices: [],
    mirrors: [],
    releases: [],
  };
  let defaults: unknown = {};
  for (const file of files) {
    if (file.error !== undefined) findings.push(`${file.shown}:${file.error.line}: ${file.error.message}`);
    else if (file.path === "defaults.yaml") defaults = { ...(defaults as object), ...(file.content as object) };
    else findings.push(...place(file, parts as unknown as Parts));
  }
  const wrongDefaults = defaultsFile.check(defaults, "");
  findings.push(...wrongDefaults.map((issue) => `defaults.yaml: ${issue.message}`));
  if (findings.length > 0) throw new CatalogueError(findings);
  return { ...(parts as unknown as Parts), defaults: defaultsFile.read(defaults) };
}

/** Puts one file's entries into `parts`; the answer lists what is wrong with it. */
function place(file: CatalogueFile, parts: Parts): readonly string[] {
  const at = (issues: readonly Issue[]): readonly string[] =>
    issues.map(
      (issue) =>
        `${file.shown}:${file.lineOf?.(`/${issue.path.replaceAll(/[.[]/g, "/").replaceAll("]", "")}`) ?? 1}: ${issue.message}`,
    );
  switch (file.path.split(/[\\/]/)[0]) {
    case "models":
      return take(modelFile, file, at, (model) => parts.models.set(model.name, model));
    case "runtimes":
      return take(runtimesFile, file, at, (all) => {
        for (const runtime of all) parts.runtimes.set(runtime.name, runtime);
      });
    case "instance-types":
      return take(instanceTypesFile, file, at, (all) => {
        for (const type of all) parts.instanceTypes.set(type.name, type);
      });
    case "prices":
      return take(pricesFile, file, at, (prices) => parts.prices.push(prices));
    case "servers":
      return take(serverFile, file, at, (server) => parts.servers.set(server.name, server));
    case "partitions":
      return take(migProfilesFile, file, at, (all) => {
        for (const profile of all) parts.migProfiles.set(profile.profile, profile);
      });
    case "mirrors":
      return take(mirrorsFile, file, at, (mirrors) => parts.mirrors.splice(0, 1, mirrors));
    case "releases":
      return take(releaseFile, file, at, (release) => parts.releases.push(release));
    default:
      return [
        `${file.shown}:1: a catalogue holds models/, runtimes/, servers/, partitions/, instance-types/, prices/, mirrors/, releases/ and defaults.yaml; move or remove this file`,
      ];
  }
}

interface Reader<T> {
  readonly check: (value: unknown, root: string) => readonly Issue[];
  readonly read: (value: unknown) => T;
}

function take<T>(
  reader: Reader<T>,
  file: CatalogueFile,
  at: (issues: readonly Issue[]) => readonly string[],
  put: (value: T) => unknown,
): readonly string[] {
  const issues = reader.check(file.content, "");
  if (issues.length > 0) return at(issues);
  put(reader.read(file.content));
  return [];
}

function deepFreeze<T>(value: T): T {
  if (Array.isArray(value) || isObject(value)) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}
