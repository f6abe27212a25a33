import type { Catalogue } from "../catalogue.ts";
import { diff, type Operation } from "../diff.ts";
import { expand } from "../expand.ts";
import { errors } from "../issue.ts";
import { isObject, type Json, sameJson } from "../json.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import type { Change, Upgrade } from "./explanation.ts";

/** Annotation that names the catalogue release a Workspace is expanded with. */
export const PIN = "foresail.dev/catalog";

/**
 * What the release that runs would change about an expansion of another one; undefined where it is its own, or nothing
 * would change. A pin in git is left out: it is what one would edit.
 */
export function upgradeTo(workspace: Workspace, stored: Expansion, catalogue: Catalogue): Upgrade | undefined {
  const { id } = catalogue.current;
  if (stored.catalog === id) return undefined;
  const { expansion, issues } = expand(unpinned(workspace), catalogue);
  const versions = { from: stored.catalog, to: id };
  if (expansion === undefined) return { ...versions, restarts: false, changes: [], refused: errors(issues) };
  const changes = changesOf(stored, expansion);
  if (changes.length === 0) return undefined;
  return { ...versions, restarts: !sameJson(stored.podTemplate, expansion.podTemplate), changes };
}

/** What differs between two expansions, but for what names the release and the inputs. */
export function changesOf(before: Expansion, after: Expansion): readonly Change[] {
  const { catalog, inputsHash } = before;
  return diff(before, { ...after, catalog, inputsHash }).map((one) => changeOf(one, before));
}

function unpinned(workspace: Workspace): Workspace {
  const { [PIN]: pin, ...annotations } = workspace.metadata.annotations ?? {};
  return pin === undefined ? workspace : { ...workspace, metadata: { ...workspace.metadata, annotations } };
}

function changeOf(operation: Operation, before: Expansion): Change {
  const keys = operation.path
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const from = operation.op === "add" ? undefined : valueAt(before, keys);
  return {
    path: keys.join("."),
    ...(from === undefined ? {} : { from }),
    ...(operation.op === "remove" ? {} : { to: operation.value as Json }),
  };
}

function valueAt(value: unknown, keys: readonly string[]): Json | undefined {
  let at = value;
  for (const key of keys) {
    if (!isObject(at) && !Array.isArray(at)) return undefined;
    at = (at as { readonly [key: string]: unknown })[key];
  }
  return at as Json | undefined;
}
