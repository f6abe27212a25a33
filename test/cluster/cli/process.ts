import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../../src/package-root.ts";
import { waitFor } from "../support/cluster.ts";

/** `foresail` as a user's process. */
export interface Program {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Resolves when stdout or stderr contains `text`; rejects when it ends without. */
  said(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

const LONGEST_STEP_MS = 90_000;

export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  const file = join(packageRoot(), "bin", "foresail.js");
  const child: ChildProcess = spawn(process.execPath, [file, ...args], {
    cwd: packageRoot(),
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], TMPDIR: tmpdir(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => {
    texts.stdout += chunk;
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    texts.stderr += chunk;
  });
  let over = false;
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      over = true;
      resolve(code ?? signal ?? -1);
    });
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    ended,
    said: async (text) => {
      await waitFor(
        `foresail ${args[0]} to say ${JSON.stringify(text)}`,
        () => (texts.stdout + texts.stderr).includes(text) || over,
        LONGEST_STEP_MS,
      );
      if (!(texts.stdout + texts.stderr).includes(text)) {
        throw new Error(`foresail ${args[0]} ended before it said ${JSON.stringify(text)}: ${texts.stderr}`);
      }
    },
    kill: (signal) => void child.kill(signal),
  };
}

/** A folder for all a program makes in the temporary directory, so that what it leaves behind can be told. */
export function ownTemporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "foresail-test-"));
}
