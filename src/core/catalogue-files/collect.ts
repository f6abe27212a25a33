import { byCodePoint, canonicalJson, isObject, type JsonObject, sameJson } from "../json.ts";
import { type CatalogueFile, type Finding, finding } from "./file.ts";
import { type Contents, type KindName, kindNames, kindOf, kinds, type Read } from "./kinds.ts";

/** An entry and the file it is from. */
export interface Entry<T> extends Read<T> {
  readonly file: CatalogueFile;
}

export type Entries = { readonly [K in KindName]: readonly Entry<Contents[K]>[] };

/** What a set of files holds. */
export interface Collected {
  readonly entries: Entries;
  readonly defaults: readonly { readonly file: CatalogueFile; readonly content: JsonObject }[];
  readonly findings: readonly Finding[];
  /** Canonical text of every file that could be read, each once, sorted: what the identity is made of. */
  readonly texts: readonly string[];
}

const STRUCTURE = `a catalogue holds ${[...kindNames, "defaults"].map((kind) => (kind === "defaults" ? "defaults.yaml" : `${kind}/`)).join(", ")}`;

/**
 * Reads files that have been parsed. The answer does not depend on their order, their names or where they lie: they are
 * sorted by what they say, and a file given twice counts once.
 */
export function collect(files: readonly CatalogueFile[]): Collected {
  const entries = new Map<KindName, Entry<unknown>[]>(kindNames.map((kind) => [kind, []]));
  const defaults: { file: CatalogueFile; content: JsonObject }[] = [];
  const findings: Finding[] = [];
  const texts: string[] = [];
  for (const { file, kind, text } of sorted(files, findings)) {
    if (texts.includes(text)) continue;
    texts.push(text);
    if (kind === "defaults") {
      if (isObject(file.content)) defaults.push({ file, content: file.content });
      else findings.push(finding(file, "", "is empty: state a default or remove the file"));
      continue;
    }
    const issues = file.checked === true ? [] : kinds[kind].check(file.content);
    findings.push(...issues.map((issue) => finding(file, issue.path, issue.message)));
    const read: readonly Read<unknown>[] = issues.length > 0 ? [] : kinds[kind].entries(file.content);
    entries.get(kind)?.push(...read.map((entry) => ({ ...entry, file })));
  }
  return { entries: Object.fromEntries(entries) as unknown as Entries, defaults, findings, texts };
}

interface Readable {
  readonly file: CatalogueFile;
  readonly kind: KindName | "defaults";
  readonly text: string;
}

function sorted(files: readonly CatalogueFile[], findings: Finding[]): readonly Readable[] {
  const readable = files.flatMap((file): readonly Readable[] => {
    if (file.error !== undefined) {
      findings.push({ file, ...file.error });
      return [];
    }
    const kind = kindOf(file.path, file.content);
    if (kind !== undefined) return [{ file, kind, text: canonicalJson([kind, file.content ?? null]) }];
    findings.push(finding(file, "", `${STRUCTURE}; move or remove this file`));
    return [];
  });
  return readable.sort((a, b) => byCodePoint(a.text, b.text));
}

/** Entries of a user take the place of the shipped ones of that name; new ones follow, by name. */
export function overridden<T>(
  shipped: readonly Entry<T>[],
  users: readonly Entry<T>[],
): { readonly entries: readonly Entry<T>[]; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const byName = new Map(shipped.map((entry) => [entry.name, entry]));
  const stated = new Map<string, Entry<T>>();
  for (const entry of users.toSorted((a, b) => byCodePoint(a.name ?? "", b.name ?? ""))) {
    const name = entry.name ?? "";
    const other = stated.get(name);
    if (other === undefined) {
      stated.set(name, entry);
      byName.set(name, entry);
    } else if (!sameJson(other.value, entry.value)) {
      findings.push(
        finding(entry.file, entry.at, `${name} is also in ${other.file.shown}, and differs: keep one of them`),
      );
    }
  }
  return { entries: [...byName.values()], findings };
}
