import { PIN } from "../explain/upgrade.ts";
import { type Issue, warning } from "../issue.ts";
import { follows, pinOf, pinPatch } from "../pin/pin.ts";
import type { RepositoryCheck } from "./repository.ts";

/** Without the pin in git a rebuilt cluster runs what the release of that day makes. */
export const unpinned: RepositoryCheck = (all) =>
  all.flatMap((seen) => {
    const { object, workspace } = seen;
    const release = workspace?.expansion?.catalog;
    if (release === undefined || pinOf(object) !== undefined || follows(object)) return [];
    const fix = { describes: `pin ${release}`, patch: pinPatch(object, release) };
    return [{ seen, issue: { ...unpinnedIssue(release), fix } }];
  });

function unpinnedIssue(release: string): Issue {
  const text = `git does not say which catalogue release is used: a new cluster would use its own; ${PIN}: "${release}" says it`;
  return warning("metadata", "gitops/unpinned", text);
}
