import type { Release } from "../catalogue.ts";
import { anyObject, integer, list, object, type Schema, string } from "../schema.ts";
import { type FileKind, fileKind } from "./file-kind.ts";

const entries = list(anyObject("One."), "As the files of that release had them.");

/** A published release, kept whole: written by `foresail`'s own generator, never by hand. */
export const releaseFile: FileKind<Release> = fileKind(
  object(
    {
      id: string("Release."),
      engine: integer("Engine."),
      models: entries,
      formerModels: entries,
      runtimes: entries,
      servers: entries,
      migProfiles: entries,
      instanceTypes: entries,
      prices: entries,
      mirrors: anyObject("Mirrors."),
      defaults: anyObject("Defaults."),
    },
    "A release.",
    {
      required: [
        "id",
        "engine",
        "models",
        "formerModels",
        "runtimes",
        "servers",
        "migProfiles",
        "instanceTypes",
        "prices",
        "defaults",
      ],
    },
  ) as unknown as Schema<Release>,
  (file) => file,
);
