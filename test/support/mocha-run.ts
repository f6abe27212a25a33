import { join, resolve } from "node:path";
import type Mocha from "mocha";
import { packageRoot } from "../../src/package-root.ts";

const SLOWEST_SHOWN = 10;
// A log that is cut keeps its end: there each failure is a line, and its first words tell it from the others.
const MOST_ERROR_CHARACTERS = 1500;

export interface Slow {
  readonly title: string;
  readonly durationMs: number;
}

/** How the tests of some files ended. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Those that passed, with the time each took. */
  readonly slow: readonly Slow[];
  /** A line for each that failed: its title and what it said. */
  readonly fallen: readonly string[];
}

export const NOTHING: Outcome = { passed: 0, failed: 0, skipped: 0, slow: [], fallen: [] };

/** Both together. */
export function sum(a: Outcome, b: Outcome): Outcome {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    slow: [...a.slow, ...b.slow],
    fallen: [...a.fallen, ...b.fallen],
  };
}

/** Adds files, relative to the package, to what was loaded before; mocha's own list is emptied so that none is loaded twice. */
export async function load(mocha: Mocha, files: readonly string[]): Promise<void> {
  mocha.files = files.map((file) => resolve(join(packageRoot(), file)));
  await mocha.loadFilesAsync();
}

/** Runs what is loaded; its reporter prints. */
export function runMocha(mocha: Mocha): Promise<Outcome> {
  return new Promise((done) => {
    const slow: Slow[] = [];
    const fallen: string[] = [];
    const runner = mocha.run(() => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      done({ passed: passes, failed: failures, skipped: pending, slow, fallen });
    });
    runner.on("fail", (test, error: Error) => {
      const words = `${error.message} ${difference(error)}`.replace(/\s+/g, " ").slice(0, MOST_ERROR_CHARACTERS);
      fallen.push(`${test.fullTitle()}: ${words.trimEnd()}`);
    });
    runner.on("pass", (test) => slow.push({ title: test.fullTitle(), durationMs: test.duration ?? 0 }));
  });
}

/** The lines in which a value differs from what was expected, which the message of an assertion leaves out. */
function difference(error: Error): string {
  if (!("actual" in error && "expected" in error)) return "";
  const [actual, expected] = [error.actual, error.expected].map((one) =>
    (typeof one === "string" ? one : (JSON.stringify(one, null, 1) ?? "")).split("\n"),
  );
  const more = actual?.filter((line) => !expected?.includes(line)).map((line) => `+ ${line.trim()}`);
  const less = expected?.filter((line) => !actual?.includes(line)).map((line) => `- ${line.trim()}`);
  return [...(more ?? []), ...(less ?? [])].join(" ");
}

/** Prints the slowest tests. */
export function printSlowest({ slow }: Outcome): void {
  console.log("slowest tests:");
  const slowest = [...slow].sort((a, b) => b.durationMs - a.durationMs).slice(0, SLOWEST_SHOWN);
  for (const { title, durationMs } of slowest) console.log(`  ${String(durationMs).padStart(6)} ms  ${title}`);
}

/** Prints those that failed: right above the closing line, where a log that is cut still has them. */
export function printFallen({ fallen }: Outcome): void {
  if (fallen.length > 0) console.log(`failed tests:\n${fallen.map((line) => `  ${line}`).join("\n")}`);
}
