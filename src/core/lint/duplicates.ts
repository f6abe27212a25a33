import { nameOf } from "../capacity/fields.ts";
import { error } from "../issue.ts";
import { groupOf, isWorkspace } from "../kinds/is-workspace.ts";
import type { RepositoryCheck } from "./repository.ts";

/**
 * Of two manifests with one name each apply undoes the other. What is not applied together is another cluster's; in another
 * API group it is another object, and name/taken's.
 */
export const duplicates: RepositoryCheck = (all) => {
  const before = new Set<string>();
  return all
    .filter(({ object }) => isWorkspace(object) && nameOf(object) !== "")
    .flatMap((seen) => {
      const { object, namespace, group } = seen;
      const name = `${namespace}/${nameOf(object)}`;
      const key = JSON.stringify([group, groupOf(object), name]);
      if (!before.has(key)) {
        before.add(key);
        return [];
      }
      const text = `metadata.name: Workspace ${name} is in an earlier manifest, too: each apply would undo the other; rename or remove one`;
      return [{ seen, issue: error("metadata.name", "workspace/duplicate", text) }];
    });
};
