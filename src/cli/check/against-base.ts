import { compare } from "../../core/compare/compare.ts";
import type { Compared } from "../../core/compare/comparison.ts";
import { shownPods } from "../../core/compare/format/words.ts";
import { defined } from "../../core/defined.ts";
import { type Issue, warning } from "../../core/issue.ts";
import type { Report } from "../../core/report/report.ts";
import { inGitBase } from "../diff/base.ts";
import { stateOfAll } from "../diff/state.ts";
import type { Manifest } from "../input/manifest.ts";
import type { InputOptions } from "../input/options.ts";
import { readInput } from "../input/read.ts";
import { policiesOf } from "./policies-of.ts";
import { type CheckOptions, reportOf } from "./report-of.ts";

export interface Against {
  /** Commit, branch or tag; what a branch changed is compared with where it began. */
  readonly ref: string;
  readonly paths: readonly string[];
  /** Whether what base has, too, counts no more. */
  readonly onlyChanged: boolean;
  readonly input: InputOptions;
  /** Values of `--policy`. */
  readonly policyPaths: readonly string[];
}

/**
 * The report of these manifests with what the change does to what runs: pods that restart, and what is refused as an update
 * only. Throws UsageError where there is no git, no such commit, or base cannot be read.
 */
export async function reportAgainst(
  { ref, paths, onlyChanged, input, policyPaths }: Against,
  manifests: readonly Manifest[],
  options: CheckOptions,
): Promise<Report> {
  const { value: former, shown } = await inGitBase(ref, paths, (there) => readInput(there, input));
  const { namespace, catalogue, toolVersion, decisions } = options;
  const comparison = compare({
    base: stateOfAll(former, namespace),
    head: stateOfAll(manifests, namespace),
    catalogue,
    named: { base: shown, version: toolVersion },
  });
  const changes = changesOf(comparison.compared);
  const known = onlyChanged ? await fingerprintsOf(former, options, policyPaths) : [];
  const baseline = new Set([...decisions.baseline, ...known]);
  return reportOf(manifests, { ...options, changes, decisions: { ...decisions, baseline } });
}

async function fingerprintsOf(
  former: readonly Manifest[],
  { policies: _, ...options }: CheckOptions,
  policyPaths: readonly string[],
): Promise<readonly string[]> {
  const policies = await policiesOf(policyPaths, former);
  return reportOf(former, { ...options, ...defined({ policies }) }).findings.map(({ fingerprint }) => fingerprint);
}

/** What is to be said of a change, object by object. */
export function changesOf(compared: readonly Compared[]): NonNullable<CheckOptions["changes"]> {
  return compared.flatMap((one) => issuesOf(one).map((issue) => ({ subject: one.subject, issue })));
}

function issuesOf({ pods, issues }: Compared): readonly Issue[] {
  const restarts = pods.effect === "restarts" ? [warning("", "upgrade/restarts", shownPods(pods))] : [];
  // Judged alone, as a create, the object is right.
  return [...restarts, ...issues.filter(({ code }) => code === "workspace/use-change")];
}
