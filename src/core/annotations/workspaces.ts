import type { InputAnnotation, upgradeAnnotation } from "../inputs.ts";
import { annotationValues } from "./values.ts";
import type { Word } from "./word.ts";

type Stated = InputAnnotation | typeof upgradeAnnotation;

/** What users write on a Workspace, in the order of the alphabet. The compiler takes no input without its words. */
export const workspaceAnnotations: { readonly [name in Stated]: Word } = {
  "foresail.dev/adopt": {
    values: annotationValues["foresail.dev/adopt"],
    absent: "what KAITO made is left as it is until an input changes",
    example: "true",
    means: "What KAITO made for the Workspace is replaced by what Foresail makes ([from-kaito.md](from-kaito.md)).",
  },
  "foresail.dev/allow-from": {
    values: annotationValues["foresail.dev/allow-from"],
    absent: "everybody may call the model",
    example: "team-a, team-b/app=web, 10.20.0.0/16",
    means: "Who reaches the model's port, by NetworkPolicy ([chat.md](chat.md)).",
  },
  "foresail.dev/api-key-secret": {
    values: annotationValues["foresail.dev/api-key-secret"],
    absent: "no key is asked for",
    example: "phi-4-key",
    means: "The key that callers present, with vLLM only ([chat.md](chat.md)).",
  },
  "foresail.dev/capacity-type": {
    values: annotationValues["foresail.dev/capacity-type"],
    absent: "`capacityTypes` of the catalogue: on-demand",
    example: "spot, on-demand",
    means: "How nodes are paid; the next is tried where the former cannot be had ([capacity.md](capacity.md)).",
  },
  "foresail.dev/catalog": {
    values: annotationValues["foresail.dev/catalog"],
    absent: "the release that runs, at the next change of an input",
    example: "2026.11.0",
    means: "The release that expands the Workspace, now and later ([pin.md](pin.md)).",
  },
  "foresail.dev/chat-api": {
    values: annotationValues["foresail.dev/chat-api"],
    absent: '"false"',
    example: "true",
    means: "KAITO's `/chat` beside the OpenAI API ([chat.md](chat.md)).",
  },
  "foresail.dev/fallback-instance-types": {
    values: annotationValues["foresail.dev/fallback-instance-types"],
    absent: "none: no other size is ever bought",
    example: "Standard_NC40ads_H100_v5",
    means:
      "Sizes to try, in this order, where the first has no quota or stock; as many GPUs each, with no less memory and capability.",
  },
  "foresail.dev/gpu": {
    values: annotationValues["foresail.dev/gpu"],
    absent: "`resource.instanceType`, else `gpu` of the catalogue, else one GPU that nothing is sized for",
    example: "4xA100-80GB",
    means: "The GPUs of a node that you bring ([providers.md](providers.md#byo)).",
  },
  "foresail.dev/max-hourly-price": {
    values: annotationValues["foresail.dev/max-hourly-price"],
    absent: "no ceiling",
    example: "12.50",
    means: "The most all nodes of the Workspace may cost; nothing dearer is chosen or bought.",
  },
  "foresail.dev/placement": {
    values: annotationValues["foresail.dev/placement"],
    absent: "`placement` of the catalogue: dedicated",
    example: "shared",
    means: "Whether Workspaces of one namespace and selector may share nodes ([serving.md](serving.md#shared-nodes)).",
  },
  "foresail.dev/provision": {
    values: annotationValues["foresail.dev/provision"],
    absent: '`provision` of the catalogue: "true"',
    example: "false",
    means: '"false": you bring the nodes, and none is bought.',
  },
  "foresail.dev/region": {
    values: annotationValues["foresail.dev/region"],
    absent: "`region` of the catalogue",
    example: "eastus",
    means: "Whose prices and sizes count. Where nodes come up is the provider's setting.",
  },
  "foresail.dev/replicas": {
    values: annotationValues["foresail.dev/replicas"],
    absent: "1; with transformers or a template of your own `resource.count`",
    example: "0",
    means:
      "Copies of the model. 0 gives the GPUs back and keeps the rest; with external an autoscaler of yours decides ([nodes.md](nodes.md#it-goes)).",
  },
  "foresail.dev/rollout": {
    values: annotationValues["foresail.dev/rollout"],
    absent: "surge where one node serves",
    example: "recreate",
    means: "Whether the new pod comes before the old one goes, which takes a node more for that time.",
  },
  "foresail.dev/ttl": {
    values: annotationValues["foresail.dev/ttl"],
    absent: "it stays",
    example: "12h",
    means: "How long after its training was complete a tuning Workspace is deleted.",
  },
  "foresail.dev/upgrade": {
    values: "pinned or follow",
    absent: "pinned",
    example: "follow",
    means:
      "pinned: another release expands it only when an input changes; follow: also when any label or annotation changes ([gitops.md](gitops.md#what-a-change-of-foresail-does)).",
  },
  "foresail.dev/weights-claim": {
    values: annotationValues["foresail.dev/weights-claim"],
    absent: "each pod downloads the weights to a disk of its own",
    example: "weights",
    means:
      "A claim that holds the weights, or is filled with them by the first start ([serving.md](serving.md#weights)).",
  },
  "foresail.dev/zones": {
    values: annotationValues["foresail.dev/zones"],
    absent: "any zone",
    example: "eastus-1, eastus-2",
    means: "Zones that nodes may be in, tried in this order.",
  },
  "inference.kaito.sh/static-model-mirror": {
    values: annotationValues["inference.kaito.sh/static-model-mirror"],
    absent: '"false"',
    example: "false",
    means: "KAITO's model streaming, which is not there.",
  },
  "kaito.sh/bypass-resource-checks": {
    values: annotationValues["kaito.sh/bypass-resource-checks"],
    absent: "a model that does not fit is refused",
    example: "true",
    means: "A model that does not fit its GPUs is warned about, and stored.",
  },
  "kaito.sh/enablelb": {
    values: annotationValues["kaito.sh/enablelb"],
    absent: "the Service is ClusterIP",
    example: "True",
    means: "The Service is a LoadBalancer with port 80.",
  },
  "kaito.sh/model-streaming": {
    values: annotationValues["kaito.sh/model-streaming"],
    absent: "disabled",
    example: "disabled",
    means: "KAITO's model streaming, which is not there.",
  },
  "kaito.sh/node-class-name": {
    values: annotationValues["kaito.sh/node-class-name"],
    absent: "that of the reconciler's `--node-class`",
    example: "gpu-large",
    means: "Another node class of the same kind, with Karpenter ([providers.md](providers.md#karpenter)).",
  },
  "kaito.sh/node-image-family": {
    values: annotationValues["kaito.sh/node-image-family"],
    absent: "`imageFamily` of the catalogue: ubuntu",
    example: "azurelinux",
    means: "Operating system of the node, with the providers aks and gpu-provisioner.",
  },
  "kaito.sh/performance-mode": {
    values: annotationValues["kaito.sh/performance-mode"],
    absent: "vLLM's own",
    example: "throughput",
    means: "vLLM's performance mode, and the flags a preset states for it.",
  },
  "kaito.sh/runtime": {
    values: annotationValues["kaito.sh/runtime"],
    absent: "vllm, where the GPU is new enough for it",
    example: "transformers",
    means: "The server that runs the model.",
  },
  "kaito.sh/use-local-weights": {
    values: annotationValues["kaito.sh/use-local-weights"],
    absent: '"false"',
    example: "true",
    means: "The weights lie on the node already ([serving.md](serving.md#weights)).",
  },
};
