import { inputsHash } from "../../../src/core/inputs.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Expansion } from "../../../src/core/kinds/expansion.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { expansion } from "../../core/children/workspaces.ts";
import { accepted, admitted, ownedPod } from "../../core/plan/worlds.ts";

/** The same object of a Workspace of another name. */
export function renamed<T extends object>(object: T, name: string): T {
  return JSON.parse(JSON.stringify(object).replaceAll('"phi"', JSON.stringify(name))) as T;
}

/** A Workspace like that of the worlds, by another name. */
export function named(name: string, changed: Partial<Expansion> = {}): Workspace {
  const made = renamed(admitted(changed), name);
  return accepted({ ...made, expansion: { ...(made.expansion ?? expansion), inputsHash: inputsHash(made) } });
}

/** The nth pod of a Workspace, which waits for a node. */
export function podOf(name: string, n = 1): JsonObject {
  return renamed(ownedPod(`${name}-${n}`), name);
}
