import { type Amount, shownUsd } from "../../cost/amount.ts";
import { counted, shownNumber } from "../../explain/quantity.ts";
import { canonicalJson, type Json } from "../../json.ts";
import { printable } from "../../report/printable.ts";
import type { Compared, Comparison, Pause, Pods, ReleaseSource, Side, Verdict } from "../comparison.ts";

const MOST_CHARACTERS = 300;

/** A text of somebody else on one line, harmless wherever it is shown; what is longer than `most` characters is cut. */
export function plain(text: string, most = MOST_CHARACTERS): string {
  return printable(text, most);
}

/** A value on one line: texts as they are, all else as JSON. */
export function shownValue(value: Json | undefined): string {
  if (value === undefined) return "absent";
  return plain(typeof value === "string" && value !== "" ? value : canonicalJson(value));
}

/** A price per month; `-` where nothing is bought, `?` where no price is known. */
export function shownCost(side: Side | undefined): string {
  if (side === undefined || !side.provision) return "-";
  return side.cost === undefined ? "?" : shownUsd(side.cost.monthlyUsd, side.cost.bound);
}

/** Both states, or one where they are the same. */
export function change(before: string, after: string): string {
  return before === after ? after : `${before} → ${after}`;
}

/** `$2,681.29 → $5,095.40 per month (+$2,414.11)`. */
export function shownCostChange(before: Amount, after: Amount): string {
  const [old, now] = [shownUsd(before.monthlyUsd, before.bound), shownUsd(after.monthlyUsd, after.bound)];
  if (old === now) return `${now} per month, as before`;
  if (before.monthlyUsd === after.monthlyUsd) return `${old} → ${now} per month`;
  const delta = Math.round((after.monthlyUsd - before.monthlyUsd) * 100) / 100;
  return `${old} → ${now} per month (${delta < 0 ? "−" : "+"}${shownUsd(Math.abs(delta), "exact")})`;
}

/** `1 × Standard_NC24ads_A100_v4`; of own nodes `1 own node`. */
export function shownNodes(side: Side | undefined): string {
  if (side === undefined) return "-";
  const { nodes, provision, running } = side;
  if (!provision)
    return counted(nodes, running.instanceType === undefined ? "own node" : `own ${plain(running.instanceType)} node`);
  return `${shownNumber(nodes)} × ${plain(running.instanceType ?? "?")}`;
}

export function shownModel(side: Side | undefined): string {
  return side === undefined
    ? "-"
    : plain(side.running.preset ?? (side.running.task === "template" ? "own template" : "?"));
}

/** `1/1`: tensor and pipeline parallelism. */
export function shownParallelism(side: Side | undefined): string {
  const split = side?.running.parallelism;
  return split === undefined ? "-" : `${split.tensor}/${split.pipeline}`;
}

export function shownLength(side: Side | undefined): string {
  return side?.maxModelLen === undefined ? "-" : shownNumber(side.maxModelLen);
}

const SOURCES: { readonly [by in ReleaseSource]: string } = {
  git: "pinned in git",
  stored: "stored in the cluster",
  running: "not pinned in git: the running release",
};

export function shownRelease({ before, after, verdict }: Compared): string {
  const side = after ?? before;
  if (side === undefined) return "";
  const { id, by } = side.release;
  const told =
    verdict === "keeps" && by === "running"
      ? "not pinned in git: what is stored stays, whatever its release"
      : SOURCES[by];
  return `${change(plain(before?.release.id ?? id), plain(id))} (${told})`;
}

/** For how long nothing serves. */
export function shownPause(pause: Pause): string {
  switch (pause.kind) {
    case "none":
      return "it serves all the time";
    case "training":
      return "a training serves nothing anyway";
    case "unknown":
      return "how long nothing serves is not known";
    case "load": {
      const weights = pause.weightsGiB === undefined ? "" : ` (${shownNumber(pause.weightsGiB)} GiB)`;
      return `nothing serves while ${pause.node === true ? "a node comes and " : ""}the new pod loads its weights${weights}`;
    }
  }
}

const EFFECTS: { readonly [effect in Pods["effect"]]: string } = {
  starts: "starts",
  ends: "ends",
  restarts: "restarts",
  none: "no restart",
  unknown: "may restart",
};

export function shownEffect({ effect }: Pods): string {
  return EFFECTS[effect];
}

/** `restarts: the image changes; surge…; it serves all the time`. */
export function shownPods(pods: Pods): string {
  const { why, pause } = pods;
  const told = [...why, ...(pause === undefined ? [] : [shownPause(pause)])].map((text) => plain(text));
  return told.length === 0 ? shownEffect(pods) : `${shownEffect(pods)}: ${told.join("; ")}`;
}

const COUNTED: readonly (readonly [Verdict, string])[] = [
  ["added", "added"],
  ["changed", "changed"],
  ["moved", "moved"],
  ["removed", "removed"],
  ["refused", "refused"],
];

export function hasChanges({ summary }: Comparison): boolean {
  return COUNTED.some(([verdict]) => summary.counts[verdict] > 0);
}

/** `1 added, 2 changed; 1 restarts; $2,681.29 → $5,095.40 per month (+$2,414.11)`. */
export function headline(comparison: Comparison): string {
  const { counts, ends, restarts, perhaps, before, after } = comparison.summary;
  if (!hasChanges(comparison))
    return `no changes: ${shownNumber(counts.keeps)} keep${counts.keeps === 1 ? "s" : ""} what is stored`;
  const told = COUNTED.filter(([verdict]) => counts[verdict] > 0).map(
    ([verdict, word]) => `${counts[verdict]} ${word}`,
  );
  const endsTold = ends === 0 ? "" : `, ${ends} stop${ends === 1 ? "s" : ""}`;
  const perhapsTold = perhaps === 0 ? "" : `, ${perhaps} may restart`;
  const unpriced = after.unpricedNodes === 0 ? "" : `, ${counted(after.unpricedNodes, "node")} without a known price`;
  return [
    told.join(", "),
    `${restarts === 0 ? "none restarts" : restarts === 1 ? "1 restarts" : `${restarts} restart`}${perhapsTold}${endsTold}`,
    `${shownCostChange(before, after)}${unpriced}`,
  ].join("; ");
}
