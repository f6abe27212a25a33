import type { Release } from "../catalogue.ts";
import { integer, object, type Schema, string } from "../schema.ts";
import { type FileKind, fileKind } from "./file-kind.ts";

/** A published release, kept whole: written by `foresail`'s own generator, never by hand. */
export const releaseFile: FileKind<Release> = fileKind(
  object({ id: string("Release."), engine: integer("Engine.") }, "A release.", {
    required: ["id", "engine"],
  }) as Schema<Release>,
  (file) => file,
);
