import type { Totals } from "../../core/imagine/priced.ts";
import type { Deed, PlannedStep, PlanReport, Reason, WorkspacePlan } from "../../core/imagine/report.ts";
import { keyOfNamed } from "../../core/kinds/workspace-names.ts";
import { asAscii, type Style } from "../explain/style.ts";
import { table, wrapped } from "../explain/table.ts";

/** The plan for a reader. */
export function planText(report: PlanReport, style: Style): string {
  const count = report.workspaces.length;
  const lines = [
    `${count} ${count === 1 ? "Workspace" : "Workspaces"}, provider ${report.provider}, catalogue ${report.catalogue}`,
    ...report.workspaces.flatMap((workspace) => ["", ...workspaceLines(workspace, style.width)]),
    ...(report.settled ? [] : ["", "The steps do not come to an end: please report this."]),
    "",
    "Nodes of the installation",
    ...table(totalRows(report.totals), style.width, { right: [1, 2, 3, 4] }),
    ...unpricedLine(report.totals.most),
  ];
  const text = `${lines.join("\n")}\n`;
  return style.ascii ? asAscii(text) : text;
}

function workspaceLines(workspace: WorkspacePlan, width: number): readonly string[] {
  const { steps, end, now, runs } = workspace;
  const [last, ...why] = end.length > 0 ? end : [{ reason: "Deleted", message: "nothing is left" }];
  return [
    keyOfNamed(workspace),
    ...(now.length === 0 ? [] : indented("now", said(now[0]), width)),
    ...(workspace.ownNodes ?? []).flatMap((line, i) => indented(i === 0 ? "nodes" : "", line, width)),
    ...steps.flatMap((step) => stepLines(step, width)),
    ...indented(runs ? "end" : "stops", said(last), width),
    ...(runs ? [] : further(last, why).flatMap((reason) => indented("", said(reason), width))),
  ];
}

/** Each once; the first may quote others. */
function further(first: Reason | undefined, others: readonly Reason[]): readonly Reason[] {
  return others.filter(
    ({ message }, i) =>
      first?.message.includes(message) !== true && others.findIndex((one) => one.message === message) === i,
  );
}

const LABEL_COLUMNS = 8;

function indented(label: string, text: string, width: number): readonly string[] {
  return wrapped(text, width - LABEL_COLUMNS).map(
    (line, i) => `${(i === 0 ? `  ${label}` : "").padEnd(LABEL_COLUMNS)}${line}`,
  );
}

function said(reason: Reason | undefined): string {
  return reason === undefined ? "nothing to say" : `${reason.reason}: ${reason.message}`;
}

function stepLines(step: PlannedStep, width: number): readonly string[] {
  const waits = [
    ...(step.after === undefined ? [] : [`after step ${step.after}`]),
    ...(step.afterSeconds === undefined ? [] : [`${step.afterSeconds} s from the beginning`]),
  ];
  const lines = [
    ...grouped(step.deeds),
    ...step.because.map((reason) => `because ${said(reason)}`),
    ...(waits.length === 0 ? [] : [`(${waits.join(", ")})`]),
  ];
  return lines.flatMap((line, i) => indented(i === 0 ? `${step.step}` : "", line, width));
}

/** One line for all that is created, one for each node. */
function grouped(deeds: readonly Deed[]): readonly string[] {
  const plain = deeds.filter(({ claim, why }) => claim === undefined && why === undefined);
  const verbs = [...new Set(plain.map(({ does }) => does))];
  return [
    ...verbs.map((verb) => {
      const what = plain.filter(({ does }) => does === verb).map(shown);
      return `${verb} ${what.join(", ")}`;
    }),
    ...counted(deeds.filter(({ claim, why }) => claim !== undefined || why !== undefined).map(nodeLine)),
  ];
}

/** Nodes that are alike are one line. */
function counted(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)].map((line) => {
    const count = lines.filter((one) => one === line).length;
    return count === 1 ? line : `${count} × ${line}`;
  });
}

function shown({ kind, name, replicas, part }: Deed): string {
  return `${kind}/${name}${replicas === undefined ? "" : ` to ${replicas}`}${part === undefined ? "" : ` (${part})`}`;
}

function nodeLine({ does, name, claim, why }: Deed): string {
  if (claim === undefined) return `${does} NodeClaim ${name}: ${why}`;
  const { instanceType, capacityType, zone, hourlyPriceUsd, monthlyPriceUsd, priceBound } = claim;
  const bound = priceBound === "at-most" ? "≤ " : "";
  const price =
    hourlyPriceUsd === undefined
      ? "price unknown"
      : `${bound}${dollars(hourlyPriceUsd)} per hour, ${bound}${dollars(monthlyPriceUsd ?? 0)} per month`;
  return `${does} NodeClaim: ${instanceType}, ${capacityType}, ${zone ?? "any zone"}: ${price}`;
}

function dollars(usd: number): string {
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

function totalRows({ now, most, end }: PlanReport["totals"]): readonly (readonly string[])[] {
  const row = (label: string, totals: Totals): readonly string[] => [
    label,
    String(totals.nodes),
    String(totals.gpus),
    dollars(totals.hourlyPriceUsd),
    dollars(totals.monthlyPriceUsd),
  ];
  return [["", "NODES", "GPUS", "$/HOUR", "$/MONTH"], row("now", now), row("at most", most), row("in the end", end)];
}

function unpricedLine({ unpriced }: Totals): readonly string[] {
  return unpriced === 0 ? [] : [`  ${unpriced} of them at a price the catalogue does not know, not counted.`];
}
