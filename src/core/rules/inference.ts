import type { RuleSet } from "./rule.ts";

/** What is served: the model, its adapters, templates. */
export const inferenceRules = {
  "inference/one-of": {
    level: "error",
    means: "Nothing says what to serve.",
    remedy: "State a preset, a template, or both to lay the template over the preset's pod.",
    example: "inference: {preset: null}",
    source: "KAITO v0.12, InferenceSpec.validateCreate, which refuses both",
  },
  "preset/unknown": {
    level: "error",
    means: "The catalogue has no model of that name, so nothing is known of what it needs.",
    remedy: "Use one of the nearest names, or add the model with foresail preset add.",
    example: "inference: {preset: {name: phi-5}}",
    source: "KAITO v0.12 asks huggingface.co during admission",
  },
  "preset/retired": {
    level: "error",
    means: "KAITO no longer serves the model, and no image of its time runs on this GPU.",
    remedy: "Use the nearest living preset, which the message names.",
    example: "inference: {preset: {name: phi-2}}",
    source: "KAITO v0.12, supported_models.yaml",
  },
  "model/token-required": {
    level: "error",
    means: "The weights are handed out only to accounts that accepted the licence; the pod would end with 401.",
    remedy: "Name a Secret with HF_TOKEN in presetOptions.modelAccessSecret, or mount the weights.",
    example: "inference: {preset: {name: llama-3.1-8b-instruct}}",
    source: "KAITO v0.12 has the rule and never knows that a model is gated",
  },
  "runtime/unsupported-gpu": {
    level: "error",
    means: "No image of the model has code for this GPU.",
    remedy: "Choose the size the message names, or another runtime.",
    example: "resource: {instanceType: Standard_NG32ads_V620_v1}",
  },
  "runtime/not-served": {
    level: "error",
    means: "The model has no server of that runtime, on any GPU.",
    remedy: "Leave kaito.sh/runtime out.",
    example:
      "{metadata: {annotations: {kaito.sh/runtime: transformers}}, inference: {preset: {name: ministral-3-8b-instruct-2512}}}",
    source: "KAITO v0.12, validateCreate",
  },
  "runtime/retired": {
    level: "warning",
    means: "Only KAITO's last image for old GPUs runs here; it gets no fixes.",
    remedy: "Move to a size with a newer GPU.",
    example: "{resource: {instanceType: Standard_NC6s_v3}, inference: {preset: {name: phi-3-mini-4k-instruct}}}",
  },
  "context/cut": {
    level: "warning",
    means: "The memory that is left does not hold a sequence as long as the model can read.",
    remedy: "Accept the shorter context, or choose a larger size.",
    example: "{resource: {instanceType: Standard_NC6s_v3}, inference: {preset: {name: phi-3-mini-128k-instruct}}}",
  },
  "adapter/too-many": {
    level: "error",
    means: "More adapters than KAITO allows.",
    remedy: "Keep at most 10.",
    when: "eleven adapters",
    source: "KAITO v0.12, MaxAdaptersNumber",
  },
  "adapter/template": {
    level: "error",
    means: "Adapters are loaded by the preset's server; with a template alone there is none.",
    remedy: "Load them in the template, or name a preset.",
    example:
      "inference: {preset: null, template: {spec: {containers: [{name: c}]}}, adapters: [{source: {name: a, image: r/a}}]}",
  },
  "adapter/duplicate": {
    level: "error",
    means: "A request names its adapter, and two have the name.",
    remedy: "Give every adapter a name of its own.",
    example: "inference: {adapters: [{source: {name: a, image: r/a}}, {source: {name: a, image: r/b}}]}",
    source: "KAITO v0.12, validateDuplicateName",
  },
  "adapter/name": {
    level: "error",
    means: "The name becomes part of container and volume names.",
    remedy: "Use 1 to 45 of a-z, 0-9 and -.",
    example: "inference: {adapters: [{source: {name: My_Adapter, image: r/a}}]}",
  },
  "adapter/served-name": {
    level: "either",
    means:
      "vLLM serves the model under that name, too, and a request has one name to say what it wants: it would reach only one of the two. A warning where inference.config is stated, which may give the model another name.",
    remedy: "Give the adapter another name.",
    example: "inference: {adapters: [{source: {name: phi-4, image: r/a}}]}",
  },
  "adapter/one-of": {
    level: "error",
    means: "An adapter comes from an image or from a volume; neither or both is stated.",
    remedy: "Keep one of image and volumeSource.",
    example: "inference: {adapters: [{source: {name: a}}]}",
    source: "KAITO v0.12, AdapterSpec.validateCreateorUpdate",
  },
  "adapter/urls": {
    level: "error",
    means: "Adapters are not downloaded from addresses.",
    remedy: "Use image or volumeSource.",
    example: "inference: {adapters: [{source: {name: a, image: r/a, urls: ['https://example.com/a']}}]}",
    source: "KAITO v0.12, AdapterSpec.validateCreateorUpdate",
  },
  "adapter/strength": {
    level: "error",
    means: "The strength is no number from 0 to 1.",
    remedy: 'State a number such as "0.5".',
    example: "inference: {adapters: [{source: {name: a, image: r/a}, strength: '1.5'}]}",
    source: "KAITO v0.12, AdapterSpec.validateCreateorUpdate",
  },
  "adapter/unsupported": {
    level: "error",
    means: "The server takes no adapters for the model's architecture and would refuse to start.",
    remedy: "Remove them, or serve a model merged with its adapter.",
    example:
      "{resource: {instanceType: Standard_ND96isr_H200_v5}, inference: {preset: {name: kimi-k2.5}, adapters: [{source: {name: a, image: r/a}}]}}",
  },
  "model/unpacked": {
    level: "warning",
    means:
      "The weights are quantised in a way that GPUs calculate with only from a later compute capability: the server unpacks them, so they save memory but no time.",
    remedy: "Leave it, or name a newer size where speed counts.",
    example:
      "{resource: {instanceType: Standard_NC24ads_A100_v4}, inference: {preset: {name: ministral-3-8b-instruct-2512}}}",
    source: "vLLM 0.25.1, layers/quantization/fp8.py",
  },
  "template/containers": {
    level: "error",
    means: "A pod without containers is none.",
    remedy: "State at least one container.",
    example: "inference: {preset: null, template: {spec: {}}}",
  },
  "template/gpus": {
    level: "error",
    means: "The number of GPUs the template asks for cannot be read.",
    remedy: "State whole numbers from 0 to 999 as limits.",
    example:
      "inference: {preset: null, template: {spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: two}}}]}}}",
  },
  "template/gpu-resource": {
    level: "error",
    means:
      "The size has no such GPUs: they are of another vendor, or parts of GPUs, and a node that is bought is used whole.",
    remedy: "Ask for what the message names; for parts of GPUs use own nodes with resource.partition.",
    example:
      "inference: {preset: null, template: {spec: {containers: [{name: c, resources: {limits: {nvidia.com/mig-1g.10gb: 1}}}]}}}",
  },
  "template/resource-claims": {
    level: "error",
    means: "The pod asks for devices by resource claims (DRA), and no node is bought for these.",
    remedy: "Ask for GPUs with resources.limits, or use own nodes.",
    example:
      "inference: {preset: null, template: {spec: {containers: [{name: c}], resourceClaims: [{name: gpu, resourceClaimTemplateName: one}]}}}",
    source: "Karpenter refuses such pods, too",
  },
  "template/node-name": {
    level: "error",
    means:
      "The pod would go to that node past the scheduler: onto nodes that are made for others, and where it does not fit the workload makes one refused pod after the other.",
    remedy: "Remove nodeName; on nodes of your own choose with nodeSelector.",
    example: "inference: {template: {spec: {nodeName: gpu-1}}}",
  },
  "overlay/invalid": {
    level: "error",
    means: "The partial template cannot be merged into the preset's pod.",
    remedy: "Use the shape of a pod template; the message names the place.",
    example: "inference: {template: {spec: {containers: {name: c}}}}",
  },
  "overlay/model": {
    level: "error",
    means: "The template takes the model's container away, and with it the preset.",
    remedy: "Leave inference.preset out to run a pod of your own.",
    example: "inference: {template: {spec: {containers: [{name: model, $patch: delete}]}}}",
  },
  "overlay/gpu": {
    level: "error",
    means: "Memory was fitted to these GPUs and nodes are claimed for them.",
    remedy: "Choose a size with resource.instanceType.",
    example: "inference: {template: {spec: {containers: [{resources: {limits: {nvidia.com/gpu: 4}}}]}}}",
  },
  "overlay/command": {
    level: "warning",
    means: "Lists of arguments have no key to merge by: those of the preset are gone.",
    remedy: "Add flags with inference.config.",
    example: "inference: {template: {spec: {containers: [{args: [--seed=1]}]}}}",
  },
  "image/invalid": {
    level: "error",
    means: "The text is no image reference.",
    remedy: "Write it as registry.example/name:tag, the path in lower case.",
    example: "inference: {adapters: [{source: {name: a, image: registry.example/Adapter}}]}",
    source: "github.com/distribution/reference",
  },
  "reference/placeholder": {
    level: "warning",
    means: "The manifest still has the words it was published with.",
    remedy: "Put your own registry or Secret there.",
    example: "inference: {adapters: [{source: {name: a, image: YOUR_REGISTRY_HERE/a}}]}",
  },
  "secret/invalid": {
    level: "error",
    means: "No Secret can have that name.",
    remedy: "Use the name of a Secret of the namespace.",
    example: "inference: {preset: {presetOptions: {modelAccessSecret: HF_TOKEN}}}",
  },
  "secret/too-many": {
    level: "error",
    means: "Each Secret becomes a file of one volume; nobody has more than ten for one image.",
    remedy: "Keep at most 10.",
    example:
      "inference: {adapters: [{source: {name: a, image: r/a, imagePullSecrets: [a, b, c, d, e, f, g, h, i, j, k]}}]}",
  },
  "secret/duplicate": {
    level: "error",
    means: "The same Secret twice is a conflict in the pod's volume.",
    remedy: "Remove one.",
    example: "inference: {adapters: [{source: {name: a, image: r/a, imagePullSecrets: [s, s]}}]}",
  },
  "mirrors/not-covered": {
    level: "warning",
    means: "With mirrors the model still fetches NVIDIA's compiler from public hosts at its start.",
    remedy: "Allow those hosts, or use another model.",
    when: "a model with a CUDA toolkit and a mirrors file",
  },
} as const satisfies RuleSet;
