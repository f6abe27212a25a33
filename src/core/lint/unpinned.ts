import { upgradeAnnotation } from "../inputs.ts";
import { type Issue, warning } from "../issue.ts";
import { isObject } from "../json.ts";
import type { RepositoryCheck, Seen } from "./repository.ts";

const CATALOG = "foresail.dev/catalog";

/** Without the pin in git a rebuilt cluster runs what the release of that day makes. */
export const unpinned: RepositoryCheck = (all) =>
  all.flatMap((seen) => {
    const annotations = seen.workspace?.metadata.annotations ?? {};
    const release = seen.workspace?.expansion?.catalog;
    if (release === undefined || annotations[CATALOG] !== undefined || annotations[upgradeAnnotation] === "follow")
      return [];
    return [{ seen, issue: unpinnedIssue(seen, release) }];
  });

function unpinnedIssue({ object }: Seen, release: string): Issue {
  const text = `git does not say which catalogue release is used: a new cluster would use its own; ${CATALOG}: "${release}" says it`;
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  const patch = isObject(metadata["annotations"])
    ? [{ op: "add" as const, path: `/metadata/annotations/${CATALOG.replace("/", "~1")}`, value: release }]
    : [{ op: "add" as const, path: "/metadata/annotations", value: { [CATALOG]: release } }];
  return { ...warning("metadata", "gitops/unpinned", text), fix: { describes: `pin ${release}`, patch } };
}
