import type { JsonObject } from "../../src/core/json.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import type { Random } from "../fuzz/random.ts";
import type { Disturbance } from "./disturbances.ts";
import type { Store } from "./store.ts";
import type { VirtualTime } from "./time.ts";

/** What the parts of the simulated cluster share. They reach the store directly: only our own processes have a network. */
export interface Stage {
  readonly store: Store;
  readonly time: VirtualTime;
  readonly random: Random;
  /** Told of everything that goes wrong, for the report; of a machine with the uid of its claim, whether it came to nothing or was taken away. */
  readonly befalls: (what: Disturbance, claimUid?: string) => void;
}

/** Runs soon after any change of these resources, once for all that come together. */
export function onChangeOf(stage: Stage, plurals: readonly string[], delayMs: number, run: () => void): void {
  let scheduled = false;
  stage.store.onChange(({ plural }) => {
    if (scheduled || !plurals.includes(plural)) return;
    scheduled = true;
    setTimeout(() => {
      scheduled = false;
      run();
    }, delayMs);
  });
}

/** Runs later if the object is still the same one. */
export function later(
  stage: Stage,
  plural: string,
  object: KubeObject,
  afterMs: number,
  run: (live: KubeObject) => void,
): void {
  const { namespace, name, uid } = object.metadata;
  setTimeout(() => {
    const live = stage.store.get(plural, namespace, name);
    if (live !== undefined && live.metadata.uid === uid) run(live);
  }, afterMs);
}

export function setStatus(stage: Stage, plural: string, object: KubeObject, status: JsonObject): void {
  const { namespace, name } = object.metadata;
  stage.store.update(plural, namespace, name, (live) => ({
    ...live,
    status: { ...((live["status"] ?? {}) as JsonObject), ...status },
  }));
}

export function setCondition(
  stage: Stage,
  plural: string,
  object: KubeObject,
  condition: { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string },
): void {
  const { namespace, name } = object.metadata;
  stage.store.update(plural, namespace, name, (live) => {
    const status = (live["status"] ?? {}) as JsonObject;
    const conditions = (status["conditions"] ?? []) as readonly JsonObject[];
    const before = conditions.find(({ type }) => type === condition.type);
    if (before?.["status"] === condition.status && before["reason"] === condition.reason) return live;
    const lastTransitionTime =
      before?.["status"] === condition.status ? before["lastTransitionTime"] : new Date().toISOString();
    const others = conditions.filter(({ type }) => type !== condition.type);
    const next = [...others, { ...condition, lastTransitionTime }] as readonly JsonObject[];
    return { ...live, status: { ...status, conditions: next } } as KubeObject;
  });
}

export function controlledBy(owner: KubeObject): JsonObject {
  const { name, uid = "" } = owner.metadata;
  return { apiVersion: owner.apiVersion ?? "", kind: owner.kind ?? "", name, uid, controller: true };
}

export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return references(object).some(({ uid }) => uid === owner.metadata.uid);
}

export function references(object: KubeObject): readonly JsonObject[] {
  return (object.metadata["ownerReferences"] ?? []) as readonly JsonObject[];
}
