import { shownUsd } from "../cost/amount.ts";
import { counted, shownNumber } from "../explain/quantity.ts";
import type { Section } from "./fitted.ts";
import { code, prose } from "./markdown-text.ts";
import type { CheckedWorkspace } from "./report.ts";
import { shownName } from "./shown.ts";
import { priceOf } from "./summarised.ts";

const MOST_CHARACTERS = 200;

type Runs = NonNullable<CheckedWorkspace["runs"]>;

/** What runs on what at which price: a row for each Workspace. */
export function workspaceTable(workspaces: readonly CheckedWorkspace[]): Section {
  return {
    row: "Workspace",
    open: "\n| Workspace | model | nodes | GPUs | context | USD/month |\n|---|---|---|--:|--:|--:|\n",
    rows: workspaces.map(row),
    close: "",
    rank: 1,
    share: 0.8,
  };
}

function row(workspace: CheckedWorkspace): string {
  const { runs } = workspace;
  const cells = runs === undefined ? ["refused", "", "", "", ""] : runningCells(runs);
  return `| ${[code(shownName({ ...workspace, kind: "Workspace" }), MOST_CHARACTERS), ...cells].join(" | ")} |\n`;
}

function runningCells(runs: Runs): readonly string[] {
  const { preset, gpus, maxModelLen } = runs;
  return [
    preset === undefined ? "own template" : prose(preset, MOST_CHARACTERS),
    nodesCell(runs),
    shownNumber(gpus),
    maxModelLen === undefined ? "" : shownNumber(maxModelLen),
    priceCell(runs),
  ];
}

/** `Standard_NC24ads_A100_v4 × 1 node × 2 replicas`. */
function nodesCell({ instanceType, nodeCount, replicas, capacityTypes }: Runs): string {
  const size = instanceType === undefined ? "own nodes" : code(instanceType, MOST_CHARACTERS);
  const paid = capacityTypes.every((type) => type === "on-demand")
    ? ""
    : ` (${prose(capacityTypes.join(", "), MOST_CHARACTERS)})`;
  return `${size} × ${counted(nodeCount, "node")} × ${counted(replicas, "replica")}${paid}`;
}

function priceCell(runs: Runs): string {
  const price = priceOf(runs);
  return price === undefined ? "" : prose(shownUsd(price.monthlyUsd, price.bound));
}
