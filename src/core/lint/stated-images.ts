import { isObject, type JsonObject } from "../json.ts";

export interface StatedImage {
  readonly path: string;
  readonly image: string;
}

/** The images a Workspace states, and where. */
export function statedImages(object: JsonObject): readonly StatedImage[] {
  return (
    ["inference", "tuning"]
      .flatMap((field) => imagesIn(object[field], field))
      // KAITO ignores the image of a preset's options; where a tuning pushes to is written, not read.
      .filter(({ path }) => !path.endsWith(".presetOptions.image") && path !== "tuning.output.image")
  );
}

function imagesIn(value: unknown, path: string): readonly StatedImage[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => imagesIn(item, `${path}[${i}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === "image" && typeof member === "string"
      ? [{ path: `${path}.image`, image: member }]
      : imagesIn(member, `${path}.${key}`),
  );
}
