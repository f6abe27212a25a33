import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { scrubbedEnvironment } from "../../../../src/local/environment.ts";

/** A program that answers each line of JSON on stdin with one on stdout, in order. */
export interface LineProcess {
  ask<Answer>(request: object): Promise<Answer>;
  stop(): void;
}

interface Waiting {
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

/** Starts one; questions still open when it ends are refused with what it said. */
export function startLineProcess(program: string, args: readonly string[], workDir: string): LineProcess {
  const child: ChildProcess = spawn(program, args, { env: scrubbedEnvironment(workDir), stdio: "pipe" });
  const waiting: Waiting[] = [];
  const said: string[] = [];
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error(`${program} has no pipes`);
  createInterface({ input: stdout }).on("line", (line) => waiting.shift()?.resolve(line));
  createInterface({ input: stderr }).on("line", (line) => said.push(line));
  // Its end is told by `close`; a write to what has gone must not end the tests.
  stdin.on("error", () => undefined);
  const ended = (why: string) => {
    for (const one of waiting.splice(0)) one.reject(new Error(`${program} ${why}: ${said.slice(-5).join(" | ")}`));
  };
  child.on("error", (error) => ended(error.message));
  child.on("close", (code) => ended(`ended with ${code}`));
  return {
    async ask<Answer>(request: object): Promise<Answer> {
      const line = await new Promise<string>((resolve, reject) => {
        if (child.exitCode !== null)
          return reject(new Error(`${program} is not running: ${said.slice(-5).join(" | ")}`));
        waiting.push({ resolve, reject });
        stdin.write(`${JSON.stringify(request)}\n`);
      });
      return JSON.parse(line) as Answer;
    },
    stop: () => void stdin.end(),
  };
}
