/**
 * The test runner: files that need no control plane in a process for each core, then those below test/cluster in this
 * one, against one control plane for all.
 * The last line on stdout is `N passed, N failed, N skipped`; exit code 0 only when something ran and nothing failed.
 */
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import Mocha from "mocha";
import { packageRoot } from "../../src/package-root.ts";
import { type Selection, select } from "./selection.ts";

// The slowest take a few seconds; a loaded machine gets twenty times that.
const FAST_TIMEOUT_MS = 60_000;
// A node takes about five seconds to come; a loaded machine gets twenty times that.
const CLUSTER_TIMEOUT_MS = 120_000;
const SLOWEST_SHOWN = 10;
// A log that is cut keeps its end: there each failure is a line, and its first words tell it from the others.
const MOST_ERROR_CHARACTERS = 1500;

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = packageRoot();
const answer = select(root, process.argv.slice(2));
if (answer.kind === "usage") {
  console.error(answer.message);
  process.exitCode = 2;
} else {
  const counts = await run(answer.selection).catch((error): Counts => {
    console.error(error);
    return { passed: 0, failed: 1, skipped: 0 };
  });
  if (counts.passed + counts.failed === 0) console.error("no test ran");
  const code = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
  const closing = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
  // A handle that a test forgot must not keep the run alive.
  process.stdout.write(closing, () => process.exit(code));
}

async function run(selection: Selection): Promise<Counts> {
  if (selection.full) process.env["FORESAIL_TEST_FULL"] = "1";
  const grep = selection.grep === undefined ? {} : { grep: selection.grep };
  const options = { reporter: "spec", forbidOnly: true, ...grep };
  let fast: Counts = { passed: 0, failed: 0, skipped: 0 };
  if (selection.files.length > 0) {
    const mocha = new Mocha({ ...options, timeout: FAST_TIMEOUT_MS, parallel: true, jobs: availableParallelism() });
    // In a process for each core mocha's workers load the files; what V8 made of them is kept as the launcher keeps it.
    process.env["NODE_COMPILE_CACHE"] ??= join(root, ".cache", "compiled");
    mocha.files = selection.files.map((file) => join(root, file));
    fast = await runMocha(mocha);
  }
  if (selection.clusterFiles.length === 0) return fast;
  // Half a second to load: nothing that the fast tests should wait for.
  const { startCluster } = await import("./run-cluster.ts");
  const cluster = await startCluster(selection);
  try {
    const mocha = new Mocha({ ...options, timeout: CLUSTER_TIMEOUT_MS });
    if (cluster.kind === "unavailable") await loadWithout(mocha, selection.clusterFiles, cluster.reason);
    else await load(mocha, selection.clusterFiles);
    const slow = await runMocha(mocha);
    return {
      passed: fast.passed + slow.passed,
      failed: fast.failed + slow.failed,
      skipped: fast.skipped + slow.skipped,
    };
  } finally {
    if (cluster.kind === "running") await cluster.stop();
  }
}

/** Adds files to what was loaded before; mocha's own list is emptied so that none is loaded twice. */
async function load(mocha: Mocha, files: readonly string[]): Promise<void> {
  mocha.files = files.map((file) => resolve(join(root, file)));
  await mocha.loadFilesAsync();
}

/** Without a control plane the tests of these files are skipped by name; in CI, where it must be there, each of them fails. */
async function loadWithout(mocha: Mocha, files: readonly string[], reason: string): Promise<void> {
  console.error(`tests that need a control plane cannot run: ${reason}`);
  const before = new Set(mocha.suite.suites);
  // Hooks are not registered while the suite is pending.
  mocha.suite.pending = true;
  await load(mocha, files);
  mocha.suite.pending = false;
  for (const suite of mocha.suite.suites.filter((one) => !before.has(one))) {
    if (process.env.CI !== "true") suite.pending = true;
    else
      suite.eachTest((test) => {
        test.pending = false;
        test.fn = () => Promise.reject(new Error(reason));
      });
  }
}

function runMocha(mocha: Mocha): Promise<Counts> {
  return new Promise((resolve) => {
    const slow: { readonly title: string; readonly durationMs: number }[] = [];
    const fallen: string[] = [];
    const runner = mocha.run(() => {
      slow.sort((a, b) => b.durationMs - a.durationMs);
      console.log("slowest tests:");
      for (const { title, durationMs } of slow.slice(0, SLOWEST_SHOWN)) {
        console.log(`  ${String(durationMs).padStart(6)} ms  ${title}`);
      }
      if (fallen.length > 0) console.log(`failed tests:\n${fallen.join("\n")}`);
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      resolve({ passed: passes, failed: failures, skipped: pending });
    });
    runner.on("fail", (test, { message }: Error) => {
      const words = message.replace(/\s+/g, " ").slice(0, MOST_ERROR_CHARACTERS);
      fallen.push(`  ${test.fullTitle()}: ${words}`);
    });
    runner.on("pass", (test) => slow.push({ title: test.fullTitle(), durationMs: test.duration ?? 0 }));
  });
}
