import { spawn } from "node:child_process";
import { waitFor } from "../support/cluster.ts";

/** One line of shell as it runs, with all it starts. */
export interface Terminal {
  /** What stands in it: standard output and errors. */
  readonly text: () => string;
  /** Resolves with the exit code, or the signal, when the line has ended. */
  readonly ended: Promise<number | string>;
  /** Resolves when its text matches; rejects when it ends without. */
  shows(pattern: RegExp): Promise<void>;
  /** Ctrl-C: a terminal sends SIGINT to all that runs in it. Resolves when all of it has ended. */
  interrupt(): Promise<void>;
  /** Ends whatever still runs, for good. */
  close(): void;
}

const PATIENCE_MS = 90_000;

export function openTerminal(
  line: string,
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Terminal {
  // A group of its own, as a terminal gives to a line.
  const child = spawn("bash", ["-c", line], { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const { pid } = child;
  let [text, over] = ["", false];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      over = true;
      resolve(code ?? signal ?? -1);
    });
  });
  /** Whether anything of the group was there to get it. */
  const send = (signal: NodeJS.Signals | 0): boolean => {
    try {
      return pid !== undefined && process.kill(-pid, signal);
    } catch {
      return false;
    }
  };
  return {
    text: () => text,
    ended,
    async shows(pattern) {
      await waitFor(`${line} to show ${pattern}`, () => pattern.test(text) || over, PATIENCE_MS).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}; it shows:\n${text}`);
        },
      );
      if (!pattern.test(text)) throw new Error(`${line} ended without ${pattern}:\n${text}`);
    },
    async interrupt() {
      send("SIGINT");
      await waitFor(`${line} to end on Ctrl-C`, () => over && !send(0));
    },
    close: () => void send("SIGKILL"),
  };
}
