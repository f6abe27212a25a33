import type { RuleSet } from "./rule.ts";

/** Pods with the label `foresail.dev/preset`. */
export const presetPodRules = {
  "preset-pod/several-nodes": {
    level: "error",
    means: "The model takes several nodes of the size, and a pod is on one.",
    remedy: "State a larger size, or serve the model with a Workspace.",
    example:
      "metadata: {labels: {foresail.dev/preset: llama-3.3-70b-instruct}}\nspec: {containers: [{name: model, image: auto, env: [{name: HF_TOKEN, value: x}]}]}",
  },
  "preset-pod/needs-workspace": {
    level: "error",
    means: "Nodes of gpu-provisioner are made for Workspaces, and some servers need files that only a Workspace has.",
    remedy: "Serve the model with a Workspace.",
    when: "the provider gpu-provisioner",
  },
  "preset-pod/gpus": {
    level: "error",
    means: "A container asks for another number of GPUs than the model was fitted to.",
    remedy: "Leave the GPUs out, or state a size that has as many.",
    example: 'spec: {containers: [{name: model, image: auto, resources: {limits: {nvidia.com/gpu: "2"}}}]}',
  },
  "preset-pod/no-gate": {
    level: "warning",
    means: "The pod has no scheduling gate foresail.dev/expand: while the webhook is away it runs as it is stated.",
    remedy: "Add the gate to the pod template; admission takes it away from the pods it expands.",
    example: "spec: {schedulingGates: null}",
  },
} as const satisfies RuleSet;
