import type { Plan } from "../action.ts";
import { askedAlike, isSameOffering } from "../capacity/attempts.ts";
import { conditionAt, namespaceOf, textAt } from "../capacity/fields.ts";
import { describeOffering, offerings, refusal } from "../capacity/offerings.ts";
import { podKey, volumeZones, waitingDemand } from "../capacity/pod.ts";
import type { Release } from "../catalogue.ts";
import { WORKSPACE_LABEL } from "../children/metadata.ts";
import type { JsonObject } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import type { Cluster } from "./cluster.ts";
import type { Step } from "./imagine.ts";
import { othersAttempts } from "./world-in.ts";

type Reason = Plan["reasons"][number];

// Of many pods a few names tell which they are.
const MOST_PODS_NAMED = 4;

/** Why nodes are asked for, and why not others; what is made of the Workspace itself needs no reason. */
export function becauseOf(
  step: Step,
  workspace: Workspace,
  before: Cluster | undefined,
  release: Release,
): readonly Reason[] {
  if (before === undefined || !step.actions.some(({ kind }) => kind === "createClaim")) return [];
  const others = step.reasons.slice(1).filter(({ reason }) => reason !== "WaitingForCapacity");
  return [waits(workspace, before), ...refusedOfferings(workspace, before, release), ...others];
}

function waitingPods({ metadata }: Workspace, { pods }: Cluster): readonly JsonObject[] {
  return pods.filter(
    (pod) =>
      namespaceOf(pod) === metadata.namespace &&
      textAt(pod, "metadata", "labels", WORKSPACE_LABEL) === metadata.name &&
      waitingDemand(pod) !== undefined,
  );
}

function waits(workspace: Workspace, before: Cluster): Reason {
  const pods = waitingPods(workspace, before);
  const first = pods[0];
  if (first === undefined) {
    return { reason: "NodesFirst", message: "the new pod template is applied when its nodes are there" };
  }
  const names = pods.slice(0, MOST_PODS_NAMED).map(podKey).join(", ");
  const more = pods.length > MOST_PODS_NAMED ? ` and ${pods.length - MOST_PODS_NAMED} more` : "";
  const said = textAt(conditionAt(first, "PodScheduled"), "message") ?? "";
  return { reason: "Unschedulable", message: `${names}${more}: ${said}` };
}

/** What the user would rather have had. */
function refusedOfferings(workspace: Workspace, before: Cluster, release: Release): readonly Reason[] {
  const { expansion, status } = workspace;
  if (expansion === undefined) return [];
  const alike = (attempts: readonly Attempt[]): readonly Attempt[] =>
    askedAlike(attempts, expansion, before.installation.settings);
  const known = {
    attempts: alike(status?.attempts ?? []),
    othersAttempts: alike(othersAttempts(before, workspace)),
    release,
    nowMs: before.nowMs,
  };
  const zones = volumeZones(waitingPods(workspace, before), before.volumes);
  return offerings(expansion, release, zones).flatMap((offering) => {
    const attempt = refusal(offering, known);
    if (attempt === undefined) return [];
    const { reason, message, until } = attempt;
    const other = isSameOffering(attempt, offering) ? "" : `${describeOffering(attempt)} was refused: `;
    return [{ reason, message: `not ${describeOffering(offering)} until ${until}: ${other}${message}` }];
  });
}
