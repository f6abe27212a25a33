import { realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { isObject } from "../../../core/json.ts";
import { mentionsAppliers } from "../gitops/applier.ts";
import { mentionsOurs, mentionsSettings } from "../ours.ts";
import type { Files } from "./files.ts";
import { kustomizationIn } from "./kustomization-file.ts";

/** What a kustomization may make, told without a build. */
export interface Reach {
  /** Whether objects of ours, or their settings, may be among it. */
  readonly ours: boolean;
  /** The same by what could be read, whatever else there may be. */
  readonly certainlyOurs: boolean;
  /** Whether objects of Flux or Argo CD may be. */
  readonly appliers: boolean;
  /** Whether objects may be that those refer to: values, sources. */
  readonly referred: boolean;
  /** Paths, links followed, of the directories it uses as resources, bases or components, and of those that these use. */
  readonly directories: ReadonlySet<string>;
}

/** What one kustomization states by itself. */
interface Own extends Omit<Reach, "directories"> {
  readonly directories: readonly string[];
}

// What cannot be read may be anything: its build tells why.
const UNKNOWN: Own = { ours: true, certainlyOurs: false, appliers: true, referred: true, directories: [] };

/** The reach of kustomizations, each of which is looked at once. */
export class Reaches {
  readonly #own = new Map<string, Own>();
  readonly #files: Files;

  constructor(files: Files) {
    this.#files = files;
  }

  of(directory: string): Reach {
    const found = new Map<string, Own>();
    this.#walk(directory, found);
    const all = [...found.values()];
    const [, ...directories] = found.keys();
    return {
      ours: all.some(({ ours }) => ours),
      certainlyOurs: all.some(({ certainlyOurs }) => certainlyOurs),
      appliers: all.some(({ appliers }) => appliers),
      referred: all.some(({ referred }) => referred),
      directories: new Set(directories),
    };
  }

  #walk(directory: string, found: Map<string, Own>): void {
    const here = realpathSync(directory);
    if (found.has(here)) return;
    const own = this.#own.get(here) ?? this.#look(directory);
    this.#own.set(here, own);
    found.set(here, own);
    for (const used of own.directories) this.#walk(used, found);
  }

  #look(directory: string): Own {
    const shown = kustomizationIn(directory);
    if (shown === undefined) return UNKNOWN;
    const source = this.#files.source(shown);
    const named = this.#namedIn(shown);
    if (named === undefined) return UNKNOWN;
    const places = named.paths.map((path) => join(directory, path));
    const kinds = places.map((place) => statSync(place, { throwIfNoEntry: false }));
    const texts = [
      source.text,
      ...places.filter((_, i) => kinds[i]?.isFile() === true).map((file) => this.#textOf(file)),
    ];
    // What is not there is remote, or a mistake.
    const isUnknown = named.isMore || kinds.includes(undefined);
    return {
      ours: isUnknown || texts.some(concernsUs),
      certainlyOurs: texts.some(concernsUs),
      appliers: isUnknown || texts.some(mentionsAppliers),
      referred: isUnknown || texts.some(mentionsReferred),
      directories: places.filter((_, i) => kinds[i]?.isDirectory() === true),
    };
  }

  #textOf(file: string): string {
    return this.#files.source(file, (text) => concernsUs(text) || mentionsAppliers(text)).text;
  }

  /** Paths of resources; patches and generators add nothing of ours to what is not. undefined: it cannot be told. */
  #namedIn(shown: string): { readonly paths: readonly string[]; readonly isMore: boolean } | undefined {
    try {
      const file: unknown = this.#files.parsed(this.#files.source(shown))[0]?.document.toJS();
      if (!isObject(file)) return undefined;
      const isMore = Object.keys(file).some((key) => ["helmCharts", "generators", "transformers"].includes(key));
      return { paths: ["resources", "bases", "components"].flatMap((field) => file[field] ?? []).map(String), isMore };
    } catch {
      return undefined;
    }
  }
}

function concernsUs(text: string): boolean {
  return mentionsOurs(text) || mentionsSettings(text);
}

/** ConfigMaps and Secrets of values, generated ones too, and sources of Flux. */
function mentionsReferred(text: string): boolean {
  return /^\s*kind:\s*(?:ConfigMap|Secret|GitRepository)\b|^\s*(?:configMap|secret)Generator:/m.test(text);
}
