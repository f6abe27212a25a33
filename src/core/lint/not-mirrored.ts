import { findRelease } from "../catalogue.ts";
import { warning } from "../issue.ts";
import { isWorkspace } from "../kinds/is-workspace.ts";
import { podImages } from "../mirroring/pod-images.ts";
import { hostOf, qualified } from "../mirrors.ts";
import type { RepositoryCheck, Seen } from "./repository.ts";
import { statedImages } from "./stated-images.ts";

/** Images that pods pull from a host that is none of the mirrors, although there are mirrors: no prefix stands for it, or a template of one's own states it, which stays as it is. */
export const notMirrored: RepositoryCheck = (all, { catalogue }) =>
  all.flatMap((seen) => {
    const { run } = seen;
    if (run === undefined) return [];
    const { mirrors } = findRelease(catalogue, run.expansion.catalog) ?? catalogue.current;
    if (mirrors === undefined || mirrors.images.length === 0) return [];
    const hosts = new Set(mirrors.images.map(({ mirror }) => hostOf(mirror)));
    const left = new Set(podImages(run).map(({ image }) => image));
    return [...left]
      .filter((image) => !hosts.has(hostOf(image)))
      .map((image) => {
        const path = pathOf(seen, image);
        const what = path === "" ? image : `${path} ${image}`;
        const text = `${what} is pulled from where it is published, and none of the mirrors: copy it there, and name it as it is called there`;
        return { seen, issue: warning(path, "image/not-mirrored", text) };
      });
  });

/** Where the Workspace states it; the object as a whole for what the catalogue adds. */
function pathOf({ object }: Seen, image: string): string {
  const stated = isWorkspace(object) ? statedImages(object) : [];
  return stated.find((one) => qualified(one.image.trim()) === image)?.path ?? "";
}
