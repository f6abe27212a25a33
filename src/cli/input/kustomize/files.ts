import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { UsageError } from "../../../option.ts";
import { type ParsedDocument, parseDocuments } from "../document.ts";
import { isWithin } from "../repository.ts";
import { readSource, type Source } from "../source.ts";

const MOST_FILES = 20_000;

/** The files of a build, each read and parsed once. */
export class Files {
  readonly #sources = new Map<string, Source>();
  readonly #parsed = new Map<string, readonly ParsedDocument[]>();

  /** Reads a file that lies in or below a directory; links count as where they lead. Throws UsageError otherwise. */
  read(directory: string, path: string): Source {
    const shown = isAbsolute(path) ? path : join(directory, path);
    const known = this.#sources.get(shown);
    if (known !== undefined) return known;
    if (!existsSync(shown)) throw new UsageError(`${shown}: no such file or directory`);
    if (!isWithin(directory, shown)) {
      throw new UsageError(`${shown} is not in or below ${directory}: kustomize reads files of its own directory only`);
    }
    if (this.#sources.size >= MOST_FILES) throw new UsageError(`${directory}: more than ${MOST_FILES} files`);
    const source = readSource(shown);
    this.#sources.set(shown, source);
    return source;
  }

  documents(directory: string, path: string): readonly ParsedDocument[] {
    const source = this.read(directory, path);
    const known = this.#parsed.get(source.shown);
    if (known !== undefined) return known;
    const parsed = parseDocuments(source);
    this.#parsed.set(source.shown, parsed);
    return parsed;
  }

  /** Every file read so far. */
  get shown(): readonly string[] {
    return [...this.#sources.keys()];
  }
}
