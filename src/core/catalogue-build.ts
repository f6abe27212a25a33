import type { Catalogue, Release } from "./catalogue.ts";
import { type Collected, collect, type Entry, overridden } from "./catalogue-files/collect.ts";
import { CatalogueError, type CatalogueFile, type Finding, finding, findingTexts } from "./catalogue-files/file.ts";
import { type Contents, type KindName, kindNames } from "./catalogue-files/kinds.ts";
import { references } from "./catalogue-files/references.ts";
import { settledDefaults, settledMirrors, settledPrices } from "./catalogue-files/settings.ts";
import { canonicalJson, isObject, sha256Hex } from "./json.ts";
import { mirrorNotes } from "./mirrors.ts";

export { CatalogueError, type CatalogueFile };

const USER_IDENTITY_HEX_DIGITS = 8;

/**
 * Builds a catalogue whole: the shipped files and, over them, those of users. The same content gives the same catalogue and
 * identity, whatever the files are called, wherever they lie, in whatever order they come; how it is divided into files counts.
 * @throws CatalogueError listing every fault of every file with its line.
 */
export function buildCatalogue(shipped: readonly CatalogueFile[], users: readonly CatalogueFile[] = []): Catalogue {
  const base = collect(shipped);
  const plain = releaseOf(base, collect([]));
  if (users.length === 0) return catalogueOf(plain.release, plain.others, []);
  const own = collect(users);
  const { release, others, notes } = releaseOf(base, own);
  return catalogueOf(release, [plain.release, ...others], notes);
}

/** Earlier releases stay beside the current one, and so does the shipped one beside that with users' files: pins name them. */
function catalogueOf(current: Release, others: readonly Release[], notes: readonly string[]): Catalogue {
  const earlier = others.filter(({ id }) => id !== current.id);
  return deepFreeze({ current, releases: [current, ...earlier], ...(notes.length === 0 ? {} : { notes }) });
}

interface Built {
  readonly release: Release;
  readonly others: readonly Release[];
  readonly notes: readonly string[];
}

function releaseOf(shipped: Collected, users: Collected): Built {
  const merged = kindNames.map((kind) => ({ kind, ...mergedKind(shipped, users, kind) }));
  const { defaults: settled, findings: wrongDefaults } = settledDefaults(shipped.defaults, users.defaults);
  const { mirrors, findings: wrongMirrors } = settledMirrors([...shipped.entries.mirrors, ...users.entries.mirrors]);
  const entries = Object.fromEntries(merged.map(({ kind, entries: all }) => [kind, all])) as unknown as Merged;
  const findings = [
    ...shipped.findings,
    ...users.findings,
    ...merged.flatMap((one) => one.findings),
    ...wrongDefaults,
    ...wrongMirrors,
  ];
  if (findings.length > 0 || settled === undefined) throw new CatalogueError(findings);
  const { release: id, engine, formerModels, ...defaults } = settled;
  const values = <K extends KindName>(kind: K): readonly Contents[K][] => entries[kind].map(({ value }) => value);
  const release: Release = {
    id: id + identityOf(users.texts),
    engine,
    models: values("models"),
    formerModels: formerModels ?? [],
    runtimes: values("runtimes"),
    servers: values("servers"),
    migProfiles: values("partitions"),
    instanceTypes: values("instance-types"),
    prices: settledPrices(shipped.entries.prices, users.entries.prices),
    ...(mirrors === undefined ? {} : { mirrors }),
    defaults,
  };
  const files = new Set(
    Object.values(users.entries).flatMap((all: readonly Entry<unknown>[]) => all.map((e) => e.file)),
  );
  const checked = references(release, entries, files);
  if (checked.findings.length > 0) throw new CatalogueError(checked.findings);
  return { release, others: values("releases"), notes: [...findingTexts(checked.notes), ...mirrorNotes(release)] };
}

type Merged = { readonly [K in KindName]: readonly Entry<Contents[K]>[] };

function mergedKind(shipped: Collected, users: Collected, kind: KindName) {
  const [below, above]: readonly (readonly Entry<unknown>[])[] = [shipped.entries[kind], users.entries[kind]];
  // Prices and mirrors have no names: all of them count, see settings.ts.
  if (kind === "prices" || kind === "mirrors") return { entries: [...(below ?? []), ...(above ?? [])], findings: [] };
  const result = overridden(below ?? [], above ?? []);
  return kind === "releases" ? { ...result, findings: [...result.findings, ...republished(below, above)] } : result;
}

/** What git pins must stay what it was. */
function republished(below: readonly Entry<unknown>[] = [], above: readonly Entry<unknown>[] = []): readonly Finding[] {
  const published = new Set(below.map(({ name }) => name));
  return above
    .filter(({ name }) => published.has(name))
    .map(({ file, name }) =>
      finding(file, "id", `${name} is published, and a release never changes: remove this file`),
    );
}

/** `+` and 8 hex digits of what the users' files say; nothing without such files. */
function identityOf(texts: readonly string[]): string {
  return texts.length === 0 ? "" : `+${sha256Hex(canonicalJson(texts)).slice(0, USER_IDENTITY_HEX_DIGITS)}`;
}

function deepFreeze<T>(value: T): T {
  if ((Array.isArray(value) || isObject(value)) && !Object.isFrozen(value)) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}
