import { findInstanceType, type InstanceType, type Release } from "../catalogue.ts";
import { error, type Issue, warning } from "../issue.ts";
import { visibleGiB } from "../memory/visible-memory.ts";
import { annotationPath } from "../options.ts";
import { settingsOf } from "./fit.ts";
import type { HardwareQuestion } from "./hardware.ts";
import { supports } from "./runtime.ts";
import { imageOn, type Job } from "./size.ts";
import { unknownSize } from "./size-issues.ts";

const PATH = annotationPath("foresail.dev/fallback-instance-types");

export interface Fallbacks {
  readonly fallbacks: readonly InstanceType[];
  readonly issues: readonly Issue[];
}

/**
 * The sizes that may stand in for the first one, in the user's order. Pods are not made anew for a fallback: image and
 * flags are those of the first size. So a fallback has to give them what the first gives: as many GPUs, at least the
 * memory and compute capability, and at least the share of GPU memory the flags ask for. Then everything the flags were
 * computed from (weights, overhead, KV cache, split) fits there as well, without computing it again.
 */
export function chooseFallbacks(question: HardwareQuestion, first: InstanceType): Fallbacks {
  const fallbacks: InstanceType[] = [];
  const issues: Issue[] = [];
  for (const name of question.options.fallbackInstanceTypes) {
    const type = findInstanceType(question.release, name);
    if (type === undefined) {
      issues.push(unknownSize(question.release, PATH, name));
      continue;
    }
    if (type === first || fallbacks.includes(type)) continue;
    const reason = unlike(type, first) ?? (question.job && unlikeServer(question.release, question.job, type, first));
    if (reason !== undefined) {
      const text = `${PATH}: ${type.name} cannot stand in for ${first.name}: ${reason}`;
      issues.push(error(PATH, "instance-type/fallback-unlike", text));
      continue;
    }
    if (type.retiredOn !== undefined) {
      const text = `fallback ${type.name} is retired as of ${type.retiredOn}`;
      issues.push(warning(PATH, "instance-type/retired", text));
    }
    fallbacks.push(type);
  }
  return { fallbacks, issues };
}

function unlike(type: InstanceType, first: InstanceType): string | undefined {
  if (type.cloud !== first.cloud) return `it is a size of ${type.cloud}, not ${first.cloud}`;
  if (type.gpuVendor !== first.gpuVendor) return `its GPUs are ${type.gpuVendor}, not ${first.gpuVendor}`;
  if (type.gpuCount !== first.gpuCount) return `it has ${type.gpuCount} GPUs, not ${first.gpuCount}`;
  if (type.gpuMemoryGiB < first.gpuMemoryGiB)
    return `${type.gpuMemoryGiB} GiB per GPU are less than ${first.gpuMemoryGiB}`;
  if (visibleGiB(type) < visibleGiB(first))
    return `of ${type.gpuMemoryGiB} GiB per GPU fewer are left by ECC than of ${first.gpuModel}`;
  if (Number(type.computeCapability ?? 0) < Number(first.computeCapability ?? 0)) {
    return `compute capability ${type.computeCapability} is less than ${first.computeCapability}`;
  }
  return undefined;
}

/** Why the server as it is started on the first size would not start on this one. */
function unlikeServer(release: Release, job: Job, type: InstanceType, first: InstanceType): string | undefined {
  const image = imageOn(release, job, first);
  if (image === undefined) return undefined;
  const { computeCapability = "0.0" } = type;
  if (!supports(image.computeCapabilities, computeCapability))
    return `image ${image.name} is not built for compute capability ${computeCapability}`;
  if (image.runtime !== "vllm") return undefined;
  const shareOf = ({ gpuModel }: InstanceType): number =>
    settingsOf(release, { ...job, image }, gpuModel).gpuMemoryUtilization;
  // vLLM refuses to start where less is free than the share it is told to take.
  return shareOf(type) >= shareOf(first)
    ? undefined
    : `vLLM is started with ${shareOf(first)} of a GPU's memory, and of ${type.gpuModel} it may take ${shareOf(type)}`;
}
