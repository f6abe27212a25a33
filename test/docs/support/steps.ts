import type { CodeBlock, PageLine } from "./markdown.ts";
import { joined, type Page, type SavedFile, savedFile } from "./pages.ts";
import { shellCommands } from "./shell.ts";

/** What a page has its reader do next. */
export type Step = Save | Command;

export interface Save extends SavedFile {
  readonly kind: "save";
  readonly where: string;
}

export interface Command {
  readonly kind: "command";
  readonly where: string;
  /** As it stands on the page, placeholders and comment included. */
  readonly line: string;
  /** The words of the line, without its comment: how the tables name it. */
  readonly name: string;
  /** What the page shows that it prints; empty where it shows nothing. */
  readonly shown: readonly string[];
}

const SHELLS = new Set(["sh", "shell", "bash", "console"]);

/**
 * Files to save and commands to type, in the order of the page. Every line of an indented block, or of one that is fenced as
 * shell, is a command, whatever it begins with; but where the first line begins with `$ ` all commands do, and the rest is output.
 */
export function stepsOf({ path, blocks }: Page): readonly Step[] {
  return blocks.flatMap((block): readonly Step[] => {
    const saved = savedFile(block);
    if (saved !== undefined) return [{ kind: "save", where: `${path}:${block.lines[0]?.line}`, ...saved }];
    return block.fenced && !SHELLS.has(block.language) ? [] : commandsOf(path, block);
  });
}

function commandsOf(path: string, { lines }: CodeBlock): readonly Command[] {
  const isTranscript = lines[0]?.text.startsWith("$ ") === true;
  if (!isTranscript) return joined(lines).flatMap((line) => (line.text === "" ? [] : [command(path, line, [])]));
  return lines.flatMap(({ line, text }, i) => {
    if (!text.startsWith("$ ")) return [];
    const rest = lines.slice(i + 1).map((one) => one.text);
    const next = rest.findIndex((one) => one.startsWith("$ "));
    return [command(path, { line, text: text.slice(2) }, next < 0 ? rest : rest.slice(0, next))];
  });
}

function command(path: string, { line, text }: PageLine, shown: readonly string[]): Command {
  const name = shellCommands(text).flat().join(" ");
  return { kind: "command", where: `${path}:${line}`, line: text, name, shown };
}
