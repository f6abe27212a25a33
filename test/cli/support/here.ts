import { Console } from "node:console";
import { Writable } from "node:stream";
import { main } from "../../../src/cli/main.ts";
import { packageRoot } from "../../../src/package-root.ts";
import type { Ended, RunOptions } from "./program.ts";

let former: Promise<unknown> = Promise.resolve();

/**
 * The whole program in this process, for tests of what it decides: half a second less than a start. What is about the process
 * itself (its exit code, pipes, standard input, crashes) stays with `foresail`. One call at a time: directory, environment
 * and streams belong to the process.
 */
export function foresailHere(args: readonly string[], options: Omit<RunOptions, "input"> = {}): Promise<Ended> {
  const ended = former.then(() => run(args, options));
  former = ended.catch(() => undefined);
  return ended;
}

async function run(args: readonly string[], { cwd = packageRoot(), env }: RunOptions): Promise<Ended> {
  const { stdout, stderr } = { stdout: collector(), stderr: collector() };
  const before = { cwd: process.cwd(), env: process.env, console: globalThis.console };
  const streams = {
    stdout: Object.getOwnPropertyDescriptor(process, "stdout"),
    stderr: Object.getOwnPropertyDescriptor(process, "stderr"),
  };
  Object.defineProperty(process, "stdout", { value: stdout.stream, configurable: true });
  Object.defineProperty(process, "stderr", { value: stderr.stream, configurable: true });
  globalThis.console = new Console(stdout.stream, stderr.stream);
  process.env = env ?? { PATH: before.env["PATH"] };
  process.chdir(cwd);
  try {
    const code = await main([...args]);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.chdir(before.cwd);
    process.env = before.env;
    globalThis.console = before.console;
    for (const [name, value] of Object.entries(streams)) Object.defineProperty(process, name, value ?? {});
  }
}

/** A pipe's end: no terminal, all that was written as text. */
function collector(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
