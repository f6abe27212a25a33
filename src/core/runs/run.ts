import { nameOf, namespaceOf, numberAt, objectAt, textAt } from "../capacity/fields.ts";
import type { Catalogue } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import { isWorkspace } from "../kinds/is-workspace.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import { toldGroup } from "../kinds/workspace-names.ts";
import { expandPod } from "../preset-pod/expand-pod.ts";
import { presetInputs } from "../preset-pod/inputs.ts";
import type { Subject } from "../report/report.ts";

/** Who else than the manifest decides how many replicas run. */
export type Scaler = "autoscaler" | "nodes" | "schedule";

/** What a manifest makes run: a Workspace, or an object of Kubernetes whose pods ask for a preset. */
export interface Run {
  readonly subject: Subject;
  /** What it asks for; for pods that ask for a preset the Workspace that asks for the same. */
  readonly workspace: Workspace;
  readonly expansion: Expansion;
  /** The pod as it runs, labels and all. */
  readonly pod: JsonObject;
  /** Replicas of the model; where something else decides, as many as are known of. */
  readonly replicas: number;
  readonly scaler?: Scaler;
}

/** The run of a Workspace as it is stored; undefined for one without an expansion. */
export function runOfWorkspace(workspace: Workspace): Run | undefined {
  const { expansion } = workspace;
  if (expansion === undefined) return undefined;
  const { replicas } = expansion.workload;
  const isExternal = replicas === undefined && expansion.workload.kind !== "Job";
  return {
    subject: subjectOf(workspace as unknown as JsonObject, ""),
    workspace,
    expansion,
    pod: expansion.podTemplate,
    replicas: replicas ?? 1,
    ...(isExternal ? { scaler: "autoscaler" as const } : {}),
  };
}

/**
 * The run of an object whose pods ask for a preset; undefined where admission would refuse them.
 * @param pod the template of its pods, or the pod itself
 * @param namespace where the object states none
 */
export function runOfTemplate(
  object: JsonObject,
  pod: JsonObject,
  namespace: string,
  catalogue: Catalogue,
): Run | undefined {
  const subject = subjectOf(object, namespace);
  const { pod: expanded, expansion } = expandPod(pod, subject.namespace, catalogue);
  if (expanded === undefined || expansion === undefined) return undefined;
  const { workspace } = presetInputs(pod, subject.namespace);
  return { subject, workspace, expansion, pod: expanded, ...replicasOf(object) };
}

export function subjectOf(object: JsonObject, namespace: string): Subject {
  return {
    kind: textAt(object, "kind") ?? "",
    ...(isWorkspace(object) ? toldGroup(object) : {}),
    namespace: namespaceOf(object) || namespace,
    name: nameOf(object) || (textAt(object, "metadata", "generateName") ?? ""),
  };
}

/** What Kubernetes runs of each kind: one where the field is absent. */
function replicasOf(object: JsonObject): Pick<Run, "replicas" | "scaler"> {
  switch (object["kind"]) {
    case "DaemonSet":
      return { replicas: 1, scaler: "nodes" };
    case "Job":
      return { replicas: numberAt(object, "spec", "parallelism") ?? 1 };
    case "CronJob":
      return {
        replicas: numberAt(objectAt(object, "spec", "jobTemplate"), "spec", "parallelism") ?? 1,
        scaler: "schedule",
      };
    default:
      return { replicas: numberAt(object, "spec", "replicas") ?? 1 };
  }
}
