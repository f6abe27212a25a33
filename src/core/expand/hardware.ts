import { findInstanceType, type InstanceType } from "../catalogue.ts";
import type { Expanding } from "../expand.ts";
import { error, type Issue } from "../issue.ts";
import { chooseFallbacks } from "./fallbacks.ts";
import { ownNodes, ownSize } from "./own-nodes.ts";
import { inParts, slice } from "./partition.ts";
import { neededOnly } from "./placement.ts";
import { constraintsOf } from "./price.ts";
import { rankSizes } from "./rank.ts";
import type { Job } from "./size.ts";
import { noneFits, retirement, unknownSize, unpriced } from "./size-issues.ts";
import { zoneIssues } from "./zones.ts";

/** The hardware one pod runs on, as far as it is known. */
export interface ChosenHardware {
  readonly type?: InstanceType;
  /** Real name of the size, also of one's own nodes that the catalogue does not know. */
  readonly typeName?: string;
  readonly fallbacks: readonly InstanceType[];
  readonly gpuVendor: "nvidia" | "amd";
  readonly gpuResource: string;
  readonly gpuCount: number;
  readonly gpuModel?: string;
  /** Memory of one GPU or slice: the smallest among size and fallbacks; absent when nothing was stated. */
  readonly gpuMemoryGiB?: number;
  readonly computeCapability?: string;
  /** Whether it is one slice of a GPU cut by MIG. */
  readonly slice?: boolean;
  /** Share of the node's GPUs one pod uses, above 0 and below 1; absent: all. */
  readonly partOfNode?: number;
  /** Such pods that the GPUs of a shared node are enough for; absent: one. */
  readonly podsPerNode?: number;
}

export interface HardwareChoice {
  readonly hardware?: ChosenHardware;
  readonly issues: readonly Issue[];
}

export interface HardwareQuestion extends Expanding {
  readonly provision: boolean;
  readonly region: string;
  /** Absent for a pod template of the user's own, which is not sized. */
  readonly job?: Job;
}

/** Finds the hardware: the size the user states, else stated GPUs of own nodes, else the cheapest verified fit. */
export function chooseHardware(question: HardwareQuestion): HardwareChoice {
  const { hardware, issues } = inParts(question, neededOnly(question, whole(question)));
  const all = [...issues, ...zoneIssues(question)];
  return hardware === undefined ? { issues: all } : { hardware, issues: all };
}

function whole(question: HardwareQuestion): HardwareChoice {
  if (question.workspace.resource?.partition?.mode === "mig") return slice(question);
  const stated = question.workspace.resource?.instanceType ?? "";
  if (stated !== "") return statedSize(question, stated);
  if (!question.provision) return ownNodes(question);
  return cheapestSize(question);
}

function statedSize(question: HardwareQuestion, name: string): HardwareChoice {
  const type = findInstanceType(question.release, name);
  if (type === undefined) {
    return question.provision
      ? { issues: [unknownSize(question.release, "resource.instanceType", name)] }
      : ownSize(question, name);
  }
  const { fallbacks, issues } = chooseFallbacks(question, type);
  return {
    hardware: ofType(type, fallbacks),
    issues: [...issues, ...retirement(question, type), ...unpriced(question, type)],
  };
}

function ofType(type: InstanceType, fallbacks: readonly InstanceType[]): ChosenHardware {
  return {
    type,
    typeName: type.name,
    fallbacks,
    gpuVendor: type.gpuVendor,
    gpuResource: `${type.gpuVendor}.com/gpu`,
    gpuCount: type.gpuCount,
    gpuModel: type.gpuModel,
    gpuMemoryGiB: type.gpuMemoryGiB,
    ...(type.computeCapability === undefined ? {} : { computeCapability: type.computeCapability }),
  };
}

function cheapestSize(question: HardwareQuestion): HardwareChoice {
  const { release, job, region } = question;
  if (job === undefined) {
    const text =
      "resource.instanceType is required with inference.template: a template is not sized, name the size of its nodes";
    return { issues: [error("resource.instanceType", "instance-type/required", text)] };
  }
  const best = rankSizes(release, job, region, constraintsOf(question, job)).fits[0];
  if (best === undefined) return { issues: [noneFits(question, job)] };
  const { fallbacks, issues } = chooseFallbacks(question, best.type);
  return { hardware: ofType(best.type, fallbacks), issues };
}
