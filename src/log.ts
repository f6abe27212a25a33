import { type Logger, pino } from "pino";

export type Log = Logger;

export type LogLevel = (typeof logLevels)[number];
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

export interface LogOptions {
  /** Which part of Foresail speaks: `webhook`, `reconciler`, `up`. */
  readonly name: string;
  readonly level?: LogLevel;
  /** Servers log to stdout, where container runtimes read; commands to stderr, because stdout is for their results. */
  readonly to: "stdout" | "stderr";
}

/**
 * Lines waiting for a reader that stopped reading. Beyond it lines are dropped: a stuck log collector must neither stop
 * admission nor fill the memory. 1 MiB is about 4,000 decisions.
 */
const WAITING_BYTES = 1024 * 1024;

/** One JSON object a line. What is logged is chosen by the caller; objects of users and credentials never are. */
export function createLog(options: LogOptions): Log {
  const destination = pino.destination({
    dest: options.to === "stdout" ? 1 : 2,
    sync: false,
    maxLength: WAITING_BYTES,
  });
  return pino(
    {
      base: { name: options.name },
      level: options.level ?? "info",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    destination,
  );
}

/**
 * The named parts of an error. pino's own serializer copies every property, and errors of HTTP clients carry the request
 * with its Authorization header.
 */
export function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack } = error;
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const cause = error.cause instanceof Error ? { cause: error.cause.message } : {};
  return { type: name, message, stack, ...code, ...cause };
}
