import { conditionAt, isTrue, objectAt, objectsAt, textAt, textMapAt, textsAt, timeAt } from "../capacity/fields.ts";
import { durationMs } from "../duration.ts";
import type { JsonObject } from "../json.ts";
import type { Machine, MachineOwner, Taint } from "./machine.ts";

/** Karpenter's finalizer, of claims and of nodes. */
export const TERMINATION_FINALIZER = "karpenter.sh/termination";
export const TERMINATION_TIMESTAMP = "karpenter.sh/nodeclaim-termination-timestamp";

/** What a claim says, as far as its machine is concerned. */
export interface ClaimFacts {
  readonly name: string;
  readonly uid: string;
  readonly createdMs: number;
  readonly deletedMs: number | undefined;
  readonly hasFinalizer: boolean;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly taints: readonly Taint[];
  readonly startupTaints: readonly Taint[];
  readonly requests: JsonObject;
  /** Milliseconds; undefined for Never. */
  readonly expireAfterMs: number | undefined;
  readonly terminationGraceMs: number | undefined;
  readonly providerID: string | undefined;
  readonly nodeName: string | undefined;
  readonly launched: boolean;
  readonly registered: boolean;
  readonly initialized: boolean;
}

/** The class alone decides who serves a claim: labels are no say, two providers would act on one claim. */
export function isServed(claim: JsonObject): boolean {
  const ref = objectAt(claim, "spec", "nodeClassRef");
  return ref["group"] === "foresail.dev" && ref["kind"] === "AgentPoolClass";
}

export function claimFacts(raw: JsonObject): ClaimFacts {
  const done = (type: string): boolean => isTrue(conditionAt(raw, type));
  return {
    name: textAt(raw, "metadata", "name") ?? "",
    uid: textAt(raw, "metadata", "uid") ?? "",
    createdMs: timeAt(raw, "metadata", "creationTimestamp") ?? 0,
    deletedMs: timeAt(raw, "metadata", "deletionTimestamp"),
    hasFinalizer: textsAt(raw, "metadata", "finalizers").includes(TERMINATION_FINALIZER),
    labels: textMapAt(raw, "metadata", "labels"),
    annotations: textMapAt(raw, "metadata", "annotations"),
    taints: objectsAt(raw, "spec", "taints").map(taintOf),
    startupTaints: objectsAt(raw, "spec", "startupTaints").map(taintOf),
    requests: objectAt(raw, "spec", "resources", "requests"),
    expireAfterMs: limitMs(textAt(raw, "spec", "expireAfter")),
    terminationGraceMs: limitMs(textAt(raw, "spec", "terminationGracePeriod")),
    providerID: textAt(raw, "status", "providerID") || undefined,
    nodeName: textAt(raw, "status", "nodeName") || undefined,
    launched: done("Launched"),
    registered: done("Registered"),
    initialized: done("Initialized"),
  };
}

export function taintOf(raw: JsonObject): Taint {
  const value = textAt(raw, "value");
  const taint = { key: textAt(raw, "key") ?? "", effect: textAt(raw, "effect") ?? "" };
  return value === undefined ? taint : { ...taint, value };
}

export function sameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

/** Milliseconds of a duration of karpenter.sh/v1; undefined for Never and for what is none. */
function limitMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : durationMs(text);
}

/** The stamp of a claim's machine, known before the machine is asked for. */
export function ownerStamp(cluster: string, claim: ClaimFacts): MachineOwner {
  return { cluster, claim: claim.name, claimUid: claim.uid, createdMs: claim.createdMs };
}

/** Whether a machine was made for this very claim, not for an earlier one of its name and not by anybody else. */
export function isOwn(machine: Machine, cluster: string, claim: Pick<ClaimFacts, "name" | "uid">): boolean {
  const { owner } = machine;
  return owner?.cluster === cluster && owner.claim === claim.name && owner.claimUid === claim.uid;
}
