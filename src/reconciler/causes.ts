import { conditionAt, objectAt, objectsAt, textAt } from "../core/capacity/fields.ts";
import { type JsonObject, sameJson } from "../core/json.ts";
import { type Cache, createCache } from "../kube/cache.ts";
import type { KubeObject } from "../kube/kube.ts";
import { keyOfObject, ownerOfChild } from "./keys.ts";
import { slimContainer } from "./slim.ts";

/** What is watched only to say why something does not run. */
export interface Causes {
  /** Name and pod template of all DaemonSets. */
  readonly daemonSets: Cache;
  /** Events that tell which volume of a pod cannot be mounted, by the Workspace of the pod. */
  readonly mountFailures: Cache;
}

type Wake = (keys: readonly string[]) => void;

/** A DaemonSet that starts or stops to serve GPU nodes is news to the Workspaces that wait for one; its counters are none. */
export function daemonSetCache(workspaces: () => readonly KubeObject[], wake: Wake): Cache {
  return createCache({
    onChange: (before, after) => {
      if (before !== undefined && after !== undefined && sameJson(templateOf(before), templateOf(after))) return;
      const waiting = workspaces().filter((one) => textAt(conditionAt(one, "Ready"), "reason") === "GpuNotReady");
      if (waiting.length > 0) wake(waiting.map(keyOfObject));
    },
  });
}

/** An event may come before its pod is known: the kubelet renews it while it holds. */
export function mountFailureCache(pod: (namespace: string, name: string) => KubeObject | undefined, wake: Wake): Cache {
  const ownerOf = (event: KubeObject): readonly string[] => {
    const [namespace, name] = [textAt(event, "regarding", "namespace"), textAt(event, "regarding", "name")];
    if (textAt(event, "regarding", "kind") !== "Pod" || namespace === undefined || name === undefined) return [];
    const owner = pod(namespace, name);
    return owner === undefined ? [] : ownerOfChild(owner);
  };
  return createCache({
    indexes: { owner: ownerOf },
    onChange: (_, after) => {
      const keys = after === undefined ? [] : ownerOf(after);
      if (keys.length > 0) wake(keys);
    },
  });
}

const CONTAINER_FIELDS = ["name", "image", "resources", "restartPolicy"];

/** Of a DaemonSet only what tells which nodes it serves with what, and what its pods take of them. */
export function slimDaemonSet({ apiVersion, kind, metadata, ...rest }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  const spec = objectAt(rest, "spec", "template", "spec");
  const containers = objectsAt(spec, "containers").map((one) => slimContainer(one, CONTAINER_FIELDS));
  const initContainers = objectsAt(spec, "initContainers").map((one) => slimContainer(one, CONTAINER_FIELDS));
  const kept = Object.fromEntries(
    ["tolerations", "nodeSelector", "affinity", "volumes", "overhead", "resources"].flatMap((key) => {
      const value = spec[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    spec: { template: { spec: { ...kept, ...(initContainers.length === 0 ? {} : { initContainers }), containers } } },
  } as KubeObject;
}

function templateOf(daemonSet: KubeObject): JsonObject {
  return objectAt(daemonSet, "spec", "template");
}
