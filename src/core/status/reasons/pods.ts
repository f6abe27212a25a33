import type { ReasonText } from "./reason-text.ts";

/** Between a pod and a model that answers. */
export const podReasons = {
  PodRefused: {
    meaning:
      "The API server does not let the workload create its pods. Says who refuses (a ResourceQuota, Pod Security, a policy, a webhook), and their words.",
    next: "change what the pod asks for, or have whoever refuses it let it pass; the pod is tried again by itself",
    stalled: "when Pod Security, a policy or a webhook refuses: none of them changes its mind by itself",
    kaito: "WorkspaceInferenceStatusPending",
  },
  SecretMissing: {
    meaning: "A container cannot start because a Secret, or a key in it, is not there.",
    next: "create the Secret in the Workspace's namespace; the container starts by itself then",
    stalled: "always",
    kaito: "ContainerStartError",
  },
  ConfigMissing: {
    meaning: "The ConfigMap that the Workspace or its pods name, or the key in it, is not there.",
    next: "create it in the Workspace's namespace; it is looked at again by itself",
    stalled: "always",
    kaito: "ContainerStartError",
  },
  ConfigConflict: {
    meaning: "The ConfigMap cannot be read, names a flag that is unknown, or contradicts the expansion.",
    next: "mend the ConfigMap (foresail check says the same before a merge); running pods are left alone",
    stalled: "always",
  },
  VolumePending: {
    meaning: "A volume of the pod is not there, not bound, or cannot be mounted.",
    next: "create the PersistentVolumeClaim, or see why it is not bound (kubectl describe pvc)",
    stalled: "never",
    kaito: "Unschedulable",
  },
  PullingImage: {
    meaning:
      "The pod has its node and fetches images or prepares volumes. The size is told where a node of the cluster has the image.",
    next: "nothing to do: a model server's image of tens of GiB takes some minutes on a new node",
    stalled: "never",
    kaito: "WorkspaceInferenceStatusPending",
  },
  ImagePullFailed: {
    meaning: "An image cannot be fetched. The container runtime's words.",
    next: "check the image's name, that the node reaches the registry, and the pull secret; it is tried again by itself",
    stalled: "never",
    kaito: "ImagePullError",
  },
  LoadingModel: {
    meaning: "The container runs and fetches or loads the weights.",
    next: "nothing to do: kubectl logs shows how far it is",
    stalled: "never",
    kaito: "WorkspaceInferenceStatusPending",
  },
  ModelAccessDenied: {
    meaning:
      "The weights are not given out to this account: the container ended with a 401, a 403, or word of a gated model.",
    next: "accept the model's licence with the account of the token, and name the Secret that holds it (key HF_TOKEN) in inference.preset.presetOptions.modelAccessSecret",
    stalled: "always",
    kaito: "ContainerCrashLoopBackOff",
  },
  OutOfMemory: {
    meaning:
      "A container used more memory than there is: of the host (the kernel killed it) or of the GPU (CUDA refused). Comes with the numbers of the memory model.",
    next: "choose a larger size (foresail explain lists them)",
    stalled: "never",
    kaito: "ContainerOOMKilled",
  },
  CrashLooping: {
    meaning: "A container ends again and again. Exit code and last line of its log.",
    next: "kubectl logs --previous shows the rest; undo the last change if it ran before",
    stalled: "never",
    kaito: "ContainerCrashLoopBackOff",
  },
  ContainerNotStarted: {
    meaning: "The kubelet cannot make or start a container. Its words.",
    next: "mend what the kubelet names; it is tried again by itself",
    stalled: "never",
    kaito: "ContainerStartError",
  },
  Evicted: {
    meaning:
      "The node ended a pod, for want of disk or memory or because it shuts down. Told until a successor is ready.",
    next: "nothing to do if it stays the only time: the pod is replaced; else ask for more ephemeral storage or memory, or a larger size",
    stalled: "never",
    kaito: "PodEvicted",
  },
  NodeUnderPressure: {
    meaning: "The node of a pod that is not ready lacks disk or memory.",
    next: "nothing to do if it passes: the kubelet makes room; else choose a larger size",
    stalled: "never",
    kaito: "NodeDiskPressure, NodeMemoryPressure",
  },
  WaitingForPods: {
    meaning: "The workload exists and its controller has made no pod yet.",
    next: "nothing to do: kube-controller-manager makes them",
    stalled: "never",
    kaito: "WorkspaceInferenceStatusPending",
  },
  Scheduling: {
    meaning: "The scheduler has not looked at the pod yet.",
    next: "nothing to do",
    stalled: "never",
    kaito: "WorkspaceInferenceStatusPending",
  },
  RollingOut: {
    meaning: "Old pods are being replaced.",
    next: "nothing to do",
    stalled: "never",
    kaito: "WorkspaceInferenceStatusPending",
  },
  Training: {
    meaning: "The training runs.",
    next: "nothing to do: kubectl logs shows how far it is",
    stalled: "never",
    kaito: "WorkspaceTuningJobStatusStarted (JobStarted)",
  },
  TrainingFailed: {
    meaning: "The training Job has failed for the present inputs, and does not run again for them.",
    next: "kubectl logs says why; change an input and it runs again",
    stalled: "always",
    kaito: "WorkspaceTuningJobStatusFailed (JobStarted), workspaceFailed (WorkspaceSucceeded)",
  },
} as const satisfies { readonly [reason: string]: ReasonText };
