import { annotationPatch } from "../annotation-patch.ts";
import { nameOf, objectAt, textAt } from "../capacity/fields.ts";
import { error, type Issue } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import type { RepositoryCheck, Seen } from "./repository.ts";

const REPLICAS = "foresail.dev/replicas";
// HorizontalPodAutoscaler of autoscaling, ScaledObject of keda.sh: both name what they scale by spec.scaleTargetRef.
const SCALERS: readonly (readonly [group: string, kind: string])[] = [
  ["autoscaling/", "HorizontalPodAutoscaler"],
  ["keda.sh/", "ScaledObject"],
];

/** An autoscaler on a workload whose replicas the Workspace states: nodes are bought for those stated, its other pods wait. */
export const autoscaled: RepositoryCheck = (all) => {
  const scalers = all.filter(({ object }) => isScaler(object));
  return all.flatMap((seen) => {
    const workload = seen.workspace?.expansion?.workload;
    if (workload?.replicas === undefined || workload.kind === "Job") return [];
    return scalers
      .filter((one) => one.group === seen.group && one.namespace === seen.namespace && scales(one.object, workload))
      .slice(0, 1)
      .map((one) => ({ seen, issue: ownedIssue(seen, one.object, workload.replicas ?? 1) }));
  });
};

function isScaler({ apiVersion, kind }: JsonObject): boolean {
  return SCALERS.some(([group, name]) => kind === name && String(apiVersion).startsWith(group));
}

function scales(scaler: JsonObject, workload: { readonly kind: string; readonly name: string }): boolean {
  const target = objectAt(scaler, "spec", "scaleTargetRef");
  // KEDA scales a Deployment where no kind is stated.
  return (textAt(target, "kind") ?? "Deployment") === workload.kind && textAt(target, "name") === workload.name;
}

function ownedIssue({ object }: Seen, scaler: JsonObject, replicas: number): Issue {
  const path = `metadata.annotations[${REPLICAS}]`;
  const text = `${path}: ${String(scaler["kind"])} ${nameOf(scaler)} scales the pods, and nodes are bought for ${replicas}: state "external" to leave the number to it`;
  const patch = annotationPatch(object, REPLICAS, "external");
  return {
    ...error(path, "gitops/field-owned-by-autoscaler", text),
    fix: { describes: `${REPLICAS}: external`, patch },
  };
}
