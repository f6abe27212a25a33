import type { KubeObject } from "../kube/kube.ts";
import type { Caches } from "./caches.ts";
import { keyOfObject, keyOfShare, ownerOfClaim, partsOf, shareOfClaim } from "./keys.ts";

/** Who is served by a claim: one Workspace, all that share it, or the pods that ask for a preset. */
export function usersOfClaim(caches: Pick<Caches, "workspaces" | "pods">, claim: KubeObject): readonly string[] {
  const sharers = shareOfClaim(claim).flatMap((share) => caches.workspaces.byIndex("share", share).map(keyOfObject));
  const owners = ownerOfClaim(claim).filter((key) => {
    const { namespace, name } = partsOf(key);
    return caches.workspaces.get(namespace, name) !== undefined;
  });
  const presets = shareOfClaim(claim).filter((share) => caches.pods.byIndex("preset", share).length > 0);
  return [...owners, ...sharers, ...presets.map(keyOfShare)];
}
