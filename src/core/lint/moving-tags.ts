import { warning } from "../issue.ts";
import { isWorkspace } from "../kinds/is-workspace.ts";
import type { RepositoryCheck } from "./repository.ts";
import { statedImages } from "./stated-images.ts";

/** Images that git names by no tag, or by `latest`: the same git runs something else tomorrow. */
export const movingTags: RepositoryCheck = (all) =>
  all
    .filter(({ object }) => isWorkspace(object))
    .flatMap((seen) =>
      statedImages(seen.object)
        .filter(({ image }) => isMoving(image))
        .map(({ path, image }) => {
          const text = `${path} ${image} has ${tagOf(image) === undefined ? "no tag" : "the tag latest"}: the same git may run another image tomorrow; name a version or a digest`;
          return { seen, issue: warning(path, "image/moving-tag", text) };
        }),
    );

function isMoving(image: string): boolean {
  if (image === "" || image === "auto" || image.includes("@sha256:")) return false;
  return (tagOf(image) ?? "latest") === "latest";
}

/** What follows the colon of the last part: earlier ones are ports. */
function tagOf(image: string): string | undefined {
  return /:([^/:@]+)(?:@|$)/.exec(image)?.[1];
}
