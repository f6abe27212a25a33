import { existsSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { mentionsOurs, mentionsSettings } from "../ours.ts";
import { readSource } from "../source.ts";
import { kustomizationIn } from "./kustomization-file.ts";

/** Whether a text may hold what is looked for. */
type Mentions = (text: string) => boolean;

/**
 * Whether a kustomization may make what is looked for: its own text or one of the files and directories it names mentions it.
 * What cannot be read counts, too: its build tells why.
 */
export function reaches(directory: string, mentions: Mentions, visited = new Set<string>()): boolean {
  const here = realpathSync(directory);
  if (visited.has(here)) return false;
  visited.add(here);
  const shown = kustomizationIn(directory);
  if (shown === undefined) return true;
  const { text } = readSource(shown);
  if (mentions(text)) return true;
  const named = namedIn(text);
  return named === undefined || named.some((path) => leads(directory, path, mentions, visited));
}

/** Whether it may make objects of ours. */
export function concernsUs(directory: string): boolean {
  return reaches(directory, (text) => mentionsOurs(text) || mentionsSettings(text));
}

function leads(directory: string, path: string, mentions: Mentions, visited: Set<string>): boolean {
  const where = join(directory, path);
  const info = existsSync(where) ? statSync(where) : undefined;
  // What is not there is remote, or a mistake.
  if (info === undefined) return true;
  return info.isDirectory() ? reaches(where, mentions, visited) : mentions(readSource(where).text);
}

/** Paths of resources; patches and generators add nothing of ours to what is not. undefined: it cannot be told. */
function namedIn(text: string): readonly string[] | undefined {
  const FIELDS = ["resources", "bases", "components"];
  try {
    const file: unknown = parse(text);
    if (typeof file !== "object" || file === null) return undefined;
    const members = file as { readonly [field: string]: unknown };
    if (Object.keys(members).some((key) => ["helmCharts", "generators", "transformers"].includes(key)))
      return undefined;
    return FIELDS.flatMap((field) => members[field] ?? []).map(String);
  } catch {
    return undefined;
  }
}
