import type { InstanceType, PriceTable, Release, RuntimeImage } from "../catalogue.ts";
import { nearest } from "../nearest.ts";
import type { Entries, Entry } from "./collect.ts";
import { type CatalogueFile, type Finding, finding } from "./file.ts";
import { modelFindings, tunedFindings } from "./model-references.ts";

/** What is wrong between the entries of a catalogue, each of them well-formed. */
export interface References {
  readonly findings: readonly Finding[];
  /** Worth knowing, and no reason to refuse anything. */
  readonly notes: readonly Finding[];
}

/**
 * Checks what entries of users' files name: models, sizes, servers, GPUs, flags. The shipped entries are tested with the
 * version they ship with.
 */
export function references(release: Release, entries: Entries, users: ReadonlySet<CatalogueFile>): References {
  const own = <T>(all: readonly Entry<T>[]): readonly Entry<T>[] => all.filter(({ file }) => users.has(file));
  const prices = own(entries.prices).map((entry) => priceReferences(release, entry));
  return {
    findings: [
      ...collisions(entries.models, users, ({ name, model, aliases }) => [name, model, ...aliases]),
      ...collisions(entries["instance-types"], users, ({ name, aliases }) => [name, ...aliases]),
      ...own(entries.models).flatMap((entry) => modelFindings(release, entry)),
      ...own(entries.runtimes).flatMap((entry) => runtimeFindings(release, entry)),
      ...prices.flatMap(({ findings }) => findings),
    ],
    notes: prices.flatMap(({ notes }) => notes),
  };
}

/** Two entries that answer to one name: which of them is meant would depend on their order. */
function collisions<T extends { readonly name: string }>(
  entries: readonly Entry<T>[],
  users: ReadonlySet<CatalogueFile>,
  namesOf: (value: T) => readonly string[],
): readonly Finding[] {
  const known = new Map<string, Entry<T>>();
  const findings: Finding[] = [];
  for (const entry of entries) {
    for (const name of new Set(namesOf(entry.value).map((one) => one.toLowerCase()))) {
      const other = known.get(name);
      if (other === undefined) known.set(name, entry);
      else findings.push(...collision(name, [other, entry], users));
    }
  }
  return findings;
}

function collision<T extends { readonly name: string }>(
  name: string,
  pair: readonly [Entry<T>, Entry<T>],
  users: ReadonlySet<CatalogueFile>,
): readonly Finding[] {
  const [first, second] = pair;
  const [own, other] = users.has(second.file) ? [second, first] : [first, second];
  if (!users.has(own.file)) return [];
  const text = `${own.value.name} answers to ${name}, and so does ${other.value.name} of ${other.file.shown}: to replace that one, take its name; else take the other name away`;
  return [finding(own.file, join(own.at, "name"), text)];
}

function runtimeFindings(release: Release, { file, at, value }: Entry<RuntimeImage>): readonly Finding[] {
  const servers = release.servers.map(({ name }) => name);
  const models = release.models.map(({ name }) => name);
  const unknown = (field: string, given: string, known: readonly string[], what: string): Finding =>
    finding(file, join(at, field), () => `${given} is no ${what} of the catalogue${hint(given, known)}`);
  const wrongServer = value.server !== undefined && !servers.includes(value.server);
  return [
    ...(wrongServer ? [unknown("server", value.server ?? "", servers, "server version")] : []),
    ...(value.presets ?? []).flatMap((preset, i) =>
      models.includes(preset) ? [] : [unknown(`presets[${i}]`, preset, models, "model")],
    ),
    ...tunedFindings(release, { file, at, value }, [value]),
  ];
}

function priceReferences(release: Release, { file, value }: Entry<PriceTable>): References {
  const findings: Finding[] = [];
  const notes: Finding[] = [];
  const sizes = knownSizes(release);
  for (const member of ["regions", "spotRegions"] as const) {
    for (const [region, prices] of Object.entries(value[member])) {
      for (const size of Object.keys(prices)) {
        const at = `${member}.${region}.${size}`;
        const problem = sizeProblem(sizes, value, size);
        if (problem !== undefined) (problem.soft ? notes : findings).push(finding(file, at, problem.text));
      }
    }
  }
  return { findings, notes };
}

interface KnownSizes {
  readonly byName: ReadonlyMap<string, InstanceType>;
  /** By every name and alias, in lower case. */
  readonly byAnyName: ReadonlyMap<string, InstanceType>;
}

/** A price list of a cloud has tens of thousands of rows: each is looked up, none searched for. */
function knownSizes({ instanceTypes }: Release): KnownSizes {
  const byAnyName = new Map<string, InstanceType>();
  for (const type of instanceTypes) {
    for (const name of [type.name, ...type.aliases].map((one) => one.toLowerCase())) {
      if (!byAnyName.has(name)) byAnyName.set(name, type);
    }
  }
  return { byName: new Map(instanceTypes.map((type) => [type.name, type])), byAnyName };
}

function sizeProblem(
  { byName, byAnyName }: KnownSizes,
  table: PriceTable,
  size: string,
): { readonly soft: boolean; readonly text: string | (() => string) } | undefined {
  const exact = byName.get(size);
  if (exact?.cloud === table.cloud) return undefined;
  if (exact !== undefined) {
    return { soft: false, text: `${size} is a size of ${exact.cloud}, and this table is of ${table.cloud}` };
  }
  const meant = byAnyName.get(size.toLowerCase());
  if (meant !== undefined)
    return { soft: false, text: `${size} is written ${meant.name} in the catalogue: write that` };
  const text = (): string =>
    `no size ${size} is in the catalogue, so this price is never used${hint(size, [...byName.keys()])}`;
  return { soft: true, text };
}

function hint(given: string, known: readonly string[]): string {
  const near = nearest(given, known);
  return near.length > 0 ? `; nearest are ${near.join(", ")}` : "";
}

function join(at: string, field: string): string {
  return at === "" ? field : `${at}.${field}`;
}
