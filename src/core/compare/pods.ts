import { type Catalogue, findModel, findRelease } from "../catalogue.ts";
import { templateHash } from "../children/applied.ts";
import { children } from "../children/children.ts";
import { statedPods } from "../children/workload.ts";
import { type JsonObject, sameJson } from "../json.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import type { Pause, Pods } from "./comparison.ts";
import { jsonChanges } from "./fields.ts";
import { jobPods } from "./job.ts";
import { type Settings, settingsChange } from "./settings.ts";

export type Expanded = Workspace & { readonly expansion: Expansion };

/** A Workspace as the reconciler finds it. */
export interface Found {
  readonly workspace: Expanded;
  readonly settings: Settings;
  /** Replicas of the model. */
  readonly replicas: number;
}

// More changed parts than these are found in the list of fields.
const MOST_REASONS = 5;
const MOST_FLAGS = 6;
const NODE_AFFINITY = /^affinity\.nodeAffinity\.required\w+\.nodeSelectorTerms\[0\]\.matchExpressions/;

/**
 * What becomes of the pods: what the reconciler would apply before and after is compared, its children and their pod template.
 * @param live the Workspace as the cluster holds it
 */
export function podsOf(
  before: Found | undefined,
  after: Found | undefined,
  catalogue: Catalogue,
  live: Workspace | undefined,
): Pods {
  if (after === undefined) return before === undefined ? none() : ends(before, "it is removed");
  if (after.settings.kind === "unusable") return held(before, after.settings.message);
  if (before === undefined) return isPaused(after) ? none("it starts paused, with no replicas") : starts("it is new");
  if (isPaused(after)) return isPaused(before) ? none("it is paused") : ends(before, "paused: the GPUs are given back");
  return isPaused(before) ? starts("it was paused") : replaced(before, after, catalogue, live);
}

/** Of pods that run on both sides. */
function replaced(before: Found, after: Found, catalogue: Catalogue, live: Workspace | undefined): Pods {
  const change = settingsChange(before.settings, after.settings);
  const made = madeOf(before, after);
  const [old, now] = made.workloads;
  const isOther = made.kinds[0] !== made.kinds[1] || templateHash(old) !== templateHash(now) || change === "changed";
  const why = [...reasons(made), ...(change === "changed" ? [`the settings in ${nameOf(after.settings)} change`] : [])];
  if (made.kinds[1] === "Job") return jobPods({ before, after, isOther: isOther || change === "unknown", why, live });
  if (!isOther && change === "same") return none(...inPlace(made, before, after));
  const pause = pauseOf(before, after, catalogue);
  if (isOther) return { effect: "restarts", why: [...why, ...manner(before, after)], pause };
  const unseen = `${nameOf(after.settings)} is not among the files of base: pods restart if what runs has other settings`;
  return { effect: "unknown", why: [unseen], pause };
}

function nameOf(settings: Settings): string {
  return settings.kind === "none" ? "" : `ConfigMap ${settings.name}`;
}

function none(...why: readonly string[]): Pods {
  return { effect: "none", why };
}

function starts(why: string): Pods {
  return { effect: "starts", why: [why] };
}

function ends(before: Found, why: string): Pods {
  return isPaused(before) ? none(why) : { effect: "ends", why: [why] };
}

function held(before: Found | undefined, message: string): Pods {
  return none(
    `${before === undefined ? "nothing starts" : "running pods stay as they are"} until this is mended: ${message}`,
  );
}

function isPaused({ workspace }: Found): boolean {
  return statedPods(workspace.expansion) === 0;
}

interface Made {
  /** All children but the workload, before and after. */
  readonly others: readonly [readonly JsonObject[], readonly JsonObject[]];
  readonly workloads: readonly [JsonObject, JsonObject];
  readonly kinds: readonly [string, string];
}

