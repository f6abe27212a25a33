import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../option.ts";
import { directoryEntries, isHidden } from "./directory-entries.ts";
import { mentionsAppliers } from "./gitops/applier.ts";
import type { Files } from "./kustomize/files.ts";
import { kustomizationIn } from "./kustomize/kustomization-file.ts";
import { mentionsBeside, mentionsOurs } from "./ours.ts";
import type { Source } from "./source.ts";

/** What a directory holds for us. */
export type Entry =
  | { readonly kind: "file"; readonly path: string; readonly source: Source }
  | { readonly kind: "kustomization"; readonly path: string }
  | { readonly kind: "chart"; readonly path: string };

const MOST_FILES = 20_000;

/**
 * Walks a directory in byte order: files of YAML and JSON, directories with a kustomization and charts, neither of which are
 * gone into. Hidden directories and node_modules are left out, links to directories are not followed.
 * Throws UsageError for more files than anyone means.
 */
export function collect(directory: string, files: Files, seen = { files: 0 }): readonly Entry[] {
  const kustomization = kustomizationIn(directory);
  if (kustomization !== undefined)
    return isComponent(files.source(kustomization)) ? [] : [{ kind: "kustomization", path: directory }];
  if (existsSync(join(directory, "Chart.yaml"))) return [{ kind: "chart", path: directory }];
  // Links to directories are not followed, so there are no loops.
  return directoryEntries(directory).flatMap((entry): readonly Entry[] => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return isHidden(entry.name) ? [] : collect(path, files, seen);
    if (!/\.(ya?ml|json)$/.test(entry.name) || statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return [];
    if (++seen.files > MOST_FILES) {
      throw new UsageError(`${directory}: more than ${MOST_FILES} files; name a smaller directory`);
    }
    // What does not concern us is not held.
    const source = files.source(path, concerns);
    return concerns(source.text) ? [{ kind: "file", path, source }] : [];
  });
}

function concerns(text: string): boolean {
  return (
    mentionsOurs(text) ||
    mentionsBeside(text) ||
    mentionsAppliers(text) ||
    /^kind:\s*(?:ConfigMap|Secret|GitRepository)\b/m.test(text)
  );
}

/** A kustomize Component changes other kustomizations and means nothing by itself. */
function isComponent({ text }: Source): boolean {
  return /^kind:\s*Component\s*$/m.test(text);
}
