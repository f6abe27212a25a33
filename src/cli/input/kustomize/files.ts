import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { UsageError } from "../../../option.ts";
import { type ParsedDocument, parseDocuments } from "../document.ts";
import { isWithin } from "../repository.ts";
import { readSource, type Source } from "../source.ts";

const MOST_FILES = 20_000;

/** The files of a run, each read and parsed once. */
export class Files {
  readonly #sources = new Map<string, Source>();
  readonly #parsed = new Map<string, readonly ParsedDocument[]>();
  readonly #within = new Set<string>();

  /**
   * Reads a file. Throws UsageError for one that cannot be read.
   * @param isKept whether such a text is held: what concerns nobody is not
   */
  source(shown: string, isKept: (text: string) => boolean = () => true): Source {
    const known = this.#sources.get(shown);
    if (known !== undefined) return known;
    const source = readSource(shown);
    if (!isKept(source.text)) return source;
    if (this.#sources.size >= MOST_FILES) throw new UsageError(`${shown}: more than ${MOST_FILES} files`);
    this.#sources.set(shown, source);
    return source;
  }

  /** Reads a file that lies in or below a directory; links count as where they lead. Throws UsageError otherwise. */
  read(directory: string, path: string): Source {
    const shown = isAbsolute(path) ? path : join(directory, path);
    const key = `${directory}\n${shown}`;
    if (!this.#within.has(key)) {
      if (!existsSync(shown)) throw new UsageError(`${shown}: no such file or directory`);
      if (!isWithin(directory, shown)) {
        throw new UsageError(
          `${shown} is not in or below ${directory}: kustomize reads files of its own directory only`,
        );
      }
      this.#within.add(key);
    }
    return this.source(shown);
  }

  /** The documents of a text, errors of their syntax left in them. */
  parsed(source: Source): readonly ParsedDocument[] {
    const known = this.#parsed.get(source.shown);
    if (known !== undefined) return known;
    const parsed = parseDocuments(source);
    this.#parsed.set(source.shown, parsed);
    return parsed;
  }

  /** The documents of a file that lies in or below a directory. */
  documents(directory: string, path: string): readonly ParsedDocument[] {
    return this.parsed(this.read(directory, path));
  }
}
