import { defined } from "../core/defined.ts";
import { counted } from "../core/explain/quantity.ts";
import { formats } from "../core/report/formats.ts";
import type { Report } from "../core/report/report.ts";
import { UsageError } from "../option.ts";
import { packageVersion } from "../package-root.ts";
import { type Arguments, command } from "./arguments.ts";
import { budgetOf } from "./budget-of.ts";
import { writeBaseline } from "./check/baseline.ts";
import { fixFiles } from "./check/fix.ts";
import { policiesOf } from "./check/policies-of.ts";
import { readCloudQuotas } from "./check/quotas.ts";
import { reportOf } from "./check/report-of.ts";
import { directoryInRepository } from "./check/repository.ts";
import { decisionsOf, policyPathsOf } from "./check/settings.ts";
import { ExitCode } from "./exit-code.ts";
import { styleOf } from "./explain/style.ts";
import { inputOptions } from "./input/options.ts";
import { readInput } from "./input/read.ts";
import { nothingFound } from "./nothing-found.ts";
import { outputHelp, readOutputs } from "./outputs.ts";
import { settingsOf, settingsOptions } from "./settings-of.ts";
import { writeReports } from "./write-reports.ts";

const FAIL_ON = ["error", "warning", "never"] as const;

const options = {
  output: { kind: "list", help: outputHelp(formats) },
  failOn: { kind: "text", help: "level from which the exit code is 1: error, warning or never (default error)" },
  rule: { kind: "list", help: "CODE=error|warning|notice|off: another level for a rule" },
  baseline: { kind: "text", help: "file of findings that were there before and do not count" },
  base: { kind: "text", help: "commit, branch or tag: also say what the change restarts, and refuses as an update" },
  onlyChanged: { kind: "switch", default: false, help: "with --base: what is found there, too, does not count" },
  writeBaseline: { kind: "text", help: "write what is found into such a file, and end with 0" },
  waivers: { kind: "switch", default: true, help: "heed waivers (--no-waivers: everything counts)" },
  showWaived: { kind: "switch", default: false, help: "print waived findings, too" },
  fix: { kind: "switch", default: false, help: "carry out the fixes of findings that have one right answer" },
  budget: { kind: "text", help: "most that all Workspaces may cost, in USD: 5000/month or 7.50/hour" },
  quota: {
    kind: "list",
    help: "REGION=FILE: quotas of the cloud, as az vm list-usage --location REGION -o json prints them",
  },
  requireObjects: { kind: "switch", default: false, help: "exit code 2 where no Workspace is found" },
  policy: {
    kind: "list",
    help: "file or directory of ValidatingAdmissionPolicies that judge all, or shipped; see docs/policies.md",
  },
  ...settingsOptions,
  key: { kind: "text", default: "check", help: "tells the comments of several checks on one pull request apart" },
  today: { kind: "text", help: "day the ends of waivers are compared with, as 2026-12-31 (default: today)" },
  ...inputOptions,
} as const;

/** `foresail check`: whether a cluster would take these manifests, and what a reviewer should know of them. */
export const run = command(
  {
    name: "check",
    usage: "[PATH…] [OPTIONS]",
    about: [
      "Says what admission would hold against the Workspaces of these files, which of their fields do not exist, and what only a",
      "look at all files together shows: names used twice, autoscalers, quotas, budgets, pins. docs/rules.md lists every rule.",
      "PATH is a file, a directory, a kustomization, or - for standard input (default: this directory). Other YAML is skipped.",
      "Pod templates with the label foresail.dev/preset are judged as their pods would be.",
      "A ConfigMap with settings of server or training is judged with the Workspace that names it.",
      "",
      "Findings are PATH:LINE:COLUMN LEVEL CODE OBJECT: MESSAGE, the place being one that can be edited. A rule is waived by an",
      'annotation, waive.foresail.dev/gitops.unpinned: "rebuilt each week; until 2027-01-31", or in the config, always with a',
      "reason; what the cluster would refuse cannot be waived. ValidatingAdmissionPolicies of --policy, and those applied together",
      "with Workspaces, judge as the API server would, in its words. With --base, restarts are told, too; foresail diff shows all.",
      "",
      "Exit codes: 0 nothing at or above --fail-on; 1 findings; 2 arguments, settings or input that cannot be used; 3 a fault of",
      "foresail itself. Needs no cluster and no network.",
    ],
    options,
    letters: { n: "namespace", o: "output" },
    operands: true,
    examples: [
      "foresail check",
      "foresail check --fail-on=warning --budget=5000/month clusters/prod",
      "foresail check -o text -o sarif=foresail.sarif -o markdown=comment.md",
      "foresail check --policy=shipped --policy=policies/ clusters/prod",
      "foresail check --base=origin/main --only-changed",
      "foresail check --quota=eastus=usage.json clusters/prod   # az vm list-usage --location eastus -o json > usage.json",
      "foresail check --fix workspace.yaml",
      "foresail check --write-baseline=.foresail-baseline.json   # first adoption: only new findings count from now on",
      "kustomize build overlays/prod | foresail check -",
    ],
  },
  check,
);

