import { type ChildProcess, fork } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../src/package-root.ts";
import { NOTHING, type Outcome, sum } from "./mocha-run.ts";
import { longestFirst, type Selection } from "./selection.ts";

/**
 * Tests of a cluster wait most of their time (40 % of two cores were used with one lane), but names that hold for a whole
 * cluster, webhook configurations first, keep two of them from sharing one.
 */
export const LANES = 2;

/**
 * Runs files below test/cluster, each in one of two processes with a control plane of its own. What a file prints comes out
 * in one piece when it has ended. A lane that ends in the middle of a file is a failure of that file, and is started again.
 */
export async function runInLanes(selection: Selection): Promise<Outcome> {
  const files = longestFirst(selection.clusterFiles);
  const folder = mkdtempSync(join(tmpdir(), "foresail-lanes-"));
  const queue = files.values();
  let [total, ended] = [NOTHING, 0];
  try {
    await Promise.all(Array.from({ length: LANES }, (_, index) => work(index + 1)));
  } finally {
    rmSync(folder, { recursive: true });
  }
  return total;

  async function work(number: number): Promise<void> {
    let lane: Lane | undefined;
    for (const file of queue) {
      lane ??= startLane(join(folder, `${number}.log`), selection);
      const startedMs = Date.now();
      const answer = await lane.run(file);
      const seconds = Math.round((Date.now() - startedMs) / 1000);
      process.stdout.write(`${answer.output}\n`);
      console.error(`lane ${number}: ${file} in ${seconds} s, ${++ended} of ${files.length}`);
      total = sum(total, answer.outcome);
      if (answer.lost) lane = undefined;
    }
    await lane?.end();
  }
}

interface Lane {
  run(file: string): Promise<{ readonly outcome: Outcome; readonly output: string; readonly lost: boolean }>;
  end(): Promise<void>;
}

/** What it prints goes to a file, which is written before anything is told: a pipe would still be on its way. */
function startLane(logFile: string, { grep }: Selection): Lane {
  const log = openSync(logFile, "w");
  const child = fork(join(packageRoot(), "test", "support", "lane.ts"), grep === undefined ? [] : ["--grep", grep], {
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  const exited = new Promise<string>((done) => {
    child.once("exit", (code, signal) => done(`the lane ended with ${signal ?? code}`));
    child.once("error", (error) => done(error.message));
  });
  let read = 0;
  return {
    async run(file) {
      child.send({ file }, () => {});
      const answer = await Promise.race([nextOutcome(child), exited]);
      const text = readFileSync(logFile);
      const output = text.subarray(read).toString();
      read = text.length;
      if (typeof answer !== "string") return { outcome: answer, output, lost: false };
      return { outcome: { ...NOTHING, failed: 1, fallen: [`${file}: ${answer}`] }, output, lost: true };
    },
    async end() {
      child.disconnect();
      await exited;
    },
  };
}

function nextOutcome(child: ChildProcess): Promise<Outcome> {
  return new Promise((done) => child.once("message", (message) => done(message as Outcome)));
}
