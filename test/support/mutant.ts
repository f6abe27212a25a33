import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
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

// A list of a few thousand paths; spawnSync's own limit is 1 MiB.
const MOST_LIST_BYTES = 64 * 1024 * 1024;

const root = packageRoot();
const directory = join(root, "test", "mutants");
/** Every patch of test/mutants. Throws on one without the lines `Rule:` and `Tests:`. */
export function readMutants(): readonly Mutant[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".patch"))
    .map(readMutant);
}

function readMutant(file: string): Mutant {
  const patch = readFileSync(join(directory, file), "utf8");
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, "m").exec(patch)?.[1];
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

/** What a run of tests came to. */
export interface TestRun {
  readonly status: number | null;
  readonly stdout: string;
}

/** Runs tests in a tree with the pinned Node and the tools built for this checkout. */
export async function runTests(
  tree: string,
  { tests, grep }: Pick<Mutant, "tests" | "grep">,
  env: NodeJS.ProcessEnv = {},
): Promise<TestRun> {
  const flags = grep === undefined ? [] : ["--grep", grep];
  const child = spawn(process.execPath, ["test/support/run.ts", "all", ...flags, ...tests], {
    cwd: tree,
    stdio: ["ignore", "pipe", "ignore"],
    env: {
      ...process.env,
      PATH: `${join(root, "node_modules", ".bin")}:${process.env["PATH"]}`,
      FORESAIL_CACHE: process.env["FORESAIL_CACHE"] ?? join(root, ".cache"),
      ...env,
    },
  });
  const [stdout, [status]] = await Promise.all([text(child.stdout), once(child, "close")]);
  return { status, stdout };
}

/** Calls `use` with a copy of the tree, which goes afterwards: all that is committed or could be. */
export async function withTree<T>(use: (tree: string) => Promise<T>): Promise<T> {
  const tree = mkdtempSync(join(tmpdir(), "foresail-mutant-"));
  try {
    const listed = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: root,
      encoding: "utf8",
      maxBuffer: MOST_LIST_BYTES,
    });
    if (listed.status !== 0) throw new Error(`git ls-files: ${listed.stderr}`);
    // What is deleted and not committed yet is still listed.
    const files = listed.stdout.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
    for (const file of files) cpSync(join(root, file), join(tree, file));
    // Linked; the cache of built tools is found through the environment.
    symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
    return await use(tree);
  } finally {
    rmSync(tree, { recursive: true });
  }
}

/** Applies the patch of a mutant to a copy; gives the reason where it does not apply. */
export function plant(tree: string, mutant: Mutant): string | undefined {
  const patch = apply(tree, mutant, []);
  return patch.status === 0 ? undefined : `the patch does not apply: ${patch.stderr.trim()}`;
}

/** Takes the patch of a mutant back. Throws where that cannot be done. */
export function unplant(tree: string, mutant: Mutant): void {
  const patch = apply(tree, mutant, ["--reverse"]);
  if (patch.status !== 0) throw new Error(`${mutant.name} cannot be taken back: ${patch.stderr.trim()}`);
}

function apply(tree: string, { name }: Mutant, flags: readonly string[]): SpawnSyncReturns<string> {
  const args = ["apply", ...flags, "--unsafe-paths", `--directory=${tree}`, join(directory, `${name}.patch`)];
  return spawnSync("git", args, { cwd: "/", encoding: "utf8" });
}
