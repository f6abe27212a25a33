/** One catalogue file as read: its parsed content, or why it cannot be read. */
export interface CatalogueFile {
  /** Path below the catalogue directory with `/`, or the key of a ConfigMap: it says what the file holds. */
  readonly path: string;
  /** Name to show to people. */
  readonly shown: string;
  readonly content?: unknown;
  /** The content was found to be what the schema of its kind says when the package was made. */
  readonly checked?: boolean;
  readonly error?: { readonly line: number; readonly message: string };
  /** Line of a field path in `content`, or of its nearest parent. */
  readonly lineOf?: (field: string) => number;
}

/** One thing that is wrong in a file. */
export interface Finding {
  readonly file: CatalogueFile;
  readonly line: number;
  readonly message: string;
}

/**
 * A fault at a field path. Its line, and a message given as a function, are made when it is told: a walk through the file and
 * a search for the nearest name, for each of 20,000 faults, would take minutes.
 */
export function finding(file: CatalogueFile, field: string, message: string | (() => string)): Finding {
  return {
    file,
    get line() {
      return file.lineOf?.(field) ?? 1;
    },
    get message() {
      return typeof message === "string" ? message : message();
    },
  };
}

/** `prices/own.yaml:12: …` */
export function findingText({ file, line, message }: Finding): string {
  return `${file.shown}:${line}: ${message}`;
}

// Nobody reads more; what is mended first often mends the rest.
const MOST_TOLD = 100;

/** The first findings as texts, and how many more there are. */
export function findingTexts(findings: readonly Finding[]): readonly string[] {
  const more = findings.length - MOST_TOLD;
  const texts = findings.slice(0, MOST_TOLD).map(findingText);
  return more > 0 ? [...texts, `and ${more} more of these or other kinds: look after those listed first`] : texts;
}

/** A catalogue file is wrong; nothing of the set takes effect. */
export class CatalogueError extends Error {
  /** The faults with file and line, at most 101 texts. */
  readonly findings: readonly string[];
  /** Shown names of the files at fault, each once. */
  readonly files: readonly string[];
  constructor(findings: readonly Finding[]) {
    const texts = findingTexts(findings);
    super(texts.join("\n"));
    this.name = "CatalogueError";
    this.findings = texts;
    this.files = [...new Set(findings.map(({ file }) => file.shown))];
  }
}
