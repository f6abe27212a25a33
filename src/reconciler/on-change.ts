import type { OnChange } from "../kube/cache.ts";
import type { KubeObject } from "../kube/kube.ts";

/** Calls with what is read of the object before and after, each once. */
export function either(
  read: (object: KubeObject) => readonly string[],
  wake: (keys: readonly string[]) => void,
): OnChange {
  return (before, after) => {
    const keys = [before, after].flatMap((object) => (object === undefined ? [] : read(object)));
    if (keys.length > 0) wake([...new Set(keys)]);
  };
}

/** One after the other. */
export function each(...listeners: readonly OnChange[]): OnChange {
  return (before, after) => {
    for (const listener of listeners) listener(before, after);
  };
}
