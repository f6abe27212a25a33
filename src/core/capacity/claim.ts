import type { JsonObject } from "../json.ts";
import { conditionAt, isTrue, objectAt, objectsAt, textAt, textMapAt, timeAt } from "./fields.ts";
import { type Labels, requirement } from "./requirements.ts";
import { isGpuResource } from "./resources.ts";

export const INSTANCE_TYPE_LABEL = "node.kubernetes.io/instance-type";
export const ZONE_LABEL = "topology.kubernetes.io/zone";
export const CAPACITY_TYPE_LABEL = "karpenter.sh/capacity-type";

/** Written on a claim before we delete it: why. Whoever leads next knows by it that nothing was refused, and people read it. */
export const DELETED_BECAUSE = "foresail.dev/deleted-because";

/** Annotation of a claim for a spot machine: the most it may cost, in USD per hour. */
export const SPOT_MAX_PRICE = "foresail.dev/spot-max-price";
/** Written on a claim when it is made, where its Workspace states a region: where its node costs what it costs. */
export const REGION_ANNOTATION = "foresail.dev/region";

export function isDeletedByUs(raw: JsonObject): boolean {
  return textAt(raw, "metadata", "annotations", DELETED_BECAUSE) !== undefined;
}

/** What the planner reads of a NodeClaim. */
export interface Claim {
  readonly name: string;
  readonly uid: string;
  /** Labels of the coming node: the claim's own and its requirements with one value. */
  readonly labels: Labels;
  readonly taints: readonly JsonObject[];
  /** The GPUs it asks for; absent: it asks for none. */
  readonly gpuResource: string | undefined;
  /** The region that was stated when it was made; absent: the catalogue's default. */
  readonly region: string | undefined;
  readonly createdMs: number | undefined;
  readonly deleting: boolean;
  readonly nodeName: string | undefined;
  /** What the provider says the node will have, if it says so. */
  readonly allocatable: JsonObject;
  readonly launched: boolean;
  readonly registered: boolean;
  /** Launched, registered and initialized: the GPUs are there. */
  readonly ready: boolean;
  /** Why it is not ready: the first condition that is not True. */
  readonly obstacle: { readonly type: string; readonly reason: string; readonly message: string } | undefined;
}

const STEPS = ["Launched", "Registered", "Initialized", "Ready"] as const;

export function claimOf(raw: JsonObject): Claim {
  const fixed = objectsAt(raw, "spec", "requirements")
    .map(requirement)
    .flatMap((one): readonly (readonly [string, string])[] =>
      one.operator === "In" && one.values.length === 1 ? [[one.key, one.values[0] ?? ""]] : [],
    );
  const done = (type: string): boolean => isTrue(conditionAt(raw, type));
  return {
    name: textAt(raw, "metadata", "name") ?? "",
    uid: textAt(raw, "metadata", "uid") ?? "",
    labels: new Map([...fixed, ...textMapAt(raw, "metadata", "labels")]),
    taints: objectsAt(raw, "spec", "taints"),
    gpuResource: Object.keys(objectAt(raw, "spec", "resources", "requests")).find(isGpuResource),
    region: textAt(raw, "metadata", "annotations", REGION_ANNOTATION),
    createdMs: timeAt(raw, "metadata", "creationTimestamp"),
    deleting: timeAt(raw, "metadata", "deletionTimestamp") !== undefined,
    nodeName: textAt(raw, "status", "nodeName"),
    allocatable: objectAt(raw, "status", "allocatable"),
    launched: done("Launched"),
    registered: done("Registered"),
    ready: done("Ready") || (done("Registered") && done("Initialized")),
    obstacle: obstacleOf(raw),
  };
}

function obstacleOf(raw: JsonObject): Claim["obstacle"] {
  const type = STEPS.find((step) => !isTrue(conditionAt(raw, step)));
  if (type === undefined) return undefined;
  const condition = conditionAt(raw, type);
  const reason = textAt(condition, "reason") ?? "AwaitingReconciliation";
  return { type, reason, message: textAt(condition, "message") ?? "no controller has looked at this claim yet" };
}

export function describeClaim(claim: Claim): string {
  const parts = [INSTANCE_TYPE_LABEL, CAPACITY_TYPE_LABEL, ZONE_LABEL].map((label) => claim.labels.get(label));
  return `${claim.name} (${parts.filter((part) => part !== undefined).join(", ")})`;
}

/** What the planner reads of a Node. */
export interface NodeFacts {
  readonly name: string;
  readonly labels: Labels;
  readonly taints: readonly JsonObject[];
  readonly allocatable: JsonObject;
  readonly ready: boolean;
  readonly readySinceMs: number | undefined;
  readonly deleting: boolean;
}

export function nodeFacts(raw: JsonObject): NodeFacts {
  const ready = conditionAt(raw, "Ready");
  return {
    name: textAt(raw, "metadata", "name") ?? "",
    labels: textMapAt(raw, "metadata", "labels"),
    taints: objectsAt(raw, "spec", "taints"),
    allocatable: objectAt(raw, "status", "allocatable"),
    ready: isTrue(ready),
    readySinceMs: timeAt(ready, "lastTransitionTime"),
    deleting: timeAt(raw, "metadata", "deletionTimestamp") !== undefined,
  };
}
