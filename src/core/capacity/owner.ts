import { MANAGED_BY, MANAGED_BY_LABEL, WORKSPACE_LABEL } from "../children/metadata.ts";
import type { JsonObject } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { textMapAt } from "./fields.ts";

export const OWNER_NAME_LABEL = "foresail.dev/workspace";
export const OWNER_NAMESPACE_LABEL = "foresail.dev/workspace-namespace";
export const OWNER_UID_LABEL = "foresail.dev/workspace-uid";
export const SHARE_LABEL = "foresail.dev/share";
/** KAITO's labels; gpu-provisioner acts on every claim that carries them. */
export const KAITO_NAMESPACE_LABEL = "kaito.sh/workspacenamespace";

export type Provider = "karpenter" | "aks" | "gpu-provisioner" | "byo";

/** For whom nodes are asked. */
export interface Owner {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly expansion: Expansion;
}

export function ownerOf(workspace: Workspace, expansion: Expansion): Owner {
  const { namespace, name, uid } = workspace.metadata;
  return { namespace: namespace ?? "", name: name ?? "", uid: uid ?? "", expansion };
}

/** What the names of an owner's claims are made from: the share key where nodes are shared, else the UID. */
export function ownerKey(owner: Owner): string {
  return owner.expansion.nodes.share ?? owner.uid;
}

/** The labels by which an owner's claims are found: never by name, and not by UID, so that a successor takes them over. */
export function claimSelector(owner: Pick<Owner, "namespace" | "name"> & { readonly share?: string }): {
  readonly [label: string]: string;
} {
  if (owner.share !== undefined) return { [SHARE_LABEL]: owner.share };
  return { [OWNER_NAME_LABEL]: owner.name, [OWNER_NAMESPACE_LABEL]: owner.namespace };
}

/** All labels of a new claim, and so of its node. */
export function claimLabels(owner: Owner, provider: Provider): { readonly [label: string]: string } {
  const { share, labels } = owner.expansion.nodes;
  const kaito =
    provider === "gpu-provisioner" ? { [WORKSPACE_LABEL]: owner.name, [KAITO_NAMESPACE_LABEL]: owner.namespace } : {};
  const isMarked = provider !== "gpu-provisioner";
  const own = share === undefined || !isMarked ? { ...kaito, [OWNER_UID_LABEL]: owner.uid } : kaito;
  return {
    ...labels,
    ...claimSelector({ namespace: owner.namespace, name: owner.name, ...(share === undefined ? {} : { share }) }),
    ...own,
    // gpu-provisioner writes every label of the claim into the agent pool, and AKS refuses labels of kubernetes.io there.
    ...(isMarked ? { [MANAGED_BY_LABEL]: MANAGED_BY } : {}),
  };
}

/** Whether a claim was made by us, by its labels: somebody else's may carry those of a Workspace, too. */
export function isManagedClaim(claim: JsonObject): boolean {
  const labels = textMapAt(claim, "metadata", "labels");
  return labels.get(MANAGED_BY_LABEL) === MANAGED_BY || labels.has(OWNER_UID_LABEL);
}
