import { textAt } from "../../core/capacity/fields.ts";
import { isDeleting } from "../../core/capacity/pod.ts";
import { POOL_LABEL, providerIdOf } from "../../core/machine/node-facts.ts";
import type { Cache } from "../../kube/cache.ts";
import type { KubeObject } from "../../kube/kube.ts";
import { nodeOfPod } from "../keys.ts";

/** Name of the pool a node is of, which is that of its claim. */
export function poolOfNode(node: KubeObject): readonly string[] {
  const name = textAt(node, "metadata", "labels", POOL_LABEL);
  return name === undefined ? [] : [name];
}

/** In lower case: sources write it differently. */
export function providerOfNode(node: KubeObject): readonly string[] {
  const id = providerIdOf(node);
  return id === undefined ? [] : [id.toLowerCase()];
}

/** Claims to look at when this node changes. */
export function claimsOfNode(claims: Cache, node: KubeObject): readonly string[] {
  return [...poolOfNode(node), ...claims.byIndex("node", node.metadata.name).map(({ metadata }) => metadata.name)];
}

/** Claims to look at when this pod changes: those whose node is being emptied. */
export function claimsOfPod(claims: Cache, pod: KubeObject): readonly string[] {
  const ending = nodeOfPod(pod)
    .flatMap((node) => claims.byIndex("node", node))
    .filter(isDeleting);
  return ending.map(({ metadata }) => metadata.name);
}
