import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../src/package-root.ts";
import { type CodeBlock, type MarkdownPage, type PageLine, parsePage } from "./markdown.ts";
import { type ShellCommand, shellCommands } from "./shell.ts";

const root = packageRoot();
/** Where pages lie; below `test` are goldens, which quote what users wrote. */
const FOLDERS = ["docs", "manifests", "policies", "examples", "chart", "presets", "test/tools", "test/support"];

export interface Page extends MarkdownPage {
  /** From the root of the repository. */
  readonly path: string;
}

export const pages: readonly Page[] = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`),
  ).filter((path) => path.endsWith(".md") && !path.includes("node_modules")),
]
  .sort()
  .map((path) => ({ path, ...parsePage(readFileSync(join(root, path), "utf8")) }));

/** A file a page has one save. */
export interface SavedFile {
  readonly name: string;
  readonly text: string;
}

/** The file that a block is: YAML that begins with a comment with its name. */
export function savedFile({ language, lines }: CodeBlock): SavedFile | undefined {
  const [, name] = /^# ([\w./-]+\.yaml)$/.exec(lines[0]?.text ?? "") ?? [];
  if (language !== "yaml" || name === undefined) return undefined;
  return { name, text: `${lines.map(({ text }) => text).join("\n")}\n` };
}

/** A command that a page gives, and where. */
export interface GivenCommand {
  readonly where: string;
  readonly words: ShellCommand;
}

/** Programs whose lines are commands for sure; every other line of a block may be output. */
const PROGRAMS =
  /^(?:[A-Z_]+=\S+ )*(foresail|npx|node|make|kubectl|az|aws|helm|git|skopeo|eksctl|source|kustomize|cat|tail|mkdir)\b/;

export const givenCommands: readonly GivenCommand[] = pages.flatMap(({ path, blocks, spans }) => [
  ...blocks.flatMap(({ lines }) => joined(lines)).flatMap((line) => commandsOf(path, line)),
  ...spans
    .filter(({ text }) => /^(?:npx )?foresail |^(?:[A-Z_]+=\S+ )*make /.test(text))
    .flatMap((line) => commandsOf(path, line)),
]);

/** Lines that end with a backslash go on in the next. */
export function joined(block: readonly PageLine[]): readonly PageLine[] {
  const lines: PageLine[] = [];
  for (const { line, text: written } of block) {
    const text = written.trim();
    const last = lines.at(-1);
    if (last?.text.endsWith("\\") === true) {
      lines[lines.length - 1] = { line: last.line, text: `${last.text.slice(0, -1)} ${text}` };
    } else lines.push({ line, text });
  }
  return lines;
}

function commandsOf(path: string, { line, text }: PageLine): readonly GivenCommand[] {
  const typed = text.replace(/^\$ /, "");
  if (!PROGRAMS.test(typed)) return [];
  return shellCommands(typed).map((words) => ({ where: `${path}:${line}`, words }));
}
