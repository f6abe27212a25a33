import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { readCloudQuotas } from "../../../../src/cli/check/quotas.ts";
import { reportOf } from "../../../../src/cli/check/report-of.ts";
import type { Manifest } from "../../../../src/cli/input/manifest.ts";
import { readInput } from "../../../../src/cli/input/read.ts";
import { defined } from "../../../../src/core/defined.ts";
import type { Report } from "../../../../src/core/report/report.ts";
import { loadCatalogue } from "../../../../src/load.ts";
import { packageRoot } from "../../../../src/package-root.ts";
import { undecided } from "../../../core/support/undecided.ts";
import { catalogue } from "../../../core/support/workspaces.ts";

export const cases = join(packageRoot(), "test/cases/check");

/** What is said of the files of a case, as if the command ran beside them; `usage.json` beside them are quotas of eastus, `mirrors.yaml` a part of the catalogue. */
export function reportOfCase(name: string): Report {
  const base = join(cases, name);
  const manifests = readInput([join(base, "in")]).map((manifest) => seenFrom(base, manifest));
  const quota = join(base, "usage.json");
  const cloudQuotas = readCloudQuotas(existsSync(quota) ? [`eastus=${quota}`] : [], { config: {}, from: String });
  const mirrors = join(base, "mirrors.yaml");
  const used = existsSync(mirrors) ? loadCatalogue([mirrors]) : catalogue;
  // The version changes with every release, what is said does not.
  const options = { namespace: "default", catalogue: used, toolVersion: "0.0.0", decisions: undecided };
  return reportOf(manifests, { ...options, ...defined({ cloudQuotas }) });
}

function seenFrom(base: string, manifest: Manifest): Manifest {
  const from = <T extends { readonly file: string }>(one: T): T => ({ ...one, file: relative(base, one.file) });
  return {
    ...manifest,
    shown: relative(base, manifest.shown),
    placeOf: (path) => from(manifest.placeOf(path)),
    edits: (patch) => manifest.edits(patch)?.map(from),
  };
}
