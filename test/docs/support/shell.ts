/** One command of a shell line: its words as the program gets them. */
export type ShellCommand = readonly string[];

const SPACE = /\s/;
// Words end here, and with them the command.
const ENDS = new Set(["|", "&", ";", "(", ")"]);
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/;

/**
 * The commands of a line in POSIX shell: quotes and backslashes taken away, comments, redirections and variables set for one
 * command left out. What `$(…)` and `<(…)` run is a command of its own; in quotes it stays a part of the word.
 */
export function shellCommands(line: string): readonly ShellCommand[] {
  const commands: string[][] = [[]];
  let word: string | undefined;
  const endWord = (): void => {
    if (word !== undefined) commands.at(-1)?.push(word);
    word = undefined;
  };
  for (let i = 0; i < line.length; i++) {
    const char = line[i] ?? "";
    if (char === "#" && word === undefined) break;
    if (SPACE.test(char)) endWord();
    else if (ENDS.has(char)) {
      endWord();
      commands.push([]);
    } else if (char === "'" || char === '"') {
      const end = closing(line, i);
      word = (word ?? "") + unescaped(line.slice(i + 1, end), char);
      i = end;
    } else if (char === "\\") {
      i++;
      word = (word ?? "") + (line[i] ?? "");
    } else word = (word ?? "") + char;
  }
  endWord();
  return commands.map((words) => withoutRedirections(words.slice(words.findIndex((one) => !ASSIGNMENT.test(one)))));
}

/** Index of the quote that ends what begins at `from`; the line's end where there is none. */
function closing(line: string, from: number): number {
  const quote = line[from];
  for (let i = from + 1; i < line.length; i++) {
    if (line[i] === "\\" && quote === '"') i++;
    else if (line[i] === quote) return i;
  }
  return line.length;
}

function unescaped(text: string, quote: string): string {
  return quote === '"' ? text.replaceAll(/\\([\\"$`])/g, "$1") : text;
}

function withoutRedirections(words: readonly string[]): ShellCommand {
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const redirection = /^\d?[<>]{1,2}(.*)$/.exec(word);
    if (redirection === null || isPlaceholder(word)) kept.push(word);
    else if (redirection[1] === "") i++;
  }
  return kept;
}

/** `<name>`, as messages write it. */
function isPlaceholder(word: string): boolean {
  return /^<[^<>]+>$/.test(word);
}
