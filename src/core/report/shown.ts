import { shownUsd } from "../cost/amount.ts";
import { counted, shownNumber } from "../explain/quantity.ts";
import { printable } from "./printable.ts";
import type { Finding, Place, Report, Subject, Waiver } from "./report.ts";

const MOST_OF_NAME = 300;

/** `Workspace models/phi`, `Workspace.foresail.dev models/phi`. */
export function shownSubject({ kind, group, namespace, name }: Subject): string {
  return printable(`${kindIn(kind, group)} ${namespace === "" ? "" : `${namespace}/`}${name}`);
}

/** `models/phi`, with its kind where that is no Workspace of KAITO's group; cut to 300 characters. */
export function shownName({ kind, group, namespace, name }: Subject): string {
  const shownKind = kind === "Workspace" && group === undefined ? "" : `${kindIn(kind, group)} `;
  return printable(`${shownKind}${namespace}/${name}`, MOST_OF_NAME);
}

/** As kubectl takes it. */
function kindIn(kind: string, group: string | undefined): string {
  return group === undefined ? kind : `${kind}.${group}`;
}

/**
 * `deploy/phi.yaml:10:5`. A line must not start with `::`, which GitHub's runner takes for a command: a file of such a name
 * is shown as `./::name`.
 */
export function shownPlace({ file, line, column }: Place): string {
  const shown = printable(file);
  return `${/^\s*::/.test(shown) ? "./" : ""}${shown}:${line}:${column}`;
}

/** The message, and how it is mended where there is one right way. */
export function shownMessage({ message, fix }: Finding): string {
  const way = fix === undefined ? "" : ` (fix: ${printable(fix.describes)})`;
  return printable(message) + way;
}

/** `waived by annotation until 2027-01-31: load test in June`. */
export function shownWaiver({ by, reason, until }: Waiver): string {
  return printable(`waived by ${by}${until === undefined ? "" : ` until ${until}`}: ${reason}`);
}

/** `2 errors, 1 warning, 3 waived`, and notices where there are any. */
export function shownCounts({ errors, warnings, notices = 0, waived }: Report["summary"]): string {
  const told = notices === 0 ? "" : `${counted(notices, "notice")}, `;
  return `${counted(errors, "error")}, ${counted(warnings, "warning")}, ${told}${shownNumber(waived)} waived`;
}

/** The line that every run ends with: `4 workspaces, 0 errors, 2 warnings, 0 waived, $2,681.29/month, catalogue 2026.11.0`. */
export function summaryLine({ summary, catalogue }: Report): string {
  const { workspaces, presetTemplates, monthlyPriceUsd, priceBound } = summary;
  return [
    counted(workspaces, "workspace"),
    ...(presetTemplates === 0 ? [] : [`${counted(presetTemplates, "template")} of preset pods`]),
    shownCounts(summary),
    `${shownUsd(monthlyPriceUsd, priceBound)}/month`,
    `catalogue ${printable(catalogue.id)}`,
  ].join(", ");
}
