import { type Amount, shownUsd } from "../cost/amount.ts";
import { counted, shownNumber } from "../explain/quantity.ts";
import { issueList } from "../html/issue.ts";
import { type Content, type Html, html } from "../html/markup.ts";
import { memoryFigure } from "../html/memory.ts";
import { card, facts, tag } from "../html/parts.ts";
import type { Level } from "../issue.ts";
import type { CheckedWorkspace, Finding } from "./report.ts";
import { shownName, shownPlace } from "./shown.ts";
import { priceOf } from "./summarised.ts";

const RANKS = { error: 0, warning: 1, notice: 2 } as const;

type Runs = NonNullable<CheckedWorkspace["runs"]>;

/** A Workspace: what is found, what it runs on at which price, how the memory of a GPU is used. */
export function checkedCard(workspace: CheckedWorkspace, findings: readonly Finding[], isOpen: boolean): Html {
  const { place, runs } = workspace;
  const worstFirst = findings.toSorted((a, b) => RANKS[a.level] - RANKS[b.level]);
  return card({
    name: shownName({ ...workspace, kind: "Workspace" }),
    facts: runs === undefined ? [shownPlace(place)] : headOf(runs),
    tags: tagsOf(findings, runs),
    isOpen,
    content: [issueList(worstFirst), runs === undefined ? undefined : picture(runs, shownPlace(place))],
  });
}

function tagsOf(findings: readonly Finding[], runs: Runs | undefined): readonly Html[] {
  const count = (level: Level): number => findings.filter((finding) => finding.level === level).length;
  const [errors, warnings, notices] = [count("error"), count("warning"), count("notice")];
  return [
    ...(runs === undefined ? [tag("refused", "error")] : []),
    ...(errors === 0 ? [] : [tag(counted(errors, "error"), "error")]),
    ...(warnings === 0 ? [] : [tag(counted(warnings, "warning"), "warning")]),
    ...(notices === 0 ? [] : [tag(counted(notices, "notice"), "plain")]),
    ...(errors + warnings === 0 && runs !== undefined ? [tag("good", "good")] : []),
  ];
}

function headOf(runs: Runs): readonly string[] {
  const { preset, nodes, instanceType } = runs;
  const price = priceOf(runs);
  return [
    preset ?? "own template",
    `${shownNumber(nodes)} × ${instanceType ?? "own node"}`,
    ...(price === undefined ? [] : [shownMonth(price)]),
  ];
}

function shownMonth({ monthlyUsd, bound }: Amount): string {
  return `${shownUsd(monthlyUsd, bound)} a month`;
}

function picture(runs: Runs, place: string): Content {
  const { release, pinned, nodeCount, replicas, gpus, gpu, parallelism, memory, capacityTypes } = runs;
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
      priceOf(runs),
      (price) => `${shownUsd(price.hourlyUsd, price.bound)} an hour, ${shownMonth(price)}`,
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
