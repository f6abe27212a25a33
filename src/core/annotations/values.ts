import type { InputAnnotation } from "../inputs.ts";

/** What annotations of a Workspace take: the end of the sentence "must be …" of admission's refusals. */
export const annotationValues = {
  "foresail.dev/adopt": '"true" or "false"',
  "foresail.dev/allow-from":
    "a list of namespaces (team-a), pods of one (team-a/app=web) and networks (10.0.0.0/8, no bit beyond the prefix) separated by commas",
  "foresail.dev/api-key-secret": "the name of a Secret with the key API_KEY",
  "foresail.dev/capacity-type": "on-demand, spot, reserved, or an ordered list of them",
  "foresail.dev/catalog": "a release that this version carries, for example 2026.11.0",
  "foresail.dev/chat-api": '"true" or "false"',
  "foresail.dev/fallback-instance-types": "a list of instance types separated by commas",
  "foresail.dev/gpu": 'COUNTxMODEL such as "4xA100-80GB", or COUNTxMEMORY/CAPABILITY such as "2x80Gi/8.0"',
  "foresail.dev/max-hourly-price": "USD per hour, for example 12.50",
  "foresail.dev/placement": "dedicated or shared",
  "foresail.dev/provision": '"true" or "false"',
  "foresail.dev/region": "a region, for example eastus",
  "foresail.dev/replicas": "a number from 0 to 10000, or external",
  "foresail.dev/rollout": "surge or recreate",
  "foresail.dev/ttl": "a time such as 30m, 12h or 7d",
  "foresail.dev/weights-claim": "the name of a PersistentVolumeClaim",
  "foresail.dev/zones": "a list of zones separated by commas",
  "inference.kaito.sh/static-model-mirror": '"false"; "true" is refused',
  "kaito.sh/bypass-resource-checks": 'anything but "false"',
  "kaito.sh/enablelb": '"True", with a capital T',
  "kaito.sh/model-streaming": "disabled; anything else is refused",
  "kaito.sh/node-class-name": "the name of a node class",
  "kaito.sh/node-image-family": "ubuntu or azurelinux",
  "kaito.sh/performance-mode": "balanced or interactivity or throughput",
  "kaito.sh/runtime": "vllm or transformers",
  "kaito.sh/use-local-weights": '"true" or "false"',
} as const satisfies { readonly [name in InputAnnotation]: string };
