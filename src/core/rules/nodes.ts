import type { RuleSet } from "./rule.ts";

/** Sizes, counts, partitions and the labels of nodes. */
export const nodeRules = {
  "instance-type/unknown": {
    level: "error",
    means: "The catalogue has no such size: its node would never come.",
    remedy: "Use one of the nearest names, or leave it out to get the cheapest size that fits.",
    example: "resource: {instanceType: Standard_NC24_A100}",
    source: "KAITO v0.12 takes every Standard_N… and Standard_D…",
  },
  "instance-type/no-gpu": {
    level: "error",
    means: "The size has no GPU: a pod that asks for one never runs there.",
    remedy: "Use a size with GPUs, or leave it out.",
    example: "resource: {instanceType: Standard_D8s_v5}",
  },
  "instance-type/too-small": {
    level: "either",
    means: "The weights and a little context do not fit the GPUs. A warning with kaito.sh/bypass-resource-checks.",
    remedy: "Choose one of the sizes the message names.",
    example:
      "{metadata: {annotations: {kaito.sh/runtime: transformers}}, resource: {instanceType: Standard_NC4as_T4_v3}}",
    source: "KAITO v0.12 checks own nodes and the transformers runtime only",
  },
  "instance-type/retired": {
    level: "warning",
    means: "The cloud no longer sells the size, or will soon stop.",
    remedy: "Move to the size the message names.",
    example: "{resource: {instanceType: Standard_NC6s_v3}, inference: {preset: {name: phi-3-mini-4k-instruct}}}",
  },
  "instance-type/no-price": {
    level: "either",
    means:
      "The size has no price in the region: it may not be offered there. An error where a price limit is to be kept.",
    remedy: "State another region or size, or add a price file.",
    example: "metadata: {annotations: {foresail.dev/region: atlantis}}",
  },
  "instance-type/none-fits": {
    level: "error",
    means: "No size is stated, and none of the region fits the model and the limits.",
    remedy: "State a size or another region, or raise the price limit.",
    example: "{metadata: {annotations: {foresail.dev/region: atlantis}}, resource: {instanceType: null}}",
  },
  "instance-type/required": {
    level: "error",
    means: "A pod template of one's own is not sized.",
    remedy: "State resource.instanceType.",
    example: "{resource: {instanceType: null}, inference: {preset: null, template: {spec: {containers: [{name: c}]}}}}",
  },
  "instance-type/fallback-unlike": {
    level: "error",
    means: "The pods of the first size would not run on the fallback.",
    remedy: "Use fallbacks with as many GPUs, and at least the memory and compute capability.",
    example: "metadata: {annotations: {foresail.dev/fallback-instance-types: Standard_NC6s_v3}}",
  },
  "hardware/unknown": {
    level: "warning",
    means: "Nothing says what the own nodes have, so nothing could be sized.",
    remedy: "State foresail.dev/gpu or resource.instanceType.",
    example: "{metadata: {annotations: {foresail.dev/provision: 'false'}}, resource: {instanceType: null}}",
    source: "KAITO v0.12 lists nodes during admission",
  },
  "gpu/unknown": {
    level: "error",
    means: "The catalogue does not know the GPU, so its memory is unknown.",
    remedy: "Use one of those listed, or state memory and capability as in 2x80Gi/8.0.",
    example:
      "{metadata: {annotations: {foresail.dev/provision: 'false', foresail.dev/gpu: 2xB9000}}, resource: {instanceType: null}}",
  },
  "gpu/ignored": {
    level: "warning",
    means: "foresail.dev/gpu describes own nodes of unknown size, and these are not.",
    remedy: "Remove it.",
    example: "metadata: {annotations: {foresail.dev/gpu: 1xA100-80GB}}",
  },
  "resource/count": {
    level: "error",
    means: "There cannot be that many nodes.",
    remedy: 'State 1 to 10,000; to give the GPUs back, foresail.dev/replicas: "0".',
    example: "resource: {count: 0}",
  },
  "resource/count-computed": {
    level: "warning",
    means: "With vLLM the number of nodes follows from model and size.",
    remedy: "Remove count, or choose another size.",
    example: "resource: {count: 4}",
    source: "KAITO v0.12 ignores it silently",
  },
  "partition/provision": {
    level: "error",
    means: "A node that is bought is used whole.",
    remedy: 'Use own nodes with foresail.dev/provision: "false".',
    example: "resource: {partition: {mode: accelerator, count: 1}}",
    source: "KAITO v0.12, validatePartition",
  },
  "partition/mode": {
    level: "error",
    means: "A part of a node is a slice of one GPU or some whole ones.",
    remedy: "State mig or accelerator.",
    when: "resource.partition.mode: half, where the schema was not asked first",
  },
  "partition/profile": {
    level: "error",
    means: "The slice does not exist, or not on this GPU, or none is meant.",
    remedy: "State a profile of the GPU as NVIDIA names it, with mode mig only.",
    example:
      "{metadata: {annotations: {foresail.dev/provision: 'false'}}, resource: {partition: {mode: mig, profile: 1g.1gb}}}",
    source: "KAITO v0.12, pkg/utils/mig",
  },
  "partition/count": {
    level: "error",
    means:
      "With accelerator the number of whole GPUs is needed, and the node must have them; with mig there is one slice.",
    remedy: "State a count the node has, with mode accelerator only.",
    example: "{metadata: {annotations: {foresail.dev/provision: 'false'}}, resource: {partition: {mode: accelerator}}}",
    source: "KAITO v0.12, validatePartition",
  },
  "partition/too-small": {
    level: "either",
    means: "The model does not fit the slice. A warning with kaito.sh/bypass-resource-checks.",
    remedy: "Use the smallest profile that holds it, which the message names.",
    example:
      "{metadata: {annotations: {foresail.dev/provision: 'false'}}, resource: {partition: {mode: mig, profile: 1g.10gb}}}",
    source: "KAITO v0.12, validatePartition",
  },
  "selector/too-many": {
    level: "error",
    means: "Every label is a requirement of every pod.",
    remedy: "Keep at most 50 labels.",
    when: "a labelSelector of 51 labels",
  },
  "selector/not-one-value": {
    level: "error",
    means: "New nodes get the selector as labels, and a label has one value.",
    remedy: "Use matchLabels, or In with one value.",
    example: "resource: {labelSelector: {matchExpressions: [{key: zone, operator: In, values: [a, b]}]}}",
    source: "KAITO v0.12, LabelSelectorAsMap",
  },
  "selector/operator": {
    level: "error",
    means: "Node affinity has no such operator.",
    remedy: "Use In, NotIn, Exists, DoesNotExist, Gt or Lt.",
    example:
      "{metadata: {annotations: {foresail.dev/provision: 'false'}}, resource: {labelSelector: {matchExpressions: [{key: zone, operator: Like, values: [a]}]}}}",
  },
  "selector/values": {
    level: "error",
    means: "The operator takes another number of values.",
    remedy: "State as many as the message says.",
    example:
      "{metadata: {annotations: {foresail.dev/provision: 'false'}}, resource: {labelSelector: {matchExpressions: [{key: zone, operator: Exists, values: [a]}]}}}",
  },
  "selector/contradiction": {
    level: "error",
    means: "A node has one value of a label, and two are asked for.",
    remedy: "Remove one.",
    example: "resource: {labelSelector: {matchExpressions: [{key: apps, operator: In, values: [other]}]}}",
  },
  "selector/key": {
    level: "error",
    means: "The text is no label key.",
    remedy: "Use letters, digits, - _ and ., with at most one domain and / in front.",
    example: "resource: {labelSelector: {matchLabels: {my app: phi}}}",
  },
  "selector/value": {
    level: "error",
    means: "The text is no label value.",
    remedy: "Use at most 63 letters, digits, - _ and .",
    example: "resource: {labelSelector: {matchLabels: {apps: phi four}}}",
  },
  "selector/reserved": {
    level: "warning",
    means: "KAITO sets the label itself; it is dropped from the selector.",
    remedy: "Remove it.",
    example: "resource: {labelSelector: {matchLabels: {kaito.sh/workspace: phi}}}",
    source: "KAITO v0.12, labels.go",
  },
  "selector/domain": {
    level: "error",
    means: "Labels of this domain are set by cloud, kubelet or Foresail; new nodes cannot be given them.",
    remedy: "Use a label of your own, or own nodes.",
    example: "resource: {labelSelector: {matchLabels: {kubernetes.io/os: linux}}}",
  },
} as const satisfies RuleSet;
