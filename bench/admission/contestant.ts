import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

export type Name = "foresail" | "node" | "go";

export interface Contestant {
  readonly name: Name;
  readonly child: ChildProcess;
  readonly port: number;
}

/** What the load client prints; see test/tools/bench/load.go. */
interface Load {
  readonly requests: number;
  readonly failed: number;
  readonly firstFailure?: string;
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly clientCpuShare: number;
}

export interface Figures extends Load {
  /** Share of its core that the server used. */
  readonly serverCpuShare: number;
  readonly cpuUsPerRequest: number;
  readonly rssMiB: number;
  /** Why the requests per second and the latencies say nothing; the CPU time of a request still does. */
  readonly thrownAway?: string;
}

export interface Place {
  /** Folder of certificates, review and patch. */
  readonly folder: string;
  /** The Go program. */
  readonly tool: string;
  /** The emitted servers.js. */
  readonly servers: string;
  /** Command that pins to a core and what it is; empty where there is none. */
  readonly pin: (core: number) => readonly string[];
  readonly nodeFlags: readonly string[];
  /** Environment of foresail. */
  readonly env: { readonly [name: string]: string };
}

/** Starts a server on the first core. */
export async function start(name: Name, place: Place): Promise<Contestant> {
  const { folder, tool, servers, nodeFlags } = place;
  const files = ["-cert", `${folder}/cert`, "-key", `${folder}/key`, "-patch", `${folder}/patch`];
  const command =
    name === "go"
      ? [tool, "echo", ...files]
      : [process.execPath, ...(name === "foresail" ? nodeFlags : []), servers, name, folder];
  const [program = "", ...args] = [...place.pin(0), ...command];
  const child = spawn(program, args, {
    env: { ...process.env, GOMAXPROCS: "1", ...(name === "foresail" && place.env) },
    stdio: name === "go" ? ["ignore", "pipe", "ignore"] : ["ignore", "ignore", "inherit", "ipc"],
  });
  if (name !== "go") {
    const [{ port }] = (await once(child, "message")) as [{ readonly port: number }];
    return { name, child, port };
  }
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), "line")) as [string];
  return { name, child, port: (JSON.parse(line) as { port: number }).port };
}

const run = promisify(execFile);
// USER_HZ, which the kernel fixes for /proc.
const TICK_MS = 10;
const BOTTLENECK = 0.9;

/** Loads one server from the second core. Throws when an answer is not what it should be. */
export async function measure(
  { child, port }: Contestant,
  place: Place,
  load: { readonly seconds: number; readonly connections: number },
): Promise<Figures> {
  const { folder, tool, pin } = place;
  const options = { address: `127.0.0.1:${port}`, ca: `${folder}/ca`, template: `${folder}/review`, ...load };
  const [program = "", ...args] = [
    ...pin(1),
    tool,
    "load",
    ...Object.entries(options).map(([name, value]) => `-${name}=${value}`),
  ];
  const before = cpuMs(child);
  const { stdout } = await run(program, args, { env: { ...process.env, GOMAXPROCS: "1" } });
  const used = cpuMs(child) - before;
  const result = JSON.parse(stdout) as Load;
  if (result.failed > 0) throw new Error(`${result.failed} answers were wrong, the first: ${result.firstFailure}`);
  const serverCpuShare = round2(used / 1000 / result.seconds);
  const thrownAway = whyThrownAway(serverCpuShare, result.clientCpuShare);
  return {
    ...result,
    clientCpuShare: round2(result.clientCpuShare),
    requestsPerSecond: Math.round(result.requestsPerSecond),
    serverCpuShare,
    cpuUsPerRequest: Math.round((used / result.requests) * 10_000) / 10,
    rssMiB: rssMiB(child),
    ...(thrownAway !== undefined && { thrownAway }),
  };
}

function whyThrownAway(server: number, client: number): string | undefined {
  if (server >= BOTTLENECK) return undefined;
  if (client >= BOTTLENECK) return "the client was the bottleneck";
  return "neither server nor client was busy: other programs took the cores";
}

function cpuMs({ pid }: ChildProcess): number {
  // Fields 14 and 15; the name of the program, in parentheses, can hold blanks.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

export function rssMiB({ pid }: ChildProcess): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);
}

export function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
