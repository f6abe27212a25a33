import { UsageError } from "../../option.ts";

/** What a comment begins with, so that it is found again. */
const MARKER = /^<!-- foresail:([a-z]{1,32}):([\w./-]{1,100}) -->$/;
// Rendered all the same, and between them a word is no name and no command.
const WORD_JOINER = "\u2060";

export interface Body {
  readonly marker: string;
  /** Whole, marker included. */
  readonly text: string;
}

/**
 * A report as it is posted. It may come from a fork: whatever it says, it can be no more than the text of a comment. Nobody is
 * mentioned, no line is a command (GitLab runs lines such as `/merge` with the rights of the token), and the one hidden marker is
 * the first line.
 * @param most characters the forge takes
 * @param key of the marker; undefined: whatever the report has
 * @throws UsageError for a text without the marker, and one that is too long
 */
export function commentBody(report: string, key: string | undefined, most: number): Body {
  const lines = report
    .replace(/\r\n?|[\p{Zl}\p{Zp}]/gu, "\n")
    .trimEnd()
    .split("\n");
  const marker = lines[0] ?? "";
  const given = MARKER.exec(marker);
  if (given === null) {
    throw new UsageError(
      "the report does not begin with a marker such as <!-- foresail:diff:default -->: make it with -o markdown",
    );
  }
  if (key !== undefined && given[2] !== key)
    throw new UsageError(`the report has the key ${given[2]}, and --key is ${key}`);
  const text = [marker, ...lines.slice(1).map(harmless)].join("\n");
  if (text.length <= most) return { marker, text };
  throw new UsageError(
    `the report has ${text.length} characters, and a comment takes ${most}: foresail diff and check keep below`,
  );
}

function harmless(line: string): string {
  return line
    .replace(/[\p{Cc}\p{Cs}]/gu, (character) => (character === "\t" ? character : ""))
    .replaceAll("<!--", "<! --")
    .replace(/(^|[^\w])(@|&(?:#0*64|#x0*40|commat);?)(?=\w)/gi, `$1$2${WORD_JOINER}`)
    .replace(/^([\s>*+-]*)\/(?=\w)/, `$1${WORD_JOINER}/`);
}
