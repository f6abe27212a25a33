import { shownUsd } from "../../core/cost/amount.ts";
import type { RunCost } from "../../core/cost/cost.ts";
import { counted, shownNumber } from "../../core/explain/quantity.ts";
import type { Scaler } from "../../core/runs/run.ts";

/** `2 × Standard_NC24ads_A100_v4 in eastus, spot` and what else is to be known of the price, each half a sentence. */
export function whereLine(cost: RunCost): string {
  const { instanceType, region, capacityTypes, provision, nodes } = cost;
  if (!provision) return `${own(nodes, instanceType)}: nothing is bought`;
  return `${nodesText(cost)} × ${instanceType} in ${region}, ${capacityTypes.join(", ")}`;
}

/** `2 × 3 replicas`: nodes of one × replicas; where replicas share nodes, `1 for 3 replicas`. */
export function nodesText({ nodeCount, replicas, nodes }: RunCost): string {
  if (nodes !== nodeCount * replicas) return `${nodes} for ${counted(replicas, "replica")}`;
  return replicas === 1 ? String(nodeCount) : `${nodeCount} × ${counted(replicas, "replica")}`;
}

function own(nodes: number, instanceType: string | undefined): string {
  return `${counted(nodes, "own node")}${instanceType === undefined ? "" : ` ${instanceType}`}`;
}

const SCALED: { readonly [by in Scaler]: string } = {
  autoscaler: "an autoscaler decides how many replicas run: one is counted",
  nodes: "one pod on every node it selects: one is counted",
  schedule: "runs by a schedule: counted as if it always ran",
};

/** What makes the price more or less than it looks. */
export function notes(cost: RunCost): readonly string[] {
  const { amount, task, placement, provision, replicas, scaler, fallbackInstanceTypes } = cost;
  return [
    ...(amount === undefined ? [`no price of ${cost.instanceType} is known in ${cost.region}: in no sum`] : []),
    ...(scaler === undefined ? [] : [SCALED[scaler]]),
    ...(replicas === 0 ? ["paused: no nodes"] : []),
    ...(task === "tuning" && provision ? ["a training run: paid only until it is complete"] : []),
    ...(placement === "shared" && provision ? ["its nodes may serve others, too: counted whole"] : []),
    ...(fallbackInstanceTypes.length > 0 && provision
      ? [`priced without its fallbacks ${fallbackInstanceTypes.join(", ")}`]
      : []),
  ];
}

/** The cheapest size that fits, and what it would save. */
export function cheaperLine({ cheaper }: RunCost): string | undefined {
  if (cheaper === undefined) return undefined;
  const { instanceType, nodeCount, amount, saves, maxModelLen, insteadOfMaxModelLen } = cheaper;
  const size = `${nodeCount > 1 ? `${nodeCount} × ` : ""}${instanceType}`;
  const context =
    maxModelLen === undefined || maxModelLen === insteadOfMaxModelLen
      ? ""
      : `, context ${shownNumber(maxModelLen)}${insteadOfMaxModelLen === undefined ? "" : ` instead of ${shownNumber(insteadOfMaxModelLen)}`}`;
  const price = `${shownUsd(amount.monthlyUsd, amount.bound)}/month`;
  return `cheapest that fits: ${size}, ${price}, saves ${saves.bound === "exact" ? "" : "up to "}${shownUsd(saves.monthlyUsd, "exact")}/month${context}`;
}
