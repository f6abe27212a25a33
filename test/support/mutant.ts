import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../src/package-root.ts";

/** A fault kept as a patch, and the tests that must go red on it. */
export interface Mutant {
  readonly name: string;
  readonly rule: string;
  readonly tests: readonly string[];
  readonly grep: string | undefined;
  /** What they must say when they are red, where it matters that they find it for what it is: `Fault:`. */
  readonly fault: string | undefined;
  /** Rules by number that cannot hold without the one it breaks. */
  readonly also: readonly string[];
  /** Its tests need nodes, which only a control plane of their own has: `Cluster: own`. */
  readonly ownCluster: boolean;
}

const root = packageRoot();
const directory = join(root, "test", "mutants");
// What a run needs; node_modules is linked, the cache of built tools is found through the environment.
const copied = [
  "bin",
  "bench",
  "examples",
  "manifests",
  "package.json",
  "policies",
  "presets",
  "src",
  "test",
  "tsconfig.json",
  "webhook",
];

/** Every patch of test/mutants. Throws on one without the lines `Rule:` and `Tests:`. */
export function readMutants(): readonly Mutant[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".patch"))
    .map(readMutant);
}

function readMutant(file: string): Mutant {
  const text = readFileSync(join(directory, file), "utf8");
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1];
  const [rule, tests] = [field("Rule"), field("Tests")];
  if (rule === undefined || tests === undefined) throw new Error(`${file} must start with the lines Rule: and Tests:`);
  const also = field("Also")?.split(" ") ?? [];
  const ownCluster = field("Cluster") === "own";
  const name = file.replace(/\.patch$/, "");
  return { name, rule, tests: tests.split(" "), grep: field("Grep"), fault: field("Fault"), also, ownCluster };
}

/** Whether its tests need a control plane. */
export function needsCluster({ tests }: Mutant): boolean {
  return tests.some((test) => test.startsWith("test/cluster/"));
}

/** Whether its tests run against a control plane that all mutants share. */
export function sharesCluster(mutant: Mutant): boolean {
  return needsCluster(mutant) && !mutant.ownCluster;
}

/** Whether it breaks a rule of docs/gitops.md. */
export function isGitOpsRule({ name }: Mutant): boolean {
  return /^gitops-\d/.test(name);
}

/** Runs tests in a tree with the pinned Node and the tools built for this checkout. */
export function runTests(
  tree: string,
  { tests, grep }: Pick<Mutant, "tests" | "grep">,
  env: NodeJS.ProcessEnv = {},
): SpawnSyncReturns<string> {
  const flags = grep === undefined ? [] : ["--grep", grep];
  return spawnSync(process.execPath, ["test/support/run.ts", "all", ...flags, ...tests], {
    cwd: tree,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      PATH: `${join(root, "node_modules", ".bin")}:${process.env["PATH"]}`,
      FORESAIL_CACHE: process.env["FORESAIL_CACHE"] ?? join(root, ".cache"),
      ...env,
    },
  });
}

/** Calls `use` with a copy of the tree, which goes afterwards. */
export function withTree<T>(use: (tree: string) => T): T {
  const tree = mkdtempSync(join(tmpdir(), "foresail-mutant-"));
  try {
    for (const part of copied) cpSync(join(root, part), join(tree, part), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
    return use(tree);
  } finally {
    rmSync(tree, { recursive: true });
  }
}

/** Applies the patch of a mutant to a copy; gives the reason where it does not apply. */
export function plant(tree: string, { name }: Mutant): string | undefined {
  const args = ["apply", "--unsafe-paths", `--directory=${tree}`, join(directory, `${name}.patch`)];
  const patch = spawnSync("git", args, { cwd: "/", encoding: "utf8" });
  return patch.status === 0 ? undefined : `the patch does not apply: ${patch.stderr.trim()}`;
}
