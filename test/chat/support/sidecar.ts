import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type Agent, type IncomingMessage, type RequestOptions, request } from "node:http";
import { createInterface } from "node:readline";
import { program } from "../../cli/support/program.ts";
import { bodyText } from "./model-server.ts";

/** The shipped program, running `foresail chat` in front of a port. */
export interface Sidecar {
  readonly port: number;
  readonly process: ChildProcess;
  /** Lines it logged so far. */
  readonly lines: readonly string[];
  /** SIGTERM, then its exit code. */
  stop(): Promise<number | null>;
}

export async function sidecar(upstreamPort: number, ...args: readonly string[]): Promise<Sidecar> {
  const child = spawn(process.execPath, [program, "chat", "--port=0", `--upstream-port=${upstreamPort}`, ...args], {
    env: {},
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const exited = once(child, "exit");
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      const entry = JSON.parse(line) as { msg: string; port?: number };
      if (entry.msg === "listening") resolve(entry.port ?? 0);
    });
    exited.then(() => reject(new Error(`ended at the start: ${lines.join("\n")}`)), reject);
  });
  return {
    port,
    process: child,
    lines,
    stop: async () => {
      if (child.exitCode === null) child.kill("SIGTERM");
      return ((await exited) as [number | null])[0];
    },
  };
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
  readonly text: string;
}

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: RequestOptions["headers"];
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

/** One request with its whole answer. */
export async function call(port: number, { body, ...ask }: Ask = {}): Promise<Reply> {
  const outgoing = request({ host: "127.0.0.1", port, ...ask, agent: ask.agent ?? false });
  outgoing.end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const text = await bodyText(answer);
  return { status: answer.statusCode ?? 0, headers: answer.headers, rawHeaders: answer.rawHeaders, text };
}

/** `POST /chat`, its answer parsed. */
export async function chat(
  port: number,
  body: unknown,
  headers = {},
): Promise<{ readonly status: number; readonly headers: Reply["headers"]; readonly body: { [key: string]: string } }> {
  const reply = await call(port, {
    method: "POST",
    path: "/chat",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
  return { status: reply.status, headers: reply.headers, body: JSON.parse(reply.text) };
}

/** Polls until it holds, at most five seconds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within 5 s: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
