import type { RuleSet } from "./rule.ts";

/** Annotations, and what is bought, shared and scaled by them. */
export const annotationRules = {
  "annotation/invalid": {
    level: "either",
    means:
      "The value is none of those the annotation takes. A warning where it has a harmless reading: foresail.dev/upgrade, kaito.sh/enablelb.",
    remedy: "Use a value of the form the message gives.",
    example: 'metadata: {annotations: {foresail.dev/replicas: "-1"}}',
  },
  "annotation/unknown": {
    level: "warning",
    means: "Foresail and KAITO v0.12 have no annotation of that name, so it has no effect.",
    remedy: "Use the nearest name, which the message gives, or remove it.",
    example: "metadata: {annotations: {kaito.sh/run-time: transformers}}",
  },
  "annotation/unsupported": {
    level: "error",
    means:
      "The annotation asks for something this version does not do; without it the model would run in another way than asked.",
    remedy: "Remove it.",
    example: "metadata: {annotations: {kaito.sh/model-streaming: enabled}}",
  },
  "annotation/ignored": {
    level: "warning",
    means: "The annotation belongs to model streaming, which is not there.",
    remedy: "Remove it.",
    example: "metadata: {annotations: {kaito.sh/streaming-service-account: sa}}",
  },
  "catalog/unknown": {
    level: "error",
    means: "The release that is pinned is not carried by this version.",
    remedy: "Pin one of the releases listed, or run a version that carries it.",
    example: "metadata: {annotations: {foresail.dev/catalog: 1999.1.0}}",
  },
  "price/above-limit": {
    level: "error",
    means: "All nodes of all replicas together cost more per hour than foresail.dev/max-hourly-price.",
    remedy: "Raise the limit, or choose a smaller size.",
    example: 'metadata: {annotations: {foresail.dev/max-hourly-price: "1"}}',
  },
  "price/fallback-above-limit": {
    level: "warning",
    means: "A fallback costs more than the limit, so it is never used.",
    remedy: "Raise the limit, or remove the fallback.",
    example:
      'metadata: {annotations: {foresail.dev/max-hourly-price: "4", foresail.dev/fallback-instance-types: Standard_NC40ads_H100_v5}}',
  },
  "zones/other-region": {
    level: "error",
    means: "A zone belongs to another region than the one prices and availability are read from.",
    remedy: "Set foresail.dev/region, or state zones of the region.",
    example: "metadata: {annotations: {foresail.dev/region: eastus, foresail.dev/zones: westus3-1}}",
  },
  "placement/ignored": {
    level: "warning",
    means: "gpu-provisioner makes each node for one Workspace: nothing can be shared.",
    remedy: "Remove foresail.dev/placement.",
    when: "foresail.dev/placement: shared with the provider gpu-provisioner",
  },
  "replicas/several-nodes": {
    level: "error",
    means: "The pods of a model over several nodes are one group; more of them would not be a second model.",
    remedy: "Use a larger size, or one Workspace per replica.",
    example:
      '{metadata: {annotations: {foresail.dev/replicas: "2"}}, resource: {instanceType: Standard_NV36ads_A10_v5}}',
  },
  "performance-mode/ignored": {
    level: "warning",
    means: "Only vLLM has performance modes.",
    remedy: "Remove the annotation, or use the vllm runtime.",
    example: "metadata: {annotations: {kaito.sh/runtime: transformers, kaito.sh/performance-mode: throughput}}",
  },
  "ttl/ignored": {
    level: "warning",
    means: "Only a training ends; what serves a model stays until it is deleted.",
    remedy: "Remove foresail.dev/ttl.",
    example: "metadata: {annotations: {foresail.dev/ttl: 1h}}",
  },
  "access/ignored": {
    level: "warning",
    means: "A tuning Workspace answers no requests, so nobody can be kept from calling it.",
    remedy: "Remove the annotation.",
    when: "foresail.dev/allow-from on a tuning Workspace",
  },
  "access/load-balancer": {
    level: "warning",
    means: "Callers from outside have addresses and no namespace, and no address range is allowed.",
    remedy: "Add a range such as 203.0.113.0/24, or do without the load balancer.",
    example: 'metadata: {annotations: {kaito.sh/enablelb: "True", foresail.dev/allow-from: team-a}}',
  },
  "api-key/unsupported": {
    level: "error",
    means: "The server would not ask for the key: a promise of protection that is not kept.",
    remedy: "Use the vllm runtime, or limit callers with foresail.dev/allow-from.",
    example: "metadata: {annotations: {kaito.sh/runtime: transformers, foresail.dev/api-key-secret: key}}",
  },
  "chat-api/unsupported": {
    level: "error",
    means: "Nothing can answer /chat in front of this server.",
    remedy: "Remove the annotation, or serve with vLLM.",
    example: "metadata: {annotations: {kaito.sh/runtime: transformers, foresail.dev/chat-api: 'true'}}",
  },
  "chat-api/built-in": {
    level: "warning",
    means: "The image answers /chat itself; no sidecar is added.",
    remedy: "Remove the annotation.",
    example:
      "{metadata: {annotations: {foresail.dev/chat-api: 'true'}}, resource: {instanceType: Standard_NC6s_v3}, inference: {preset: {name: phi-3-mini-4k-instruct}}}",
  },
  "chat-api/adapters": {
    level: "warning",
    means: "/chat has no way to name one of several adapters, so it uses the model without them.",
    remedy: "Name the adapter in requests of the OpenAI API.",
    example:
      "{metadata: {annotations: {foresail.dev/chat-api: 'true'}}, inference: {adapters: [{source: {name: a, image: r/a}}, {source: {name: b, image: r/b}}]}}",
  },
  "weights/both": {
    level: "error",
    means: "The weights are said to be in two places.",
    remedy: "Remove one of foresail.dev/weights-claim and kaito.sh/use-local-weights.",
    example: "metadata: {annotations: {foresail.dev/weights-claim: weights, kaito.sh/use-local-weights: 'true'}}",
  },
  "weights/ignored": {
    level: "warning",
    means:
      "Nothing loads weights that Foresail could place: training, an image with weights inside, a template of one's own.",
    remedy: "Remove the annotation.",
    example:
      "{metadata: {annotations: {foresail.dev/weights-claim: weights}}, resource: {instanceType: Standard_NC6s_v3}, inference: {preset: {name: phi-3-mini-4k-instruct}}}",
  },
  "weights/local-on-new-node": {
    level: "warning",
    means: "A new node has only what its image carries; the weights have to lie below /opt/kaito/models there.",
    remedy: "Use a node image with the weights, or nodes of your own.",
    example: "metadata: {annotations: {kaito.sh/use-local-weights: 'true'}}",
  },
  "weights-claim/recreate": {
    level: "warning",
    means: "A claim that one node mounts at a time is free for the new pod only when the old one is gone.",
    remedy: "Accept the pause, or use a ReadWriteMany claim and foresail.dev/rollout: surge.",
    example: "metadata: {annotations: {foresail.dev/weights-claim: weights}}",
  },
  "weights-claim/shared": {
    level: "warning",
    means: "Several pods mount the claim: with ReadWriteOnce the second waits for ever.",
    remedy: "Use a claim with ReadWriteMany.",
    example: 'metadata: {annotations: {foresail.dev/weights-claim: weights, foresail.dev/replicas: "2"}}',
  },
} as const satisfies RuleSet;
