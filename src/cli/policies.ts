import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type CollectedProblem, collectPolicies } from "../core/policy/collect.ts";
import type { Policies } from "../core/policy/policy.ts";
import { UsageError } from "../option.ts";
import { shippedPaths, shippedText } from "../shipped-files.ts";
import type { Manifest } from "./input/manifest.ts";
import { allObjectsOf, readAllObjects } from "./input/read.ts";

/** What `--policy` takes for the policies that ship. */
const SHIPPED = "shipped";
const MOST_FILES = 2_000;

/** The objects of `--policy`: a file, a directory with all its files as they are, `-`, or `shipped`. */
export function policyObjects(paths: readonly string[]): readonly Manifest[] {
  const files = paths.flatMap((path) => (path === SHIPPED ? [SHIPPED] : filesOf(path)));
  if (files.length > MOST_FILES) throw new UsageError(`--policy names more than ${MOST_FILES} files`);
  return files.flatMap((file) => (file === SHIPPED ? shippedPolicies() : readAllObjects([file])));
}

/**
 * The policies and bindings among objects; every other object may be a parameter, and of two with one name the last counts.
 * Throws UsageError with file and line for a policy that the API server would not store.
 */
export function policiesAmong(manifests: readonly Manifest[]): Policies {
  const collected = collectPolicies(manifests.map(({ object }) => object));
  if (!("length" in collected)) return collected;
  throw new UsageError(collected.map((problem) => told(problem, manifests)).join("\n"));
}

function shippedPolicies(): readonly Manifest[] {
  const paths = shippedPaths("policies").filter(isPolicyFile);
  return paths.flatMap((path) => allObjectsOf({ shown: path, text: shippedText(path) }));
}

function isPolicyFile(name: string): boolean {
  return /\.(ya?ml|json)$/.test(name) && !name.endsWith(".cases.yaml");
}

/** In byte order; hidden files, links and the cases beside the shipped policies are left out. */
function filesOf(path: string): readonly string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  const entries = readdirSync(path, { withFileTypes: true }).filter(({ name }) => !name.startsWith("."));
  const sorted = entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  return sorted.flatMap((entry) => {
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesOf(join(path, entry.name));
    return entry.isFile() && isPolicyFile(entry.name) ? [join(path, entry.name)] : [];
  });
}

function told({ at, path, message }: CollectedProblem, manifests: readonly Manifest[]): string {
  const place = manifests[at]?.placeOf(path);
  return `${place?.file}:${place?.line}: ${path}: ${message}`;
}
