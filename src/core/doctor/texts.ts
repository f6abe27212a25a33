/** What docs/doctor.md says of one finding. */
export interface FindingText {
  /** What is looked at. */
  readonly looks: string;
  /** When it is a problem, a warning, a note; what is not listed is ok or silent. */
  readonly problem?: string;
  readonly warning?: string;
  readonly note?: string;
}

/** Every finding, in the order they are printed. Ids are stable: scripts and alerts name them. */
export const findingTexts = {
  "server/version": {
    looks: "the API server's version",
    problem: "older than 1.30, the first with match conditions and ValidatingAdmissionPolicies in v1",
    warning: "it says none that can be read",
  },
  "kaito/controller": {
    looks: "Deployments of KAITO's workspace controller, from its chart and from the AKS add-on",
    problem: "one runs: both would write the same Workspaces, so Foresail writes nothing",
    note: "one is there, scaled to 0; or it runs beside a trial",
  },
  "kaito/webhook": {
    looks: "webhook configurations that name kaito.sh or foresail.dev and are not Foresail's",
    problem: "one is called for Workspaces: it may refuse or change what Foresail writes",
    note: "one is called for kaito.sh, which a trial leaves to KAITO",
  },
  "workspaces/definition": {
    looks: "the CustomResourceDefinitions workspaces.kaito.sh and workspaces.foresail.dev",
    problem:
      "workspaces.kaito.sh is KAITO's, or one has no field expansion, which the API server drops; in a trial there is no workspaces.foresail.dev",
    note: "there is none; in a trial workspaces.kaito.sh is KAITO's, and stays so",
  },
  "workspaces/schema": {
    looks: "whether those definitions are the ones of this version",
    warning: "it is Foresail's, of another version: fields may be dropped or refused",
  },
  "workspaces/manager": {
    looks: "who applies each definition, by its field managers and labels",
    note: "always, where there is one: whoever applies it puts it back",
  },
  "nodes/claim-definition": {
    looks: "the CustomResourceDefinition nodeclaims.karpenter.sh and the versions it serves",
    problem: "there is none, or v1 is not served, and nodes are to be bought",
    note: "there is none, and nobody buys nodes or nobody said who does",
  },
  "nodes/claim-server": {
    looks: "who turns NodeClaims into nodes: Karpenter, gpu-provisioner or Foresail's own provider",
    problem: "gpu-provisioner is the provider and does not run",
    warning: "karpenter is the provider and is not seen; one that the cloud runs outside of the cluster cannot be",
    note: "nobody is seen, and nobody said who buys nodes",
  },
  "nodes/gpu-provisioner": {
    looks: "a gpu-provisioner beside another provider",
    note: "one runs: it acts on every claim with a label of KAITO's, which Foresail's do not carry then",
  },
  "gpu/device-plugin": {
    looks: "DaemonSets that bring nvidia.com/gpu to nodes",
    problem: "there is none, and there are GPU nodes",
    warning: "there is none, no GPU node yet either, and nodes are to be bought",
    note: "there is none, no GPU node either, and nobody buys nodes or nobody said who does",
  },
  "gpu/taint": {
    looks: "whether a device plugin tolerates the taints of the nodes that Foresail buys",
    problem: "none does: such a node is Ready and offers no GPU, for ever",
  },
  "gpu/node": {
    looks: "GPU nodes that are Ready and offer no GPU",
    problem: "no device plugin comes to one of them",
    note: "a device plugin is there and has not registered the GPUs",
  },
  "storage/default": {
    looks: "the default StorageClass",
    warning: "there are several: which one serves is the youngest",
    note: "there is none: claims that name no class wait for ever",
  },
  "storage/shared": {
    looks:
      "StorageClasses whose driver mounts one volume on many nodes (ReadWriteMany), for weights that several pods read",
    note: "which there are, or that none is known",
  },
  "storage/local": {
    looks: "StorageClasses on the NVMe disks of nodes, for weights that each pod downloads",
    note: "which there are, or that none is known",
  },
  "foresail/installed": {
    looks: "whether Foresail runs in the cluster, by its Deployments and webhook configurations",
    note: "it does not, or foresail up serves it from another machine",
  },
  "webhook/configuration": {
    looks: "both webhook configurations and what they are called for",
    problem: "one is missing, or another than this version's: Workspaces are stored without an expansion",
    warning: "what it is called for, or what happens when nobody answers, is not as this version ships it",
  },
  "webhook/ca": {
    looks: "the CA in the webhook configurations, against its dates and the certificate in the webhook's Secret",
    problem: "it is missing, unreadable, expired, or has not signed what the webhook serves",
    warning: "the serving certificate ends within 20 days",
  },
  "webhook/replicas": {
    looks: "ready replicas of the Deployment foresail-webhook",
    problem: "none is ready: Workspaces cannot be written",
    warning: "fewer than are wanted",
  },
  "webhook/answers": {
    looks: "a create of a Workspace that is only tried (dry run), through the API server",
    problem: "the API server cannot call the webhook, or stores no expansion",
    note: "a policy, or somebody else's webhook, refuses what was tried",
  },
  "reconciler/replicas": {
    looks: "ready replicas of the Deployment foresail-reconciler",
    problem: "none is ready: nothing is made, and status stands still",
    warning: "fewer than are wanted",
  },
  "reconciler/leader": {
    looks: "who holds the Lease foresail-reconciler, and when it was renewed",
    problem: "nobody does, or it was not renewed for longer than it lasts",
  },
  "reconciler/rights": {
    looks: "every right of manifests/rbac, asked for with a SubjectAccessReview of the reconciler's ServiceAccount",
    problem: "one is missing",
  },
  "policies/writers": {
    looks: "the ValidatingAdmissionPolicy workspace-writers.foresail.dev and its binding",
    warning: "one is missing: who may write Workspaces gets pods that they could not create themselves",
  },
  "policies/shipped": {
    looks: "the policies of policies/, and their bindings",
    warning: "one has no binding, or the API server found an error in it: it judges nothing",
    note: "which are there, or that none is",
  },
  "cloud/machines": {
    looks: "with the provider aks: whether the identity may list the cluster's agent pools",
    problem: "it may not, or the cluster is not found",
  },
  "cloud/quota": {
    looks: "with the provider aks: cores that are left for sizes with GPUs of the catalogue",
    problem: "there is room for none of them",
    note: "sizes with room, or that quotas cannot be read",
  },
  "doctor/unread": {
    looks: "what could not be looked at",
    warning: "no answer, or an error of the other side",
    note: "the right to read it is missing",
  },
} as const satisfies { readonly [id: string]: FindingText };

export type FindingId = keyof typeof findingTexts;
export const FINDING_IDS = Object.keys(findingTexts) as readonly FindingId[];
