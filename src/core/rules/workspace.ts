import type { RuleSet } from "./rule.ts";

/** The object as a whole: its name, its shape, what is written into it. */
export const workspaceRules = {
  "name/required": {
    level: "error",
    means: "There is no name when admission sees the object: the API server makes one from generateName afterwards.",
    remedy: "State metadata.name.",
    example: "metadata: {name: null, generateName: phi-}",
  },
  "name/too-long": {
    level: "error",
    means: "Pods and revisions get the name with a suffix, and label values end at 63 characters.",
    remedy: "Use at most 52 characters.",
    example: "metadata: {name: a-model-that-serves-all-the-teams-of-the-whole-company-well}",
  },
  "name/invalid": {
    level: "error",
    means: "Children carry the name, and it is no DNS label.",
    remedy: "Use a-z, 0-9 and -, with a letter or digit at both ends.",
    example: "metadata: {name: phi-3.5-mini}",
    source: "KAITO v0.12, Workspace.Validate",
  },
  "name/digit": {
    level: "warning",
    means:
      "Clusters before Kubernetes 1.36 refuse a Service whose name starts with a digit, so nobody could call the model.",
    remedy: "Start with a letter.",
    example: "metadata: {name: 4phi}",
    source: "Kubernetes, feature RelaxedServiceNameValidation",
  },
  "workspace/one-of": {
    level: "error",
    means: "A Workspace either serves or tunes; neither or both is stated.",
    remedy: "Keep one of inference and tuning.",
    example: "inference: null",
    source: "KAITO v0.12, validateCreate",
  },
  "workspace/use-change": {
    level: "error",
    means:
      "An update makes a training run of a model that serves, or the other way round. It is the one change refused.",
    remedy: "Use another name or namespace for it.",
    when: "an update that replaces inference by tuning",
    source: "KAITO v0.12, Validate",
  },
  "workspace/version": {
    level: "error",
    means: "The API version is not served.",
    remedy: "Use kaito.sh/v1beta1 or kaito.sh/v1alpha1; beside KAITO foresail.dev/v1beta1.",
    example: "apiVersion: kaito.sh/v2",
  },
  "field/ignored": {
    level: "warning",
    means: "The field is kept for KAITO's manifests and has no effect, there or here.",
    remedy: "Remove it.",
    example: "resource: {preferredNodes: [gpu-1]}",
    source: "KAITO v0.12, workspace_types.go",
  },
  "schema/required": {
    level: "error",
    means: "A field that is needed here is absent.",
    remedy: "Add it.",
    example: "resource: {labelSelector: null}",
  },
  "schema/type": {
    level: "error",
    means: "A value is of another type than the definition says.",
    remedy: "Use the type that is named; quote text that YAML reads as a number.",
    example: "resource: {count: two}",
  },
  "schema/enum": {
    level: "error",
    means: "A value is not among those that are allowed.",
    remedy: "Use one of the values listed.",
    example: "inference: {preset: {accessMode: secret}}",
  },
  "schema/invalid": {
    level: "error",
    means: "A value breaks a bound of the definition.",
    remedy: "Stay within the bound the message gives.",
    example: "{resource: {partition: {mode: accelerator, count: 0}}}",
  },
  "schema/unknown-field": {
    level: "either",
    means: "The definition has no such field: kubectl refuses it, other clients drop it silently. An error in check.",
    remedy: "Check the spelling, or remove it.",
    example: "resource: {instanceTyp: Standard_NC24ads_A100_v4}",
  },
  "schema/more": {
    level: "error",
    means: "More than a hundred values are wrong; the rest is counted, not listed.",
    remedy: "Mend those listed first.",
    when: "a list of 101 values of the wrong type",
  },
  "schema/too-deep": {
    level: "error",
    means: "A part is nested deeper than any pod needs.",
    remedy: "Flatten it.",
    when: "a pod template with a hundred levels",
  },
  "schema/too-large": {
    level: "error",
    means:
      "A template or volume is larger than an object of the cluster can carry twice, or has more parts than any pod: every review would wait for it.",
    remedy: "Move data into a ConfigMap or an image.",
    when: "a pod template of more than 256 KiB",
  },
  "schema/number": {
    level: "error",
    means: "A number beyond 2^53 changes when it is read and written as JSON.",
    remedy: "Write it as a string.",
    example: "inference: {template: {metadata: {annotations: {serial: 90071992547409930}}}}",
  },
  "expansion/replaced": {
    level: "warning",
    means: "Only admission writes the expansion; the one that was sent is not what it writes.",
    remedy: "Leave expansion out of git.",
    when: "a create that states an expansion",
  },
  "expansion/not-ours": {
    level: "error",
    means: "What arrives at the validating webhook is not what the mutating one wrote.",
    remedy: "Find the webhook that changes it, or install the mutating one.",
    when: "a Workspace without an expansion at the validating webhook",
  },
  "review/object": {
    level: "error",
    means: "The AdmissionReview has no object to judge.",
    remedy: "Send the Workspace as request.object.",
    when: "an AdmissionReview without request.object",
  },
  "admission/warning": {
    level: "warning",
    means: "Something admission says besides the rules, shown by check and render as it is.",
    remedy: "As the text says.",
    when: "a manifest that states an expansion, in check",
  },
} as const satisfies RuleSet;
