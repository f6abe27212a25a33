import { isUnschedulable } from "../core/capacity/pod.ts";
import type { KubeObject } from "../kube/kube.ts";
import { ownerOfChild } from "./keys.ts";

/** Workspaces of which a pod waits for a node, kept up with each change of a pod. */
export interface WaitingOwners {
  readonly keys: ReadonlyMap<string, number>;
  changed(before: KubeObject | undefined, after: KubeObject | undefined): void;
}

export function createWaitingOwners(): WaitingOwners {
  const keys = new Map<string, number>();
  const add = (pod: KubeObject | undefined, sign: 1 | -1): void => {
    if (pod === undefined || !isUnschedulable(pod)) return;
    for (const key of ownerOfChild(pod)) {
      const count = (keys.get(key) ?? 0) + sign;
      if (count === 0) keys.delete(key);
      else keys.set(key, count);
    }
  };
  return {
    keys,
    changed(before, after) {
      add(before, -1);
      add(after, 1);
    },
  };
}
