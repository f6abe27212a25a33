import { warning } from "../issue.ts";
import { isObject } from "../json.ts";
import { isWorkspace } from "../kinds/is-workspace.ts";
import type { RepositoryCheck } from "./repository.ts";

/** Images that git names by no tag, or by `latest`: the same git runs something else tomorrow. */
export const movingTags: RepositoryCheck = (all) =>
  all
    .filter(({ object }) => isWorkspace(object))
    .flatMap((seen) =>
      ["inference", "tuning"]
        .flatMap((field) => imagesIn(seen.object[field], field))
        // KAITO ignores the image of a preset's options; where a tuning pushes to is written, not read.
        .filter(({ path }) => !path.endsWith(".presetOptions.image") && path !== "tuning.output.image")
        .filter(({ image }) => isMoving(image))
        .map(({ path, image }) => {
          const text = `${path} ${image} has ${tagOf(image) === undefined ? "no tag" : "the tag latest"}: the same git may run another image tomorrow; name a version or a digest`;
          return { seen, issue: warning(path, "image/moving-tag", text) };
        }),
    );

interface Named {
  readonly path: string;
  readonly image: string;
}

function imagesIn(value: unknown, path: string): readonly Named[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => imagesIn(item, `${path}[${i}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === "image" && typeof member === "string"
      ? [{ path: `${path}.image`, image: member }]
      : imagesIn(member, `${path}.${key}`),
  );
}

function isMoving(image: string): boolean {
  if (image === "" || image === "auto" || image.includes("@sha256:")) return false;
  return (tagOf(image) ?? "latest") === "latest";
}

/** What follows the colon of the last part: earlier ones are ports. */
function tagOf(image: string): string | undefined {
  return /:([^/:@]+)(?:@|$)/.exec(image)?.[1];
}
