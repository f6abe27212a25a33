import { verdictOn } from "../admit.ts";
import { nameOf, namespaceOf, numberAt, objectAt, objectsAt, textAt } from "../capacity/fields.ts";
import type { Catalogue } from "../catalogue.ts";
import { errors, type Issue, warnings } from "../issue.ts";
import { byCodePoint, type JsonObject } from "../json.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";

/** What is known of a cluster in which KAITO made the Workspaces. */
export interface TakeOverFacts {
  readonly workspaces: readonly Workspace[];
  /** StatefulSets, Jobs and Deployments, whoever made them. */
  readonly workloads: readonly JsonObject[];
}

/** What taking over means for one Workspace. */
export interface TakenOver {
  readonly namespace: string;
  readonly name: string;
  /** Kind of the workload of KAITO's that is left as it is; absent: nothing runs, and Foresail starts it. */
  readonly runs?: string;
  /** What admission refuses of what KAITO took: it runs on, and can be adopted once that is mended. */
  readonly refused: readonly Issue[];
  readonly warnings: readonly Issue[];
  /** What an adoption changes, one a line. */
  readonly changes: readonly string[];
  /** How pods are replaced then. Taking over alone never restarts anything. */
  readonly adoption: (typeof ADOPTIONS)[number];
}

export const ADOPTIONS = [
  "new pod first",
  "old pods first",
  "trains again",
  "starts",
  "not before it is mended",
] as const;

/** For each Workspace, by namespace and name: what would change, how pods would be replaced, what is refused. */
export function takeOverReport({ workspaces, workloads }: TakeOverFacts, catalogue: Catalogue): readonly TakenOver[] {
  return workspaces
    .map((workspace) => reportOf(workspace, workloads, catalogue))
    .sort((a, b) => byCodePoint(a.namespace, b.namespace) || byCodePoint(a.name, b.name));
}

function reportOf(workspace: Workspace, workloads: readonly JsonObject[], catalogue: Catalogue): TakenOver {
  const { namespace = "", name = "", uid } = workspace.metadata;
  const live = workloads.find((one) => namespaceOf(one) === namespace && isControlledBy(one, uid));
  const { expansion, issues } = verdictOn(asStated(workspace), undefined, catalogue);
  const refused = errors(issues);
  return {
    namespace,
    name,
    ...(live === undefined ? {} : { runs: textAt(live, "kind") ?? "" }),
    refused,
    warnings: warnings(issues),
    changes: live === undefined || expansion === undefined ? [] : changesOf(workspace, live, expansion),
    adoption: adoptionOf(live, refused.length > 0 ? undefined : expansion),
  };
}

/** As git has it: what admission wrote is no part of the question. */
function asStated({ expansion: _, status: __, ...stated }: Workspace): Workspace {
  return stated;
}

function isControlledBy(object: JsonObject, uid: string | undefined): boolean {
  return objectsAt(object, "metadata", "ownerReferences").some(
    (owner) => owner["controller"] === true && uid !== undefined && owner["uid"] === uid,
  );
}

function adoptionOf(live: JsonObject | undefined, expansion: Expansion | undefined): TakenOver["adoption"] {
  if (expansion === undefined) return "not before it is mended";
  if (live === undefined) return "starts";
  const { kind, rollout } = expansion.workload;
  if (kind === "Job") return "trains again";
  return kind === "Deployment" && rollout !== "recreate" ? "new pod first" : "old pods first";
}

function changesOf({ resource }: Workspace, live: JsonObject, expansion: Expansion): readonly string[] {
  const { kind } = expansion.workload;
  const [before, after] = [objectAt(live, "spec", "template"), expansion.podTemplate];
  const size = expansion.gpu?.resource ?? "nvidia.com/gpu";
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ["workload", textAt(live, "kind"), kind],
    ["pods", numberAt(live, "spec", "replicas") ?? 1, podsOf(expansion)],
    ["instance type", resource?.instanceType, expansion.instanceType],
    ["image", containerOf(before, nameOf(live))["image"], containerOf(after, "model")["image"]],
    [size, gpusOf(before, nameOf(live), size), gpusOf(after, "model", size)],
  ];
  return pairs
    .filter(([, old, now]) => now !== undefined && old !== now)
    .map(([what, old, now]) => `${what}: ${old === undefined ? "none" : String(old)} → ${String(now)}`);
}

function podsOf({ workload, nodeCount }: Expansion): number | undefined {
  if (workload.kind === "Job") return 1;
  return workload.replicas === undefined
    ? undefined
    : workload.replicas * (workload.kind === "StatefulSet" ? nodeCount : 1);
}

/** The container that serves: by its name, else the first. */
function containerOf(template: JsonObject, name: string): JsonObject {
  const containers = objectsAt(template, "spec", "containers");
  return containers.find((one) => nameIs(one, name)) ?? containers[0] ?? {};
}

function nameIs(container: JsonObject, name: string): boolean {
  return container["name"] === name;
}

function gpusOf(template: JsonObject, name: string, resource: string): string | undefined {
  const stated = objectAt(containerOf(template, name), "resources", "limits")[resource];
  return stated === undefined ? undefined : String(stated);
}
