/**
 * The test runner: files that need no control plane in a process for each core, then those below test/cluster, against one
 * control plane, or in two lanes with one each.
 * The last line on stdout is `N passed, N failed, N skipped`; exit code 0 only when something ran and nothing failed.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import Mocha from "mocha";
import { packageRoot } from "../../src/package-root.ts";
import { NOTHING, type Outcome, printFallen, printSlowest, runMocha, sum } from "./mocha-run.ts";
import { type Selection, select } from "./selection.ts";

// The slowest take a few seconds; a loaded machine gets twenty times that.
const FAST_TIMEOUT_MS = 60_000;

const root = packageRoot();
const answer = select(root, process.argv.slice(2));
if (answer.kind === "usage") {
  console.error(answer.message);
  process.exitCode = 2;
} else {
  const outcome = await run(answer.selection).catch((error): Outcome => {
    console.error(error);
    return { ...NOTHING, failed: 1 };
  });
  if (outcome.passed + outcome.failed === 0) console.error("no test ran");
  printFallen(outcome);
  const code = outcome.failed > 0 || outcome.passed === 0 ? 1 : 0;
  const closing = `${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped} skipped\n`;
  // A handle that a test forgot must not keep the run alive.
  process.stdout.write(closing, () => process.exit(code));
}

async function run(selection: Selection): Promise<Outcome> {
  if (selection.full) process.env["FORESAIL_TEST_FULL"] = "1";
  let fast = NOTHING;
  if (selection.files.length > 0) {
    const grep = selection.grep === undefined ? {} : { grep: selection.grep };
    const options = { reporter: "spec", forbidOnly: true, timeout: FAST_TIMEOUT_MS, ...grep };
    const mocha = new Mocha({ ...options, parallel: true, jobs: availableParallelism() });
    // In a process for each core mocha's workers load the files; what V8 made of them is kept as the launcher keeps it.
    process.env["NODE_COMPILE_CACHE"] ??= join(root, ".cache", "compiled");
    mocha.files = selection.files.map((file) => join(root, file));
    fast = await runMocha(mocha);
    printSlowest(fast);
  }
  if (selection.clusterFiles.length === 0) return fast;
  // Half a second to load: nothing that the fast tests should wait for.
  const { runOnCluster } = await import("./run-cluster.ts");
  const slow = await runOnCluster(selection);
  printSlowest(slow);
  return sum(fast, slow);
}
