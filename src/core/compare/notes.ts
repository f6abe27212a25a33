import type { Expansion } from "../kinds/expansion.ts";
import { KAITO_GROUP } from "../kinds/workspace.ts";
import { shownPrice } from "../prices.ts";
import type { Subject } from "../report/report.ts";
import { shownSubject } from "../report/shown.ts";
import type { Pods, Side } from "./comparison.ts";

/** A release that nobody asked for. */
export function movedNotes(before: Side | undefined, after: Side): readonly string[] {
  if (before === undefined || after.release.by !== "running" || before.release.id === after.release.id) return [];
  const { id } = before.release;
  return [
    `not pinned in git: with this change the running release ${after.release.id} takes the place of ${id}; foresail.dev/catalog: "${id}" keeps it`,
  ];
}

/** The node a surge takes beside those that run, where it is bought for this Workspace alone. */
function surgeNode(after: Side, { nodes, workload }: Expansion, { effect, pause }: Pods): number | undefined {
  const surges = workload.kind === "Deployment" && workload.rollout !== "recreate" && pause?.kind === "none";
  if (effect !== "restarts" || !surges || !after.provision || nodes.placement === "shared") return undefined;
  return nodes.hourlyPriceUsd;
}

/** While both pods of a surge run, both nodes are needed. */
export function surgeNotes(after: Side, expansion: Expansion, pods: Pods): readonly string[] {
  const isDeployment = expansion.workload.kind === "Deployment" && expansion.workload.rollout !== "recreate";
  if (pods.effect === "restarts" && isDeployment && !after.provision)
    return ["surge: the new pod needs a free GPU on your nodes, and waits until there is one"];
  if (surgeNode(after, expansion, pods) === undefined) return [];
  return [`surge: one more node of ${after.running.instanceType ?? "its size"} is paid until the old pod has ended`];
}

/** What the ceiling counts of the nodes that are there. */
function onDemandUsd(side: Side | undefined): number {
  return side?.provision === true ? (side.running.hourlyPriceUsd ?? 0) * side.replicas : 0;
}

/** A ceiling that allows one node only lets the new pod of a surge wait, for good: the old one serves on. */
export function withinCeiling(before: Side | undefined, after: Side, expansion: Expansion, pods: Pods): Pods {
  const { maxHourlyPriceUsd } = expansion.nodes;
  const further = surgeNode(after, expansion, pods);
  if (maxHourlyPriceUsd === undefined || further === undefined) return pods;
  const both = onDemandUsd(before) + further;
  if (both <= maxHourlyPriceUsd) return pods;
  const waits = `the new pod waits (Stalled, TooExpensive) and the old one serves on: both nodes cost ${shownPrice(both)}, more than foresail.dev/max-hourly-price; foresail.dev/rollout: recreate replaces it`;
  return { effect: "none", why: [...pods.why, waits] };
}

/** That the cluster has the name in the other group. */
export function rivalNotes(rival: Subject | undefined): readonly string[] {
  if (rival === undefined) return [];
  const held = shownSubject({ ...rival, group: rival.group ?? KAITO_GROUP });
  return [`the cluster holds ${held}, which the files do not state: this one waits (NameTaken) until that is gone`];
}
