import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { UsageError } from "../../../option.ts";
import { directoryEntries } from "../directory-entries.ts";
import { isBelow } from "../repository.ts";
import { readSource } from "../source.ts";

// Far above what people write; helm holds all of a chart.
const MOST_FILES = 10_000;

/**
 * The files of a chart, its subcharts' among them, in byte order.
 * helm follows links wherever they lead and shows what is there: those that lead out of the repository are refused.
 * @param repository without one a chart stands by itself
 * @throws UsageError for such a link, for a circle of links, and for more files than anyone means
 */
export function chartFiles(chart: string, repository: string | undefined): readonly string[] {
  const found: string[] = [];
  const within = repository ?? realpathSync(chart);
  const visit = (directory: string, through: readonly string[]): void => {
    const here = [...through, realpathSync(directory)];
    for (const entry of directoryEntries(directory)) {
      if (entry.name === ".git") continue;
      const path = join(directory, entry.name);
      if (entry.isSymbolicLink()) checkLink(path, within, here);
      if (statSync(path).isDirectory()) visit(path, here);
      else if (found.push(path) > MOST_FILES)
        throw new UsageError(`${chart}: more than ${MOST_FILES} files in one chart`);
    }
  };
  visit(chart, []);
  return found;
}

function checkLink(path: string, within: string, here: readonly string[]): void {
  if (!existsSync(path)) throw new UsageError(`${path}: a link that leads nowhere`);
  const target = realpathSync(path);
  if (!isBelow(within, target)) throw new UsageError(`${path}: a link that leads out of ${within}`);
  if (here.some((one) => isBelow(target, one)))
    throw new UsageError(`${path}: a link to a directory that it stands in`);
}

/**
 * Whether what a chart makes may hold what is looked for: one of its files mentions it, or is a packed chart, which cannot be
 * told without helm.
 */
export function chartMentions(files: readonly string[], mentions: (text: string) => boolean): boolean {
  return files.some((path) => path.endsWith(".tgz") || (isText(path) && mentions(readSource(path).text)));
}

function isText(path: string): boolean {
  return /\.(ya?ml|json|tpl|txt|tmpl)$/.test(path) && statSync(path).isFile();
}

/** A library gives templates to other charts and makes nothing by itself. */
export function isLibrary(chart: string): boolean {
  return /^type:\s*["']?library\b/m.test(readSource(join(chart, "Chart.yaml")).text);
}

/** A schema of values that stands elsewhere, which helm would fetch. */
export function remoteSchema(files: readonly string[]): { readonly file: string; readonly url: string } | undefined {
  for (const file of files.filter((path) => basename(path) === "values.schema.json")) {
    const url = /"\$(?:ref|dynamicRef)"\s*:\s*"([a-z]+:\/\/[^"]*)"/.exec(readSource(file).text)?.[1];
    if (url !== undefined) return { file, url };
  }
  return undefined;
}
