import { CATALOGUE_DATA_LABEL } from "../catalogue-files/config-map.ts";
import { KEEP_NODE } from "../plan/disruption.ts";
import {
  CONTAINER_ANNOTATION,
  EXPAND_GATE,
  INSTANCE_TYPE_ANNOTATION,
  OPT_IN,
  OPT_IN_LABEL,
  PRESET_LABEL,
} from "../preset-pod/words.ts";
import type { Word } from "./word.ts";

/** A word that users write on something else than a Workspace. */
export interface WordElsewhere extends Word {
  readonly on: string;
}

export const wordsElsewhere: { readonly [name: string]: WordElsewhere } = {
  [CATALOGUE_DATA_LABEL]: {
    on: "label of a ConfigMap in Foresail's namespace",
    values: '"true"',
    absent: "it is no catalogue data",
    example: "true",
    means: "Its keys are catalogue files ([catalogue-files.md](catalogue-files.md)).",
  },
  [KEEP_NODE]: {
    on: "annotation of a Node, NodeClaim or pod",
    values: 'the word "true"; on a pod also a time from its start, such as 4h',
    absent: "an empty node goes after the grace period",
    example: "true",
    means: "The node stays although nothing runs there ([nodes.md](nodes.md#it-stays)).",
  },
  [EXPAND_GATE]: {
    on: "scheduling gate of a preset pod",
    values: "no value",
    absent: "a pod that is made while the webhook is away runs as it stands",
    example: "",
    means: "The pod waits until it has been expanded ([preset-pods.md](preset-pods.md)).",
  },
  [INSTANCE_TYPE_ANNOTATION]: {
    on: "annotation of a preset pod",
    values: "an instance type of the catalogue",
    absent: "the cheapest size that fits",
    example: "Standard_NC24ads_A100_v4",
    means: "What `resource.instanceType` is for a Workspace.",
  },
  "foresail.dev/max-gpus": {
    on: "label of a namespace",
    values: "a number",
    absent: "no limit",
    example: "8",
    means: "GPUs one Workspace may have, with the policy `gpus-per-workspace` ([policies.md](policies.md)).",
  },
  "foresail.dev/max-nodes": {
    on: "label of a namespace",
    values: "a number",
    absent: "no limit",
    example: "2",
    means: "Nodes one Workspace may have, with the policy `nodes-per-workspace`.",
  },
  [CONTAINER_ANNOTATION]: {
    on: "annotation of a preset pod",
    values: "the name of a container",
    absent: "the one called `model`, else the one whose image is `auto`, else the first",
    example: "server",
    means: "The container the preset goes into. Admission writes it, too.",
  },
  [PRESET_LABEL]: {
    on: "label of a pod",
    values: "the name of a preset",
    absent: "the pod is none of Foresail's",
    example: "phi-4",
    means: "The pod serves this preset ([preset-pods.md](preset-pods.md)).",
  },
  [OPT_IN_LABEL]: {
    on: "label of a namespace",
    values: OPT_IN,
    absent: "pods there are never looked at",
    example: OPT_IN,
    means: "Preset pods of the namespace are expanded.",
  },
  "waive.foresail.dev/AREA.NAME": {
    on: "annotation of any object in git",
    values: "a reason, and if you like `; until` and a day",
    absent: "the rule counts",
    example: "rebuilt each week; until 2027-01-31",
    means:
      "`foresail check` leaves the rule AREA/NAME out for this object ([check.md](check.md#levels-waivers-baseline)).",
  },
};
