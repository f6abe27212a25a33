import type { Release } from "../catalogue.ts";
import { error, type Issue } from "../issue.ts";
import type { Workspace } from "../kinds/workspace.ts";

/**
 * The denial of a preset that KAITO has dropped, with the nearest one that lives; undefined where `name` is none. The
 * catalogue may still know its model: an image of that time serves it on GPUs of that time.
 */
export function formerPreset(release: Release, workspace: Workspace, name: string): Issue | undefined {
  const former = release.formerModels.find((entry) => entry.name === name.toLowerCase());
  if (former === undefined) return undefined;
  const path = presetPath(workspace);
  return error(
    path,
    "preset/retired",
    `${path} ${former.name} is no longer served: the nearest preset is ${former.nearest}`,
  );
}

export function presetPath(workspace: Workspace): string {
  return workspace.inference === undefined ? "tuning.preset.name" : "inference.preset.name";
}
