import type { KubeObject } from "../kube/kube.ts";
import type { Caches } from "./caches.ts";
import { keyOfObject, keyOfShare, ownerOfClaim, partsOf, shareOfClaim, shareOfWorkspace } from "./keys.ts";
import type { Workspaces } from "./workspaces.ts";

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

/** All that share nodes with a Workspace, itself among them. */
export function sharersOf(workspaces: Workspaces, key: string): readonly string[] {
  const { namespace, name } = partsOf(key);
  const owner = workspaces.get(namespace, name);
  return (owner === undefined ? [] : shareOfWorkspace(owner)).flatMap((share) =>
    workspaces.byIndex("share", share).map(keyOfObject),
  );
}
