import { nameOf, namespaceOf, textAt } from "../capacity/fields.ts";
import { children } from "../children/children.ts";
import { error } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import { groupOf, isWorkspace } from "../kinds/is-workspace.ts";
import type { RepositoryCheck, Seen, Told } from "./repository.ts";

/**
 * Objects a Workspace is made of whose name something else of the files has: Foresail leaves what is not its own alone, and
 * the Workspace stalls. Of two Workspaces the later one is told.
 */
export const nameTaken: RepositoryCheck = (all) => [...takenByGroups(all), ...takenChildren(all)];

/** One name in both groups is two Workspaces, which make the same objects. */
function takenByGroups(all: readonly Seen[]): readonly Told[] {
  const first = new Map<string, string>();
  return all.flatMap((seen): readonly Told[] => {
    const { object, namespace } = seen;
    if (!isWorkspace(object) || nameOf(object) === "") return [];
    const [name, own] = [`${namespace}/${nameOf(object)}`, groupOf(object)];
    const key = JSON.stringify([seen.group, name]);
    const group = first.get(key) ?? own;
    first.set(key, group);
    if (group === own) return [];
    const text = `metadata.name: Workspace ${name} is stated in ${group} and in ${own}: both would make the same objects; remove or rename one (to move it, change its apiVersion in place)`;
    return [{ seen, issue: error("metadata.name", "name/taken", text) }];
  });
}

function takenChildren(all: readonly Seen[]): readonly Told[] {
  const others = all.filter(({ object }) => !isWorkspace(object));
  const stated = new Set(others.map((seen) => keyOf(seen, seen.object)));
  const made = new Map<string, string>();
  return all.flatMap((seen): readonly Told[] => {
    if (seen.workspace === undefined) return [];
    const owner = nameOf(seen.object);
    const taken = children(seen.workspace).flatMap((child) => {
      const key = keyOf(seen, child);
      const other = made.get(key);
      if (other === undefined) made.set(key, owner);
      // Two Workspaces of one name are told by their names.
      if (other !== undefined && other !== owner) return [`${shown(child)} is of Workspace ${other}`];
      return stated.has(key) ? [`${shown(child)} is stated by the files`] : [];
    });
    if (taken.length === 0) return [];
    const text = `metadata.name: Workspace ${seen.namespace}/${owner} cannot have objects it needs: ${taken.join(", ")}; rename one`;
    return [{ seen, issue: error("metadata.name", "name/taken", text) }];
  });
}

/** What a cluster knows an object by, and which cluster: the version of its API is another view of the same object. */
function keyOf({ group, namespace }: Seen, object: JsonObject): string {
  const api = textAt(object, "apiVersion") ?? "";
  const apiGroup = api.includes("/") ? api.split("/")[0] : "";
  return JSON.stringify([group, apiGroup, object["kind"], namespaceOf(object) || namespace, nameOf(object)]);
}

function shown(object: JsonObject): string {
  return `${textAt(object, "kind")} ${nameOf(object)}`;
}
