/** One catalogue file as read: its parsed content, or why it cannot be read. */
export interface CatalogueFile {
  /** Path below the catalogue directory with `/`, or the key of a ConfigMap: it says what the file holds. */
  readonly path: string;
  /** Name to show to people. */
  readonly shown: string;
  readonly content?: unknown;
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

export function finding(file: CatalogueFile, field: string, message: string): Finding {
  return { file, line: file.lineOf?.(field) ?? 1, message };
}

/** `prices/own.yaml:12: …` */
export function findingText({ file, line, message }: Finding): string {
  return `${file.shown}:${line}: ${message}`;
}

/** A catalogue file is wrong; nothing of the set takes effect. */
export class CatalogueError extends Error {
  /** Every fault, with file and line. */
  readonly findings: readonly string[];
  /** Shown names of the files at fault, each once. */
  readonly files: readonly string[];
  constructor(findings: readonly Finding[]) {
    const texts = findings.map(findingText);
    super(texts.join("\n"));
    this.name = "CatalogueError";
    this.findings = texts;
    this.files = [...new Set(findings.map(({ file }) => file.shown))];
  }
}
