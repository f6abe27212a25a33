import { namespaceOf, objectAt, textAt } from "../capacity/fields.ts";
import type { Catalogue } from "../catalogue.ts";
import { errors } from "../issue.ts";
import { type JsonObject, sameJson } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";
import { pinOf } from "../pin/pin.ts";
import { presetPodIssues } from "../preset-pod/admit-pod.ts";
import type { Subject } from "../report/report.ts";
import { runOfTemplate } from "../runs/run.ts";
import type { Compared, Pause, Pods, Side } from "./comparison.ts";
import { fieldChanges } from "./fields.ts";
import { loading } from "./pods.ts";
import { nodeChanges, sideOf } from "./side.ts";
import type { StatedTemplate } from "./state.ts";

interface Run {
  readonly side: Side;
  /** Of the pod as admission expands it. */
  readonly expansion: Expansion;
}

/** What becomes of one object whose pods ask for a preset. */
export function compareTemplate(
  subject: Subject,
  base: StatedTemplate | undefined,
  head: StatedTemplate | undefined,
  catalogue: Catalogue,
): Compared {
  const before = runOf(base, catalogue);
  if (head === undefined) {
    const pods: Pods = { effect: "ends", why: ["it is removed"] };
    const nodes = nodeChanges(before?.side, undefined);
    return {
      subject,
      verdict: "removed",
      ...told("before", before),
      inputs: [],
      fields: [],
      pods,
      nodes,
      issues: [],
      notes: [],
    };
  }
  const after = runOf(head, catalogue);
  const issues = presetPodIssues(head.pod, namespaceOf(head.object), catalogue);
  const common = { subject, ...told("before", before), inputs: [], notes: [] };
  if (errors(issues).length > 0) {
    return {
      ...common,
      verdict: "refused",
      fields: [],
      pods: refused,
      nodes: nodeChanges(before?.side, before?.side),
      issues,
    };
  }
  const isSame = sameJson(base?.object, head.object);
  return {
    ...common,
    verdict: base === undefined ? "added" : isSame ? "keeps" : "changed",
    ...told("after", after),
    fields: before === undefined || after === undefined ? [] : fieldChanges(before.expansion, after.expansion),
    pods: podsOf(base, head, after, catalogue),
    nodes: nodeChanges(before?.side, after?.side),
    issues: isSame ? [] : issues,
  };
}

function told(name: "before" | "after", run: Run | undefined): Pick<Compared, "before" | "after"> {
  return run === undefined ? {} : { [name]: run.side };
}

const refused: Pods = {
  effect: "none",
  why: ["admission refuses the new pods; those that run stay until something ends them"],
};

function runOf(stated: StatedTemplate | undefined, catalogue: Catalogue): Run | undefined {
  if (stated === undefined) return undefined;
  const { object, pod } = stated;
  const run = runOfTemplate(object, pod, namespaceOf(object), catalogue);
  if (run === undefined) return undefined;
  const { workspace, expansion, replicas, scaler } = run;
  const by = pinOf(pod) === undefined ? "running" : "git";
  const scale = { replicas, scaledByOthers: scaler !== undefined };
  const podTemplate = { metadata: objectAt(run.pod, "metadata"), spec: objectAt(run.pod, "spec") };
  return {
    side: sideOf({ workspace, expansion, by, scale, workload: String(object["kind"]) }, catalogue),
    expansion: { ...expansion, podTemplate },
  };
}

/** What becomes of the pods of an object whose template changes. */
export function templatePods(base: StatedTemplate, head: StatedTemplate, catalogue: Catalogue): Pods {
  return podsOf(base, head, runOf(head, catalogue), catalogue);
}

function podsOf(
  base: StatedTemplate | undefined,
  head: StatedTemplate,
  after: Run | undefined,
  catalogue: Catalogue,
): Pods {
  if (base === undefined) return { effect: "starts", why: ["it is new"] };
  if (sameJson(base.pod, head.pod)) return { effect: "none", why: ["the pod template stays the same"] };
  const { kind } = head.object;
  const restarts = (pause: Pause, how: string): Pods => ({
    effect: "restarts",
    why: ["the pod template changes", how],
    pause,
  });
  const replicas = after?.side.replicas ?? 1;
  switch (kind) {
    case "Deployment":
      return restarts(
        isGap(head.object, replicas) ? loadingOf(after, catalogue) : { kind: "none" },
        "as spec.strategy says",
      );
    case "StatefulSet":
      if (textAt(head.object, "spec", "updateStrategy", "type") === "OnDelete")
        return { effect: "none", why: ["OnDelete: pods keep the old template until somebody deletes them"] };
      return restarts(replicas > 1 ? { kind: "none" } : loadingOf(after, catalogue), "one pod after the other");
    case "DaemonSet":
      return restarts(loadingOf(after, catalogue), "node by node");
    case "CronJob":
      return { effect: "none", why: ["the next run has the new template"] };
    case "Job":
    case "Pod":
      return {
        effect: "none",
        why: [`the template of a ${kind} cannot change: the API server refuses it, delete the old one first`],
      };
    default:
      return { effect: "none", why: ["pods that are made from now on have the new template"] };
  }
}

// What Kubernetes takes where a Deployment states nothing.
const DEFAULT_UNAVAILABLE = "25%";

/** Whether no pod may be left while new ones start. */
function isGap(object: JsonObject, replicas: number): boolean {
  const strategy = objectAt(object, "spec", "strategy");
  if (strategy["type"] === "Recreate") return true;
  const stated = objectAt(strategy, "rollingUpdate")["maxUnavailable"] ?? DEFAULT_UNAVAILABLE;
  const share = /^(\d+)%$/.exec(String(stated))?.[1];
  const unavailable = share === undefined ? Number(stated) : Math.floor((Number(share) * replicas) / 100);
  return unavailable >= replicas;
}

function loadingOf(after: Run | undefined, catalogue: Catalogue): Pause {
  return after === undefined ? { kind: "load" } : loading(after.expansion, catalogue);
}
