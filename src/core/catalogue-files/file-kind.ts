import type { Issue } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import { list, map, object, oneOf, type Schema, string, validator } from "../schema.ts";

/** How files of one kind are checked and read. */
export interface FileKind<T> {
  readonly schema: JsonObject;
  readonly check: (value: unknown, root: string) => readonly Issue[];
  readonly read: (value: unknown) => T;
}

/** A kind whose files are what a schema says; `read` fills in what may be absent. */
export function fileKind<S extends Schema<unknown>, T>(
  schema: S,
  read: (value: NonNullable<S["type"]>) => T,
): FileKind<T> {
  // Compiled when first asked: what ships has been checked, and most starts read nothing else.
  let compiled: FileKind<T>["check"] | undefined;
  return {
    schema: schema.json,
    check: (value, root) => {
      compiled ??= validator(schema);
      return compiled(value, root);
    },
    read: (value) => read(value as NonNullable<S["type"]>),
  };
}

export const positive = { exclusiveMinimum: 0 };
export const closed = { keywords: { additionalProperties: false } };
export const flags = map(string("Value; empty for a bare flag."), "Flags of the server by name.");
export const cloud = oneOf(["azure", "aws"], "Cloud the size belongs to.");
export const date = string("Day, ISO 8601.", { pattern: "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$" });
export const capability = string("CUDA compute capability.", { pattern: "^\\d+\\.\\d$" });
export const names = list(string("Name."), "Names.");

export const tuned = list(
  object(
    {
      gpuModel: string("GPU model as the sizes name it."),
      performanceMode: oneOf(["balanced", "interactivity", "throughput"], "Performance mode."),
      flags,
      source: string("Where the values come from."),
      date,
    },
    "Flags for one GPU model or performance mode.",
    { required: ["flags", "source", "date"], ...closed },
  ),
  "Tuned flags.",
);
