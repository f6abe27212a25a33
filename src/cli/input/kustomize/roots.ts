import { realpathSync } from "node:fs";
import type { Kustomizations } from "./kustomizations.ts";

/**
 * Of directories with a kustomization those that another of them uses, as it is deployed through that one and not by itself;
 * paths with links followed. Two that use each other are roots both: the build tells of the cycle.
 */
export function usedByOthers(directories: readonly string[], kustomizations: Kustomizations): ReadonlySet<string> {
  const reached = new Map(
    directories.map((directory) => [realpathSync(directory), kustomizations.reach(directory).directories] as const),
  );
  return new Set(
    [...reached].flatMap(([one, uses]) =>
      [...uses].filter((other) => other !== one && reached.get(other)?.has(one) !== true),
    ),
  );
}
