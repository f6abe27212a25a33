import type { Catalogue, InstanceType, MigProfile, Mirrors, Model, PriceTable, Release } from "../catalogue.ts";
import type { Issue } from "../issue.ts";
import { isObject, type JsonObject } from "../json.ts";
import { defaultsSchema } from "./defaults-file.ts";
import type { FileKind } from "./file-kind.ts";
import { instanceTypesFile } from "./instance-types-file.ts";
import { mirrorsFile } from "./mirrors-file.ts";
import { modelFile } from "./model-file.ts";
import { migProfilesFile } from "./partitions-file.ts";
import { pricesFile } from "./prices-file.ts";
import { releaseFile } from "./release-file.ts";
import { runtimesFile } from "./runtimes-file.ts";
import { serverFile } from "./server-file.ts";

/** What the files of each directory hold. */
export interface Contents {
  readonly models: Model;
  readonly runtimes: Release["runtimes"][number];
  readonly servers: Release["servers"][number];
  readonly partitions: MigProfile;
  readonly "instance-types": InstanceType;
  readonly prices: PriceTable;
  readonly mirrors: Mirrors;
  readonly releases: Catalogue["current"];
}

export type KindName = keyof Contents;

/** One entry of a file. */
export interface Read<T> {
  /** A later entry of that name replaces it; absent: nothing is replaced. */
  readonly name?: string;
  readonly value: T;
  /** Field path of the entry in its file. */
  readonly at: string;
}

export interface CatalogueKind<T> {
  readonly schema: JsonObject;
  /** Members by which such a file is known whatever its name is. */
  readonly marks: readonly string[];
  readonly check: (content: unknown) => readonly Issue[];
  readonly entries: (content: unknown) => readonly Read<T>[];
}

function one<T>(file: FileKind<T>, marks: readonly string[], name: (value: T) => string | undefined): CatalogueKind<T> {
  return {
    schema: file.schema,
    marks,
    check: (content) => file.check(content, ""),
    entries: (content) => {
      const value = file.read(content);
      const known = name(value);
      return [{ value, at: "", ...(known === undefined ? {} : { name: known }) }];
    },
  };
}

/** A file whose member `list` holds the entries. */
function many<T>(file: FileKind<readonly T[]>, list: string, name: (value: T) => string): CatalogueKind<T> {
  return {
    schema: file.schema,
    marks: [list],
    check: (content) => file.check(content, ""),
    entries: (content) => file.read(content).map((value, i) => ({ name: name(value), value, at: `${list}[${i}]` })),
  };
}

/** Every kind but the defaults, by the name of its directory. */
export const kinds: { readonly [K in KindName]: CatalogueKind<Contents[K]> } = {
  models: one(modelFile, ["cache", "weightsGiB"], ({ name }) => name),
  runtimes: many(runtimesFile, "runtimes", ({ name }) => name),
  servers: one(serverFile, ["toolCallParsers"], ({ name }) => name),
  partitions: many(migProfilesFile, "migProfiles", ({ profile }) => profile),
  "instance-types": many(instanceTypesFile, "instanceTypes", ({ name }) => name),
  prices: one(pricesFile, ["regions"], () => undefined),
  mirrors: one(mirrorsFile, ["huggingFaceEndpoint", "pullSecrets", "caBundle"], () => undefined),
  releases: one(releaseFile, ["models"], ({ id }) => id),
};

export const kindNames = Object.keys(kinds) as readonly KindName[];

/** JSON Schema of every kind of file, the defaults among them, by directory or file name. */
export const fileSchemas: { readonly [kind: string]: JsonObject } = {
  ...Object.fromEntries(kindNames.filter((name) => name !== "releases").map((name) => [name, kinds[name].schema])),
  defaults: defaultsSchema,
};

/**
 * What a file holds: told by the directory (`models/acme.yaml`), else by the first part of its name (`models.acme.yaml`, as
 * in a ConfigMap, whose keys have no directories), else by what is in it. `defaults` is `defaults.yaml`.
 */
export function kindOf(path: string, content: unknown): KindName | "defaults" | undefined {
  const parts = path.split("/");
  const name = parts.at(-1) ?? "";
  if (/^defaults\.(ya?ml|json)$/.test(name)) return "defaults";
  const told = [...parts.slice(0, -1), name.split(".")[0]];
  const named = told.flatMap((word) => kindNames.filter((kind) => kind === word))[0];
  if (named !== undefined || parts.length > 1 || !isObject(content)) return named;
  return kindNames.find((kind) => kinds[kind].marks.some((mark) => Object.hasOwn(content, mark)));
}
