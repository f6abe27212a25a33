import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { isObject } from "../../core/json.ts";
import type { Files } from "./kustomize/files.ts";
import { KUSTOMIZATION_FILES } from "./kustomize/kustomization-file.ts";
import { directoriesUp } from "./repository.ts";

// A kustomization is a page; what is larger is not one, and is not searched for patches.
const LARGEST_KUSTOMIZATION_BYTES = 1024 * 1024;

/**
 * What a file is a piece of, where it is no manifest by itself: a template of a chart, or a patch that a kustomization above it
 * names (kustomize takes none from outside of its directory). Undefined for all others.
 * A hook names changed files one by one, pieces among them, and only the whole can be judged.
 */
export function wholeOf(path: string, files: Files): string | undefined {
  const file = resolve(path);
  for (const directory of directoriesUp(dirname(file))) {
    if (basename(directory) === "templates") {
      const chart = join(dirname(directory), "Chart.yaml");
      if (existsSync(chart)) return relative(process.cwd(), chart);
    }
    const kustomization = KUSTOMIZATION_FILES.map((name) => join(directory, name)).find((one) =>
      patches(one, file, files),
    );
    if (kustomization !== undefined) return relative(process.cwd(), kustomization);
  }
  return undefined;
}

function patches(kustomization: string, file: string, files: Files): boolean {
  const info = statSync(kustomization, { throwIfNoEntry: false });
  if (info?.isFile() !== true || info.size > LARGEST_KUSTOMIZATION_BYTES) return false;
  const named = patchFiles(readYaml(kustomization, files));
  return named.some((path) => resolve(dirname(kustomization), path) === file);
}

/** Undefined for what is not YAML yet: its fault is told where the kustomization is built. */
function readYaml(path: string, files: Files): unknown {
  try {
    return files.parsed(files.source(path))[0]?.document.toJS();
  } catch {
    return undefined;
  }
}

function patchFiles(kustomization: unknown): readonly string[] {
  if (!isObject(kustomization)) return [];
  return ["patches", "patchesJson6902", "patchesStrategicMerge"].flatMap((field) => {
    const entries = kustomization[field];
    if (!Array.isArray(entries)) return [];
    return entries
      .map((entry) => (isObject(entry) ? entry["path"] : entry))
      .filter((entry): entry is string => typeof entry === "string" && !entry.includes("\n"));
  });
}
