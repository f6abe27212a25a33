import { type ChildProcess, fork } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Message, ProcessExit, ProcessSpec, Request } from "./supervisor-protocol.ts";

export interface Supervised {
  /** A fresh folder that is removed with the processes. */
  readonly workDir: string;
  /** Pid of the supervisor; a SIGTERM to it ends everything. */
  readonly pid: number;
  /** Names and pids of what runs now. */
  readonly processes: () => ReadonlyMap<string, number>;
  /** How a process ended, or undefined while it runs. */
  readonly exitOf: (name: string) => ProcessExit | undefined;
  readonly start: (spec: ProcessSpec) => Promise<number>;
  /** Sends `signal` and waits for the end; SIGKILL after `graceMs` (default 10 s). */
  readonly stop: (name: string, signal?: NodeJS.Signals, graceMs?: number) => Promise<void>;
  /** The last lines a process wrote. */
  readonly logTail: (name: string, lines?: number) => string;
  /** Ends all processes and removes the work folder. */
  readonly shutdown: () => Promise<void>;
  /** Lets everything run on after this process has ended. */
  readonly detach: () => Promise<void>;
}

/** Starts a supervisor: whatever is started through it ends when this process does. */
export async function superviseProcesses(): Promise<Supervised> {
  const file = import.meta.url.endsWith(".ts") ? "./supervisor.ts" : "./supervisor.js";
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [], {
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    execArgv: [],
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR },
  });
  const workDir = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the supervisor ended with ${code} before it was ready`)));
    child.once("message", (message: Message) => {
      if (message.kind === "ready") resolve(message.workDir);
    });
  });
  child.removeAllListeners("exit");
  return supervised(child, workDir);
}

function supervised(child: ChildProcess, workDir: string): Supervised {
  const pids = new Map<string, number>();
  const exits = new Map<string, ProcessExit>();
  let over = false;
  child.once("exit", () => {
    if (!over) killAll(pids.values(), workDir);
  });
  const ask = requests(child, (message) => {
    if (pids.get(message.name) === message.pid) pids.delete(message.name);
    exits.set(message.name, message.exit);
  });
  return {
    workDir,
    pid: child.pid ?? 0,
    processes: () => new Map(pids),
    exitOf: (name) => exits.get(name),
    async start(spec) {
      exits.delete(spec.name);
      const pid = await ask((id) => ({ kind: "start", id, spec }));
      if (!exits.has(spec.name)) pids.set(spec.name, pid);
      return pid;
    },
    async stop(name, signal = "SIGTERM", graceMs = 10_000) {
      await ask((id) => ({ kind: "stop", id, name, signal, graceMs }));
    },
    logTail: (name, lines = 20) => tail(join(workDir, `${name}.log`), lines),
    async shutdown() {
      over = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      if (child.connected) child.send({ kind: "shutdown" } satisfies Request);
      else child.kill("SIGTERM");
      await gone;
    },
    async detach() {
      await ask((id) => ({ kind: "detach", id }));
      over = true;
      child.disconnect();
      child.unref();
    },
  };
}

/** Numbers requests and gives each its answer; reports exits to `exited`. */
function requests(child: ChildProcess, exited: (message: Message & { kind: "exited" }) => void) {
  interface Waiting {
    readonly resolve: (pid: number) => void;
    readonly reject: (error: Error) => void;
  }
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  child.on("message", (message: Message) => {
    if (message.kind === "exited") return exited(message);
    if (message.kind !== "answer") return;
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) asked?.resolve(message.pid ?? 0);
    else asked?.reject(new Error(message.error));
  });
  child.once("exit", () => {
    for (const { reject } of waiting.values()) reject(new Error("the supervisor has ended"));
    waiting.clear();
  });
  return (make: (id: number) => Request): Promise<number> =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      child.send(make(id), (error) => {
        if (error !== null) reject(error);
      });
    });
}

/** Someone killed the supervisor, so this process does what is left of its work. */
function killAll(pids: Iterable<number>, workDir: string): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }
  rmSync(workDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

function tail(path: string, lines: number): string {
  try {
    return readFileSync(path, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  } catch {
    return "";
  }
}
