import type { Expansion } from "../kinds/expansion.ts";
import { shownPrice } from "../prices.ts";
import type { Pods, Side } from "./comparison.ts";

/** A release that nobody asked for. */
export function movedNotes(before: Side | undefined, after: Side): readonly string[] {
  if (before === undefined || after.release.by !== "running" || before.release.id === after.release.id) return [];
  const { id } = before.release;
  return [
    `not pinned in git: with this change the running release ${after.release.id} takes the place of ${id}; foresail.dev/catalog: "${id}" keeps it`,
  ];
}

/** While both pods of a surge run, both nodes are paid; a ceiling that only allows one lets the new pod wait. */
export function surgeNotes(
  before: Side | undefined,
  after: Side,
  { nodes, workload }: Expansion,
  { effect, pause }: Pods,
): readonly string[] {
  const surges = workload.kind === "Deployment" && workload.rollout !== "recreate" && pause?.kind === "none";
  if (effect !== "restarts" || !surges) return [];
  if (!nodes.provision) return ["surge: the new pod needs a free GPU on your nodes, and waits until there is one"];
  if (nodes.placement === "shared" || nodes.hourlyPriceUsd === undefined) return [];
  const both = (before?.cost?.hourlyUsd ?? 0) + nodes.hourlyPriceUsd;
  const { maxHourlyPriceUsd } = nodes;
  if (maxHourlyPriceUsd !== undefined && both > maxHourlyPriceUsd) {
    return [
      `surge: both nodes cost ${shownPrice(both)}, more than foresail.dev/max-hourly-price: the new pod waits and the old one serves on; foresail.dev/rollout: recreate replaces it`,
    ];
  }
  const size = after.running.instanceType ?? "its size";
  return [`surge: one more node of ${size} is paid until the old pod has ended`];
}
