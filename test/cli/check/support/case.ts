import { join, relative } from "node:path";
import { reportOf } from "../../../../src/cli/check/report-of.ts";
import { readManifests } from "../../../../src/cli/document.ts";
import { readSources } from "../../../../src/cli/sources.ts";
import type { Report } from "../../../../src/core/report/report.ts";
import { packageRoot } from "../../../../src/package-root.ts";
import { catalogue } from "../../../core/support/workspaces.ts";

export const cases = join(packageRoot(), "test/cases/check");

/** What is said of the files of a case, as if the command ran beside them. */
export function reportOfCase(name: string): Report {
  const sources = readSources([join(cases, name, "in")]);
  const manifests = sources.flatMap(({ shown, text }) =>
    readManifests({ shown: relative(join(cases, name), shown), text }),
  );
  // The version changes with every release, what is said does not.
  return reportOf(manifests, { namespace: "default", catalogue, toolVersion: "0.0.0" });
}
