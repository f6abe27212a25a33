import { judge, shownVerdict } from "../core/cost/budget.ts";
import { costsOf } from "../core/cost/cost.ts";
import { defined } from "../core/defined.ts";
import { staleIssues } from "../core/explain/price-sources.ts";
import type { Place } from "../core/report/report.ts";
import { type Arguments, command } from "./arguments.ts";
import { budgetOf } from "./budget-of.ts";
import { costJson } from "./cost/json.ts";
import { costMarkdown } from "./cost/markdown.ts";
import type { Statement } from "./cost/statement.ts";
import { costText } from "./cost/text.ts";
import { day } from "./day.ts";
import { ExitCode } from "./exit-code.ts";
import { styleOf } from "./explain/style.ts";
import { inputOptions } from "./input/options.ts";
import { readOperands } from "./input/read.ts";
import { nothingFound } from "./nothing-found.ts";
import { type AdmittedManifest, admissionLines, admittedOf } from "./runs.ts";
import { settingsOf, settingsOptions } from "./settings-of.ts";
import { writeOut } from "./write-out.ts";

const options = {
  output: {
    kind: "choice",
    choices: ["text", "json", "markdown"],
    default: "text",
    help: "docs/cost.md has the shape of json",
  },
  budget: { kind: "text", help: "most that all may cost, in USD: 5000/month or 7.50/hour" },
  budgetPerWorkspace: { kind: "text", help: "most that each may cost" },
  today: { kind: "text", help: "day the age of prices is counted to, as 2026-12-31 (default: today)" },
  ...settingsOptions,
  ...inputOptions,
} as const;

/** `foresail cost`: what manifests cost. 1 when one is refused or a budget is exceeded, 2 when input cannot be read. */
export const run = command(
  {
    name: "cost",
    usage: "[PATH…] [OPTIONS]",
    about: [
      "Says what the nodes of Workspaces cost per hour and per month of 730 hours, with the cheapest size that fits beside the",
      "chosen one. Deployments and other objects whose pods ask for a preset count by their replicas.",
      "PATH is a file, a directory, a kustomization, or - for standard input (default: this directory). Other YAML is skipped.",
      "What counts is the dearest capacity type a Workspace allows. ≤ marks a bound: no spot price is known, several prices may",
      "be paid, or nodes may be shared. Nodes of your own cost nothing here.",
      "A size without a known price is in no sum, and within no budget.",
      "",
      "Exit codes: 0 priced and within the budgets; 1 something is refused by admission, or a budget is exceeded; 2 arguments or",
      "input that cannot be read; 3 internal error. Findings go to stderr, prices older than 90 days among them.",
      "Needs no cluster and no network.",
    ],
    options,
    letters: { n: "namespace", o: "output" },
    operands: true,
    examples: [
      "foresail cost",
      "foresail cost clusters/prod --budget 20000/month --budget-per-workspace 5000/month",
      "kustomize build overlays/prod | foresail cost - -o markdown",
      "foresail cost --catalog contract-prices/ -o json examples/ | jq .total.amount.monthlyUsd",
    ],
  },
  cost,
);

async function cost({ values, operands }: Arguments<typeof options>): Promise<number> {
  const { file, catalogue, namespace } = settingsOf(values);
  const budgets = defined({
    total: budgetOf(values.budget ?? file.config.budget),
    perWorkspace: budgetOf(values.budgetPerWorkspace, "--budget-per-workspace"),
  });
  const today = day(values.today);
  const admitted = admittedOf(readOperands(operands, values), namespace, catalogue);
  if (admitted.length === 0) console.error(nothingFound(operands));
  const priced = admitted.flatMap((one) => (one.run === undefined ? [] : [{ ...one, run: one.run }]));
  const costs = costsOf(
    priced.map((one) => one.run),
    catalogue,
    today,
  );
  const statement: Statement = {
    catalogue: catalogue.current.id,
    today,
    costs,
    places: priced.map(place),
    refused: admitted
      .filter((one) => one.run === undefined)
      .map((one) => ({ subject: one.subject, place: place(one) })),
    verdicts: judge(costs.runs, costs.total.amount, budgets),
  };
  const over = statement.verdicts.filter((one) => one.over);
  for (const line of [
    ...admissionLines(admitted),
    ...staleIssues(costs.prices).map(({ level, code, message }) => `${level} ${code} ${message}`),
    ...over.map((one) => `over budget: ${shownVerdict(one)}`),
  ]) {
    console.error(line);
  }
  await writeOut(rendered(statement, values.output));
  return statement.refused.length + over.length > 0 ? ExitCode.findings : ExitCode.clean;
}

function rendered(statement: Statement, output: string): string {
  switch (output) {
    case "json":
      return costJson(statement);
    case "markdown":
      return costMarkdown(statement);
    default:
      return costText(statement, styleOf(process.stdout, process.env));
  }
}

function place({ manifest }: AdmittedManifest): Place {
  return manifest.placeOf("");
}
