import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { scrubbedEnvironment } from "./environment.ts";
import type { Command } from "./tools.ts";

export interface KubectlTarget {
  readonly command: Command;
  readonly kubeconfig: string;
  /** Default: the current context of that kubeconfig. */
  readonly context?: string;
  /** Where kubectl keeps its cache; default beside the kubeconfig. */
  readonly home?: string;
}

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs kubectl against the given kubeconfig only, never the ambient one; `input` goes to its stdin (`-f -`).
 * A non-zero exit is a result; it throws only when kubectl cannot be started.
 */
export function kubectl(target: KubectlTarget, args: readonly string[], input?: string): Promise<KubectlResult> {
  const [program, ...leading] = target.command;
  const context = target.context === undefined ? [] : ["--context", target.context];
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...leading, "--kubeconfig", target.kubeconfig, ...context, ...args], {
      // kubectl caches discovery below HOME; in a work folder it goes when that goes.
      env: scrubbedEnvironment(target.home ?? dirname(target.kubeconfig)),
      stdio: ["pipe", "pipe", "pipe"],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", () => {
      // kubectl ended before it read everything; its exit code and stderr say why.
    });
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code: code ?? 1, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
    child.stdin.end(input ?? "");
  });
}
