import { spawn } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "../../../src/package-root.ts";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment; nothing is inherited. */
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

export const program = join(packageRoot(), "bin", "foresail.js");

/** Runs the shipped launcher as a process and collects what it says. */
export function foresail(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { cwd = packageRoot(), env = { PATH: process.env["PATH"] }, input = "" } = options;
  const child = spawn(process.execPath, [program, ...args], { cwd, env, stdio: "pipe" });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on("error", () => {
    // It ended without reading its input.
  });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
}