async function check({ values, operands }: Arguments<typeof options>): Promise<number> {
  const { file, catalogue, namespace } = settingsOf(values);
  const { config } = file;
  const failOn = failOnOf(values.failOn ?? config["fail-on"] ?? "error");
  const outputs = readOutputs(values.output, formats);
  const decisions = decisionsOf(values, file);
  const budget = budgetOf(values.budget ?? config.budget);
  const cloudQuotas = readCloudQuotas(values.quota, file);
  const toolVersion = packageVersion();
  if (values.onlyChanged && values.base === undefined) throw new UsageError("--only-changed needs --base REF");
  if (values.fix && operands.length === 0) throw new UsageError("--fix changes files: name them, or . for all of them");
  const paths = operands.length === 0 ? ["."] : operands;
  const policyPaths = policyPathsOf(values.policy, file);
  const judge = async (): Promise<Report> => {
    const manifests = readInput(paths, values);
    const policies = await policiesOf(policyPaths, manifests, console.error);
    const options = {
      namespace,
      catalogue,
      toolVersion,
      decisions,
      ...defined({ budget, cloudQuotas, policies }),
    };
    if (values.base === undefined) return reportOf(manifests, options);
    const { reportAgainst } = await import("./check/against-base.ts");
    const against = { ref: values.base, paths, onlyChanged: values.onlyChanged, input: values, policyPaths };
    return await reportAgainst(against, manifests, options);
  };
  let report = await judge();
  if (values.fix) {
    const { done, left } = fixFiles(report);
    console.error(`${done} fixes done${left > 0 ? `, ${left} wait for the next run: they touch the same lines` : ""}`);
    if (done > 0) report = await judge();
  }
  const printing = { waived: values.showWaived, key: values.key, directory: directoryInRepository(process.cwd()) };
  const { colour } = styleOf(process.stdout, process.env);
  await writeReports(outputs, (format, isTerminal) =>
    format.print(report, { ...printing, colour: colour && isTerminal }),
  );
  if (values.writeBaseline !== undefined) {
    const count = writeBaseline(values.writeBaseline, report);
    console.error(`${values.writeBaseline}: ${counted(count, "finding")}; use it with --baseline`);
    return ExitCode.clean;
  }
  return exitCode(report, failOn, { operands, requireObjects: values.requireObjects });
}

type FailOn = (typeof FAIL_ON)[number];

function failOnOf(text: string): FailOn {
  const found = FAIL_ON.find((one) => one === text);
  if (found !== undefined) return found;
  throw new UsageError(`--fail-on ${text}: expected ${FAIL_ON.join(", ")}`);
}

function exitCode(
  { summary }: Report,
  failOn: FailOn,
  { operands, requireObjects }: { readonly operands: readonly string[]; readonly requireObjects: boolean },
): number {
  if (summary.workspaces + summary.presetTemplates === 0) {
    console.error(nothingFound(operands));
    if (requireObjects) return ExitCode.usage;
  }
  const counts = failOn === "never" ? 0 : summary.errors + (failOn === "warning" ? summary.warnings : 0);
  return counts > 0 ? ExitCode.findings : ExitCode.clean;
}
