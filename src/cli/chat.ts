import { once } from "node:events";
import { startChatServer } from "../chat/server.ts";
import { createLog, logLevels } from "../log.ts";
import type { Options, Values } from "../option.ts";
import { runConfigured } from "./configured.ts";
import { ExitCode } from "./exit-code.ts";

const options = {
  port: { kind: "integer", default: 5000, max: 65_535, help: "port to listen on; 0: any free one" },
  upstreamPort: { kind: "integer", default: 5001, min: 1, max: 65_535, help: "port of the model server in this pod" },
  model: { kind: "text", help: "served name /chat asks for; absent: the server's first" },
  graceSeconds: { kind: "number", default: 30, help: "time for open requests after SIGTERM" },
  logLevel: { kind: "choice", choices: logLevels, default: "info", help: "least important line to log" },
} as const satisfies Options;

/**
 * `foresail chat`: the sidecar that answers `/chat` and passes every other path to the model server, until SIGTERM or SIGINT;
 * then it finishes what it has. A second signal ends it at once.
 * @returns 0 after a clean stop, 2 for a usage error, 3 when it cannot listen.
 */
export async function run(args: string[]): Promise<number> {
  return await runConfigured({ name: "chat", options, serve }, args);
}

async function serve({ logLevel, graceSeconds, ...values }: Values<typeof options>): Promise<number> {
  const log = createLog({ name: "chat", level: logLevel, to: "stdout" });
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  try {
    const server = await startChatServer({ ...values, log });
    log.info({ port: server.port, upstreamPort: values.upstreamPort }, "listening");
    if (!stop.signal.aborted) await once(stop.signal, "abort");
    log.info({ graceSeconds }, "stopping");
    await server.stop(graceSeconds * 1000);
    log.info("stopped");
    return ExitCode.clean;
  } catch (error) {
    log.fatal({ err: error }, "cannot serve");
    return ExitCode.internal;
  }
}
