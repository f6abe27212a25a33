import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type CollectedProblem, collectPolicies } from "../core/policy/collect.ts";
import type { Policies } from "../core/policy/policy.ts";
import { UsageError } from "../option.ts";
import { packageRoot } from "../package-root.ts";
import type { Manifest } from "./input/manifest.ts";
import { readAllObjects } from "./input/read.ts";

/** What `--policy` takes for the policies that ship. */
const SHIPPED = "shipped";
const MOST_FILES = 2_000;

/**
 * The policies that decide about Workspaces: those of `--policy` (a file, a directory with all its files as they are, `-`, or
 * `shipped`) and those among the checked objects. Every other object may be a parameter; of two with one name the last counts.
 * Throws UsageError with file and line for a policy that the API server would not store.
 */
export function loadPolicies(paths: readonly string[], among: readonly Manifest[]): Policies {
  const files = paths.flatMap((path) => filesOf(path === SHIPPED ? join(packageRoot(), "policies") : path));
  if (files.length > MOST_FILES) throw new UsageError(`--policy names more than ${MOST_FILES} files`);
  const manifests = [...readAllObjects(files), ...among];
  const collected = collectPolicies(manifests.map(({ object }) => object));
  if (!("length" in collected)) return collected;
  throw new UsageError(collected.map((problem) => told(problem, manifests)).join("\n"));
}

/** In byte order; hidden files, links and the cases beside the shipped policies are left out. */
function filesOf(path: string): readonly string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  const entries = readdirSync(path, { withFileTypes: true }).filter(({ name }) => !name.startsWith("."));
  const sorted = entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  return sorted.flatMap((entry) => {
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesOf(join(path, entry.name));
    const holds = entry.isFile() && /\.(ya?ml|json)$/.test(entry.name) && !entry.name.endsWith(".cases.yaml");
    return holds ? [join(path, entry.name)] : [];
  });
}

function told({ at, path, message }: CollectedProblem, manifests: readonly Manifest[]): string {
  const place = manifests[at]?.placeOf(path);
  return `${place?.file}:${place?.line}: ${path}: ${message}`;
}
