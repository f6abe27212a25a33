import { once } from "node:events";
import { readFileSync } from "node:fs";
import { AUTHORITY_DAYS, SERVING_DAYS } from "../../webhook/certificates.ts";
import { startWebhook } from "../../webhook/main.ts";
import { CatalogueError } from "../core/catalogue-files/file.ts";
import { CONFIGURATION_NAME } from "../core/webhook-configuration.ts";
import { createLog, logLevels } from "../log.ts";
import type { Options, Values } from "../option.ts";
import { runConfigured } from "./configured.ts";
import { ExitCode } from "./exit-code.ts";

const options = {
  port: { kind: "integer", default: 8443, max: 65_535, help: "port to listen on; 0: any free one" },
  address: { kind: "text", help: "address to listen on; absent: all" },
  kubeconfig: { kind: "text", help: "kubeconfig file; absent: the pod's ServiceAccount" },
  context: { kind: "text", help: "context of that file; absent: its current one" },
  namespace: { kind: "text", default: "foresail-system", help: "namespace of the Service and the Secret" },
  serviceName: { kind: "text", default: "foresail-webhook", help: "Service the API server calls" },
  url: { kind: "text", help: "https://HOST:PORT the API server calls instead of the Service" },
  configurationName: { kind: "text", default: CONFIGURATION_NAME, help: "webhook configurations to keep the CA in" },
  certificates: {
    kind: "choice",
    choices: ["secret", "provided", "memory"],
    default: "secret",
    help: "made here and shared in the Secret; only read from it (cert-manager); made anew at every start",
  },
  secretName: { kind: "text", default: "foresail-webhook-certs", help: "Secret that holds the certificates" },
  certificateCheckSeconds: {
    kind: "integer",
    default: 10,
    min: 1,
    help: "time between two checks of CA and certificate",
  },
  certificateHours: {
    kind: "number",
    default: 24 * SERVING_DAYS,
    help: "life of a serving certificate made here; renewed at two thirds of it",
  },
  caHours: {
    kind: "number",
    default: 24 * AUTHORITY_DAYS,
    help: "life of a CA made here; renewed at two thirds of it",
  },
  caSettleSeconds: {
    kind: "number",
    default: 10,
    help: "time for API servers to read a new CA before it is used",
  },
  clientCa: { kind: "text", help: "file with the CA of the clients that may ask (the API server); absent: everybody" },
  clientNames: { kind: "list", help: "common or DNS names of those clients; none: all of that CA" },
  metricsPort: { kind: "integer", default: 8080, max: 65_535, help: "port of /metrics, plain HTTP; 0: any free one" },
  catalog: { kind: "list", help: "directory or file of catalogue data, over what ships" },
  drainSeconds: { kind: "number", default: 10, help: "time for clients to go elsewhere before the port closes" },
  graceSeconds: { kind: "number", default: 10, help: "time for open requests after that" },
  startupSeconds: { kind: "number", default: 60, help: "how long to wait for the API server at the start" },
  logLevel: { kind: "choice", choices: logLevels, default: "info", help: "least important line to log" },
} as const satisfies Options;

/**
 * `foresail webhook`: serves admission until SIGTERM or SIGINT, then stops gracefully; a second signal ends it at once.
 * @returns 0 after a clean stop, 2 for a usage or catalogue error, 3 when it cannot start.
 */
export async function run(args: string[]): Promise<number> {
  return await runConfigured({ name: "webhook", options, serve }, args);
}

async function serve({ logLevel, ...values }: Values<typeof options>): Promise<number> {
  const { certificateHours, caHours } = values;
  if (certificateHours <= 0 || caHours < certificateHours) {
    const given = `--certificate-hours is ${certificateHours} and --ca-hours ${caHours}`;
    console.error(`${given}: a CA must live at least as long as what it signs, and that longer than 0 hours.`);
    return ExitCode.usage;
  }
  const log = createLog({ name: "webhook", level: logLevel, to: "stdout" });
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  try {
    const { clientCa, clientNames: names, ...rest } = values;
    const clients = clientCa === undefined ? undefined : { ca: readFileSync(clientCa, "utf8"), names };
    const webhook = await startWebhook({ ...rest, clients }, log, stop.signal);
    if (!stop.signal.aborted) await once(stop.signal, "abort");
    await webhook.stop();
    return ExitCode.clean;
  } catch (error) {
    if (stop.signal.aborted) return ExitCode.clean;
    log.fatal({ err: error }, "cannot serve");
    return error instanceof CatalogueError ? ExitCode.usage : ExitCode.internal;
  }
}
