import { shownUsd } from "../cost/amount.ts";
import { counted, shownNumber } from "../explain/quantity.ts";
import { issueList } from "../html/issue.ts";
import { type Content, type Html, html } from "../html/markup.ts";
import { memoryFigure } from "../html/memory.ts";
import { card, facts, tag } from "../html/parts.ts";
import type { CheckedWorkspace, Finding } from "./report.ts";
import { shownPlace } from "./shown.ts";
import { monthlyUsd } from "./summarised.ts";

type Runs = NonNullable<CheckedWorkspace["runs"]>;

/** A Workspace: what is found, what it runs on at which price, how the memory of a GPU is used. */
export function checkedCard(workspace: CheckedWorkspace, findings: readonly Finding[], isOpen: boolean): Html {
  const { namespace, name, place, runs } = workspace;
  const worstFirst = findings.toSorted((a, b) => Number(b.level === "error") - Number(a.level === "error"));
  return card({
    name: `${namespace}/${name}`,
    facts: runs === undefined ? [shownPlace(place)] : headOf(runs),
    tags: tagsOf(findings, runs),
    isOpen,
    content: [issueList(worstFirst), runs === undefined ? undefined : picture(runs, shownPlace(place))],
  });
}

function tagsOf(findings: readonly Finding[], runs: Runs | undefined): readonly Html[] {
  const errors = findings.filter(({ level }) => level === "error").length;
  const warnings = findings.length - errors;
  return [
    ...(runs === undefined ? [tag("refused", "error")] : []),
    ...(errors === 0 ? [] : [tag(counted(errors, "error"), "error")]),
    ...(warnings === 0 ? [] : [tag(counted(warnings, "warning"), "warning")]),
    ...(findings.length === 0 && runs !== undefined ? [tag("good", "good")] : []),
  ];
}

function headOf(runs: Runs): readonly string[] {
  const { preset, hourlyPriceUsd } = runs;
  return [
    preset ?? "own template",
    nodesOf(runs),
    ...(hourlyPriceUsd === undefined ? [] : [`${priceOf(runs, monthlyUsd(hourlyPriceUsd))} a month`]),
  ];
}

function nodesOf({ instanceType, nodeCount, replicas }: Runs): string {
  return `${shownNumber(nodeCount * replicas)} × ${instanceType ?? "own node"}`;
}

/** The price is the one on demand: a bound where something else may be bought. */
function priceOf({ capacityTypes }: Runs, usd: number): string {
  return shownUsd(usd, capacityTypes.every((type) => type === "on-demand") ? "exact" : "at-most");
}

function picture(runs: Runs, place: string): Content {
  const { release, pinned, nodeCount, replicas, gpus, gpu, parallelism, memory, capacityTypes, hourlyPriceUsd } = runs;
  const rows: readonly (readonly [string, string])[] = [
    ["Model", runs.preset ?? "own template"],
    ["Nodes", `${counted(nodeCount, "node")} × ${counted(replicas, "replica")}`],
    ["Instance type", runs.instanceType ?? "own nodes"],
    ["GPUs", `${shownNumber(gpus)}${gpu === undefined ? "" : ` × ${gpu}`}`],
    ...optional("Parallelism", parallelism, ({ tensor, pipeline, data }) =>
      [`tensor ${tensor}`, `pipeline ${pipeline}`, ...(data > 1 ? [`data ${data}`] : [])].join(", "),
    ),
    ...optional(
      "Longest context",
      memory?.maxModelLen ?? runs.maxModelLen,
      (tokens) => `${shownNumber(tokens)} tokens`,
    ),
    ...optional("Of that length at once", memory?.maxConcurrency, (requests) => counted(requests, "request")),
    ...optional(
      "Price",
      hourlyPriceUsd,
      (usd) => `${priceOf(runs, usd)} an hour, ${priceOf(runs, monthlyUsd(usd))} a month`,
    ),
    ["Capacity", capacityTypes.join(", ")],
    ["Release", `${release} (${pinned ? "pinned" : "not pinned"})`],
  ];
  return [
    facts([...rows, ["Stated in", html`<span class="mono">${place}</span>`]]),
    memory === undefined ? undefined : memoryFigure([{ memory }]),
  ];
}

function optional<T>(
  name: string,
  value: T | undefined,
  shown: (value: T) => string,
): readonly (readonly [string, string])[] {
  return value === undefined ? [] : [[name, shown(value)]];
}
