/**
 * A process of its own that owns the processes of one control plane and their work folder. It outlives its owner just long
 * enough to end them all: when the owner goes, however it goes (Ctrl-C, crash, kill -9), the channel between them closes.
 * It runs in a session of its own, so a terminal's Ctrl-C reaches the owner only.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Message, ProcessSpec, Request } from "./supervisor-protocol.ts";

const workDir = mkdtempSync(join(tmpdir(), "foresail-"));
const running = new Map<string, ChildProcess>();
let detached = false;

process.on("message", (request: Request) => {
  handle(request).catch((error) => {
    if (request.kind !== "shutdown") send({ kind: "answer", id: request.id, error: String(error) });
  });
});
process.on("disconnect", () => {
  if (!detached) void shutdown();
});
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void shutdown());
process.on("uncaughtException", (error) => {
  try {
    appendFileSync(join(workDir, "supervisor.log"), `${error.stack}\n`);
  } finally {
    void shutdown();
  }
});
// The owner may have gone before this line ran.
if (process.connected) send({ kind: "ready", workDir });
else void shutdown();

async function handle(request: Request): Promise<void> {
  switch (request.kind) {
    case "start":
      return send({ kind: "answer", id: request.id, pid: await start(request.spec) });
    case "stop":
      await stop(request.name, request.signal, request.graceMs);
      return send({ kind: "answer", id: request.id });
    case "detach":
      detached = true;
      send({ kind: "answer", id: request.id });
      return;
    case "shutdown":
      return shutdown();
  }
}

function start(spec: ProcessSpec): Promise<number> {
  if (running.has(spec.name)) return Promise.reject(new Error(`${spec.name} is running already`));
  const log = openSync(join(workDir, `${spec.name}.log`), "a", 0o600);
  const [program, ...args] = spec.command;
  const child = spawn(program, args, { cwd: workDir, env: { ...spec.env }, stdio: ["ignore", log, log] });
  closeSync(log);
  running.set(spec.name, child);
  child.once("exit", (code, signal) => {
    if (running.get(spec.name) === child) running.delete(spec.name);
    send({ kind: "exited", name: spec.name, pid: child.pid ?? 0, exit: { code, signal } });
  });
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(child.pid ?? 0));
    child.once("error", (error) => {
      running.delete(spec.name);
      reject(error);
    });
  });
}

function stop(name: string, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  const child = running.get(name);
  if (child === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const harder = setTimeout(() => child.kill("SIGKILL"), graceMs);
    child.once("exit", () => {
      clearTimeout(harder);
      resolve();
    });
    child.kill(signal);
  });
}

let ending = false;
/** Ends everything, last started first, so that the API server goes before the etcd it would retry for ever. */
async function shutdown(): Promise<void> {
  if (ending) return;
  ending = true;
  // All state is in the work folder and goes with it, so nobody needs time to save anything.
  for (const name of [...running.keys()].reverse()) await stop(name, "SIGKILL", 0);
  rmSync(workDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  // Children of children are in this group, too. This ends the supervisor itself.
  process.kill(-process.pid, "SIGKILL");
}

function send(message: Message): void {
  if (process.connected) process.send?.(message, () => {});
}
