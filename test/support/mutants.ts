/**
 * Shows that tests can fail: every patch in test/mutants breaks one rule, and the tests it names must go red on it. The
 * header of a patch says `Rule:`, `Tests:` (files) and, where one file holds many, `Grep:`.
 *
 *   node test/support/mutants.ts [NAME…]
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../src/package-root.ts";

interface Mutant {
  readonly name: string;
  readonly rule: string;
  readonly tests: readonly string[];
  readonly grep: string | undefined;
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

function readMutant(file: string): Mutant {
  const text = readFileSync(join(directory, file), "utf8");
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1];
  const [rule, tests] = [field("Rule"), field("Tests")];
  if (rule === undefined || tests === undefined) throw new Error(`${file} must start with the lines Rule: and Tests:`);
  return { name: file.replace(/\.patch$/, ""), rule, tests: tests.split(" "), grep: field("Grep") };
}

/** Exit code of the tests a mutant names, in a tree. */
function runTests(tree: string, mutant: Mutant): number {
  const grep = mutant.grep === undefined ? [] : ["--grep", mutant.grep];
  const path = `${join(root, "node_modules", ".bin")}:${process.env.PATH}`;
  const env = {
    ...process.env,
    PATH: path,
    FORESAIL_CACHE: process.env.FORESAIL_CACHE ?? join(root, ".cache", "tools"),
  };
  const result = spawnSync(process.execPath, ["test/support/run.ts", "all", ...grep, ...mutant.tests], {
    cwd: tree,
    env,
  });
  return result.status ?? 1;
}

/** Applies the patch to a copy of the tree; true when the tests are green before and red after. */
function isKilled(tree: string, mutant: Mutant): string | undefined {
  if (runTests(tree, mutant) !== 0) return "its tests are red without the patch";
  const patch = spawnSync(
    "git",
    ["apply", "--unsafe-paths", `--directory=${tree}`, join(directory, `${mutant.name}.patch`)],
    { cwd: "/" },
  );
  if (patch.status !== 0) return `the patch does not apply: ${String(patch.stderr).trim()}`;
  return runTests(tree, mutant) === 0 ? "its tests stay green: the rule is not tested" : undefined;
}

const wanted = process.argv.slice(2);
const mutants = readdirSync(directory)
  .filter((file) => file.endsWith(".patch"))
  .map(readMutant)
  .filter(({ name }) => wanted.length === 0 || wanted.includes(name));
let survivors = 0;
for (const mutant of mutants) {
  const tree = mkdtempSync(join(tmpdir(), "foresail-mutant-"));
  for (const part of copied) cpSync(join(root, part), join(tree, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
  const fault = isKilled(tree, mutant);
  rmSync(tree, { recursive: true });
  console.log(`${fault === undefined ? "killed  " : "SURVIVED"} ${mutant.name}: ${fault ?? mutant.rule}`);
  if (fault !== undefined) survivors++;
}
console.log(`${mutants.length - survivors} killed, ${survivors} survived`);
process.exitCode = survivors > 0 || mutants.length === 0 ? 1 : 0;
