import { CAPACITY_TYPE_LABEL, DELETED_BECAUSE, REGION_ANNOTATION, SPOT_MAX_PRICE } from "../capacity/claim.ts";
import {
  KAITO_NAMESPACE_LABEL,
  OWNER_NAME_LABEL,
  OWNER_NAMESPACE_LABEL,
  OWNER_UID_LABEL,
  SHARE_LABEL,
} from "../capacity/owner.ts";
import { APPLIED_HASH, INPUTS_HASH, TEMPLATE_HASH } from "../children/applied.ts";
import { MANAGED_BY_LABEL, WORKSPACE_LABEL } from "../children/metadata.ts";
import { CONFIG_HASH } from "../children/workload.ts";
import { TERMINATION_FINALIZER, TERMINATION_TIMESTAMP } from "../machine/claim-facts.ts";
import { DISRUPTED_TAINT } from "../machine/drain.ts";
import { INITIALIZED_LABEL } from "../machine/initialization.ts";
import { REGISTERED_LABEL, UNREGISTERED_TAINT } from "../machine/registration.ts";
import { APPLIED_REPLICAS, SCALING } from "../plan/workload.ts";
import { EXPANDED_ANNOTATION } from "../preset-pod/words.ts";
import type { Mark } from "./word.ts";

/** What Foresail writes on objects of the cluster, and reads again. Nobody else should write them. */
export const marks: { readonly [name: string]: Mark } = {
  [MANAGED_BY_LABEL]: { on: "label of children, NodeClaims and their nodes", means: "`foresail`: who made it." },
  [APPLIED_HASH]: { on: "annotation of children", means: "Hash of what was applied; tells whether to apply again." },
  [APPLIED_REPLICAS]: {
    on: "annotation of a workload",
    means: "Pods last applied; until it changes, whoever scales decides.",
  },
  [CONFIG_HASH]: { on: "annotation of pods", means: "Hash of your ConfigMap's key, so that an edit rolls." },
  [DELETED_BECAUSE]: { on: "annotation of a NodeClaim", means: "Why Foresail deletes it." },
  [EXPANDED_ANNOTATION]: { on: "annotation of a preset pod", means: "The catalogue release that expanded it." },
  [INPUTS_HASH]: { on: "annotation of a Job", means: "The inputs it was made from: a finished run is not repeated." },
  [REGION_ANNOTATION]: { on: "annotation of a NodeClaim", means: "The region whose price it has." },
  [SCALING]: { on: "annotation of a workload", means: "`external`: its size is left to an autoscaler." },
  [SHARE_LABEL]: {
    on: "label of NodeClaims and nodes",
    means: "10 hex digits: which Workspaces or pods may share the node.",
  },
  [SPOT_MAX_PRICE]: { on: "annotation of a NodeClaim", means: "The most a spot machine may cost, USD per hour." },
  [TEMPLATE_HASH]: { on: "annotation of a workload", means: "Hash of the pod template it was given." },
  "foresail.dev/up-host": {
    on: "annotation of the webhook configurations of `foresail up`",
    means: "The machine it runs on.",
  },
  "foresail.dev/up-pid": { on: "annotation of the webhook configurations of `foresail up`", means: "Its process." },
  [OWNER_NAME_LABEL]: {
    on: "label of NodeClaims and nodes; finalizer of a Workspace",
    means: "The Workspace the node is for; the finalizer takes its nodes along.",
  },
  [OWNER_NAMESPACE_LABEL]: { on: "label of NodeClaims and nodes", means: "The namespace of that Workspace." },
  [OWNER_UID_LABEL]: { on: "label of NodeClaims and nodes", means: "The UID of that Workspace." },
  [WORKSPACE_LABEL]: {
    on: "label of children and pods; with gpu-provisioner of NodeClaims",
    means: "The name of their Workspace.",
  },
  [KAITO_NAMESPACE_LABEL]: {
    on: "label of NodeClaims with gpu-provisioner",
    means: "The namespace of their Workspace.",
  },
  [CAPACITY_TYPE_LABEL]: { on: "requirement of NodeClaims, label of nodes", means: "How the node is paid." },
  [DISRUPTED_TAINT.key]: { on: "taint of a node that goes, with the provider aks", means: "Takes no new pods." },
  "karpenter.sh/do-not-disrupt": {
    on: "annotation of NodeClaims, and so of nodes",
    means: "Karpenter moves no model by itself. On a pod of yours it keeps the node.",
  },
  [INITIALIZED_LABEL]: {
    on: "label of nodes, with the provider aks",
    means: "The node offers all that was asked for.",
  },
  [TERMINATION_TIMESTAMP]: {
    on: "annotation of NodeClaims that go, with the provider aks",
    means: "When the drain ends at the latest.",
  },
  [REGISTERED_LABEL]: { on: "label of nodes, with the provider aks", means: "The node belongs to its claim." },
  [TERMINATION_FINALIZER]: {
    on: "finalizer of NodeClaims and nodes, with the provider aks",
    means: "The machine is removed first.",
  },
  [UNREGISTERED_TAINT]: { on: "taint of a node that starts", means: "Keeps pods away until the node is registered." },
};