/** The hash of settings counts where both sides have one: else it would differ by what was not looked at. */
function madeOf(before: Found, after: Found): Made {
  const [old, now] = [before.settings, after.settings];
  const both = old.kind === "used" && now.kind === "used";
  const made = [before, after].map(({ workspace, settings }) =>
    children(workspace, both && settings.kind === "used" ? { configHash: settings.hash } : {}),
  );
  const [first = [], second = []] = made;
  return {
    others: [first.slice(0, -1), second.slice(0, -1)],
    workloads: [first.at(-1) ?? {}, second.at(-1) ?? {}],
    kinds: [before.workspace.expansion.workload.kind, after.workspace.expansion.workload.kind],
  };
}

function reasons({ kinds, workloads }: Made): readonly string[] {
  const kind = kinds[0] === kinds[1] ? [] : [`a ${kinds[1]} takes the place of the ${kinds[0]}`];
  const [old, now] = workloads.map((workload) => (workload["spec"] as JsonObject | undefined)?.["template"]);
  const paths = jsonChanges(old, now).map(({ path }) =>
    path.replace(/^spec\./, "").replace(NODE_AFFINITY, "node affinity"),
  );
  const told = reasonsOf(paths.filter((path) => !path.endsWith("[foresail.dev/config-hash]")));
  const more = told.length > MOST_REASONS ? [`and ${told.length - MOST_REASONS} more parts of the pod template`] : [];
  return [...kind, ...told.slice(0, MOST_REASONS), ...more];
}

const ARGUMENT = /^(.*)\.args\[(--.*)\]$/;

/** One reason a part of the pod template; the arguments of a container are one. */
function reasonsOf(paths: readonly string[]): readonly string[] {
  const parts = [...new Set(paths.map((path) => ARGUMENT.exec(path)?.[1] ?? path))];
  return parts.map((part) => {
    const flags = paths.flatMap((path) => (ARGUMENT.exec(path)?.[1] === part ? [ARGUMENT.exec(path)?.[2] ?? ""] : []));
    if (flags.length === 0) return `${part} changes`;
    const more = flags.length > MOST_FLAGS ? ` and ${flags.length - MOST_FLAGS} more` : "";
    return `arguments of ${part} change: ${flags.slice(0, MOST_FLAGS).join(", ")}${more}`;
  });
}

/** How pods are replaced, for people. */
function manner(before: Found, after: Found): readonly string[] {
  const { workload, nodeCount } = after.workspace.expansion;
  if (workload.kind !== before.workspace.expansion.workload.kind) return ["the old pods end before the new ones start"];
  if (workload.kind === "StatefulSet") return [`its ${nodeCount} pods restart together`];
  if (workload.rollout === "recreate") return ["recreate: each old pod ends before its new one starts"];
  return ["surge: the old pod serves until the new one is ready"];
}

function pauseOf(before: Found, after: Found, catalogue: Catalogue): Pause {
  const { expansion } = after.workspace;
  const { workload } = expansion;
  const isSameKind = workload.kind === before.workspace.expansion.workload.kind;
  const oneByOne = workload.kind === "Deployment" && isSameKind;
  if (oneByOne && (workload.rollout !== "recreate" || Math.min(before.replicas, after.replicas) > 1))
    return { kind: "none" };
  return loading(expansion, catalogue);
}

/** Until the new pod of an expansion has loaded its weights. */
export function loading({ catalog, preset }: Expansion, catalogue: Catalogue): Pause {
  const release = findRelease(catalogue, catalog);
  const model = release === undefined || preset === undefined ? undefined : findModel(release, preset.name);
  return { kind: "load", ...(model === undefined ? {} : { weightsGiB: model.weightsGiB }) };
}

/** What changes without a restart. */
function inPlace(made: Made, before: Found, after: Found): readonly string[] {
  const [old, now] = made.others;
  const isOther = (kind: string): boolean =>
    !sameJson(
      old.filter((one) => one["kind"] === kind),
      now.filter((one) => one["kind"] === kind),
    );
  const kinds = ["Service", "NetworkPolicy", "ConfigMap"].filter(isOther);
  const [pods, podsNow] = [statedPods(before.workspace.expansion), statedPods(after.workspace.expansion)];
  const scaled = pods === podsNow ? [] : [`replicas ${pods ?? "scaled by others"} → ${podsNow ?? "scaled by others"}`];
  return ["the pod template stays the same", ...kinds.map((kind) => `the ${kind} changes in place`), ...scaled];
}
