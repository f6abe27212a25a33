import { printable } from "../report/printable.ts";
import type { TakenOver } from "./report.ts";

/** The report for people: a paragraph for each Workspace, and what it comes to. */
export function takeOverText(report: readonly TakenOver[]): string {
  if (report.length === 0) return "no Workspace is there: nothing to take over\n";
  const paragraphs = report.map((one) => [headline(one), ...details(one)].join("\n"));
  return `${[...paragraphs, summary(report)].join("\n")}\n`;
}

function headline({ namespace, name, runs }: TakenOver): string {
  const what = runs === undefined ? "nothing of KAITO's runs: Foresail starts it" : `${runs} runs on as it is`;
  return printable(`${namespace}/${name}: ${what}`);
}

function details({ adoption, changes, refused, warnings }: TakenOver): readonly string[] {
  return [
    ...refused.map(({ code, message }) => `  refused: ${message} (${code})`),
    `  adopted: ${adoption}`,
    ...changes.map((change) => `    ${change}`),
    ...warnings.map(({ code, message }) => `  note: ${message} (${code})`),
  ].map((line) => printable(line));
}

function summary(report: readonly TakenOver[]): string {
  const left = report.filter(({ runs }) => runs !== undefined).length;
  const refused = report.filter(({ refused }) => refused.length > 0).length;
  return `${report.length} Workspaces: taking over restarts nothing, ${left} run on as they are, ${refused} must be mended before they can be adopted`;
}
