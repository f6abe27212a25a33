import type { RuleSet } from "./rule.ts";

/** What only a look at all files together can find, and what is decided about findings. */
export const repositoryRules = {
  "schema/status-in-git": {
    level: "warning",
    means: "The status is the cluster's: what git says of it is never used, and some engines show it as drift.",
    remedy: "Remove status.",
    example: "status: {workerNodes: [a]}",
  },
  "schema/null-value": {
    level: "error",
    means:
      "A server-side apply with null in a field that has a type is refused with 422; kubectl apply drops it silently.",
    remedy: "Remove the field.",
    when: "a Workspace that states resource.count: null",
    source: "measured with Flux and Argo CD",
  },
  "workspace/duplicate": {
    level: "error",
    means: "Two manifests that are applied together have one name: each apply undoes the other.",
    remedy: "Rename or remove one.",
    when: "two Workspaces of one name in a directory",
  },
  "name/taken": {
    level: "error",
    means:
      "Objects a Workspace is made of, such as its Deployment or Service, have the name of something else that is applied with it: Foresail leaves what is not its own alone, and the Workspace stalls with NameTaken. Two Workspaces of one namespace and name in kaito.sh and foresail.dev make the same objects.",
    remedy: "Rename one; a Workspace that moves from one group to the other is stated once.",
    when: "a Workspace and a Service of one name, or a Workspace in both groups",
  },
  "gitops/unpinned": {
    level: "warning",
    means: "The stored expansion keeps its release, but a cluster that is built anew uses the release of that day.",
    remedy:
      "Write the annotation, or let foresail pin write it; foresail.dev/upgrade: follow says that it is meant so.",
    example: "{}",
  },
  "gitops/field-owned-by-autoscaler": {
    level: "error",
    means: "An autoscaler of the files scales pods for which nodes are bought by the number the Workspace states.",
    remedy: 'Set foresail.dev/replicas: "external".',
    when: "a HorizontalPodAutoscaler on the Deployment of a Workspace with foresail.dev/replicas: 2",
  },
  "gitops/force-enabled": {
    level: "warning",
    means: "The engine answers a 422 of the API server by deleting the live Workspace, its model with it.",
    remedy: "Leave force out.",
    example: "metadata: {annotations: {kustomize.toolkit.fluxcd.io/force: enabled}}",
  },
  "image/moving-tag": {
    level: "warning",
    means: "No tag, or latest: the same git runs another image tomorrow.",
    remedy: "Name a version or a digest.",
    example: "inference: {adapters: [{source: {name: a, image: registry.example/a}}]}",
  },
  "image/not-mirrored": {
    level: "warning",
    means:
      "The catalogue has mirrors, and the pods pull an image from a host that is none of them: no prefix stands for it, or it is in a template of one's own, which stays as it is.",
    remedy:
      "Copy the image, and name it as it is called in the mirror, or add its prefix to the mirrors; foresail images --mirrors prints what to copy.",
    when: "a catalogue with mirrors, and an adapter of another registry",
  },
  "nodes/device-plugin": {
    level: "warning",
    means:
      "A device plugin of the files does not tolerate the taint of the nodes that are bought: their GPUs never appear.",
    remedy: "Add the toleration.",
    when: "a DaemonSet of the NVIDIA device plugin without tolerations, beside a Workspace",
  },
  "quota/exceeded": {
    level: "error",
    means:
      "All Workspaces and preset pods of a namespace together ask for more GPUs, CPU, memory, disk or pods than its ResourceQuota allows: the last pods are refused.",
    remedy: "Raise the quota, or ask for less.",
    when: "a ResourceQuota of one GPU, and two Workspaces",
  },
  "quota/cloud-exceeded": {
    level: "either",
    means:
      "All that runs in a region asks for more cores of a family, of spot or of the region than the cloud grants (--quota). A warning where what is short may run on a fallback or be paid for in another way.",
    remedy: "Have the quota raised, or ask for less: foresail cost shows what else fits.",
    when: "--quota with a limit of 24 cores, and two Workspaces of 24 each",
  },
  "quota/not-compared": {
    level: "notice",
    means: "The quotas of --quota have none for a size, so nothing is known of it.",
    remedy: "Look it up in the portal of the cloud.",
    when: "--quota with quotas of other families",
  },
  "instance-type/oversized": {
    level: "notice",
    means:
      "A cheaper size of the region does the same, with as long a context on no more nodes, and saves a fifth or more. Not told beside kaito.sh/performance-mode: interactivity or throughput.",
    remedy: "Take it, where as many requests at once are not needed; check --fix leaves this to you.",
    example: "{resource: {instanceType: Standard_ND96isr_H100_v5}}",
  },
  "cost/over-budget": {
    level: "error",
    means: "All Workspaces together cost more per month than the budget of the config or of --budget.",
    remedy: "Raise the budget, or choose smaller sizes: foresail cost shows what fits.",
    when: "--budget=1/month",
  },
  "upgrade/restarts": {
    level: "warning",
    means: "Against --base: the change replaces pods that run, for the reasons and as long as the message says.",
    remedy: "Merge it when that is welcome; foresail diff shows all that changes.",
    when: "a Workspace whose preset differs from that of base",
  },
  "waiver/unknown-rule": {
    level: "error",
    means: "There is no rule of that name, so nothing is waived.",
    remedy: "Use a code of this page; in an annotation its slash is a dot.",
    when: "an annotation waive.foresail.dev/no.rule",
  },
  "waiver/no-reason": {
    level: "error",
    means: "A waiver without a reason is a rule switched off by whom nobody knows.",
    remedy: "Say why.",
    when: "an annotation waive.foresail.dev/gitops.unpinned without text",
  },
  "waiver/expired": {
    level: "warning",
    means: "Its day has passed: what it waived counts again.",
    remedy: "Mend what it waived, or give it another day.",
    when: 'an annotation waive.foresail.dev/gitops.unpinned: "later; until 2020-01-01"',
  },
  "waiver/unused": {
    level: "warning",
    means: "Nothing is found any more that it waives.",
    remedy: "Remove it.",
    when: "an annotation waive.foresail.dev/gitops.unpinned at a pinned Workspace",
  },
  "waiver/refused": {
    level: "warning",
    means: "The cluster refuses what the rule finds, so a check that passes would help nobody.",
    remedy: "Mend what is found.",
    when: "an annotation waive.foresail.dev/preset.unknown at a Workspace with an unknown preset",
  },
} as const satisfies RuleSet;
