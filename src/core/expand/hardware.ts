import { cloudOf, findInstanceType, hourlyPriceUsd, type InstanceType, type Release, regionsOf } from "../catalogue.ts";
import { error, type Issue, warning } from "../issue.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { nearest } from "../nearest.ts";
import { annotationPath, type Options, type StatedGpu, statedGpu } from "../options.ts";
import { shown } from "../schema.ts";
import { type Job, type Offer, offers } from "./size.ts";

/** The hardware one pod runs on, as far as it is known. */
export interface ChosenHardware {
  readonly type?: InstanceType;
  readonly fallbacks: readonly InstanceType[];
  readonly gpuVendor: "nvidia" | "amd";
  readonly gpuResource: string;
  readonly gpuCount: number;
  readonly gpuModel?: string;
  /** Memory of one GPU: the smallest among size and fallbacks; absent when nothing was stated. */
  readonly gpuMemoryGiB?: number;
  readonly computeCapability?: string;
}

export interface HardwareChoice {
  readonly hardware?: ChosenHardware;
  readonly issues: readonly Issue[];
}

export interface HardwareQuestion {
  readonly release: Release;
  readonly workspace: Workspace;
  readonly options: Options;
  readonly provision: boolean;
  readonly region: string;
  /** Absent for a pod template of the user's own, which is not sized. */
  readonly job?: Job;
}

const NVIDIA = "nvidia.com/gpu";
const AMD = "amd.com/gpu";

/** Finds the hardware: the size the user states, else stated GPUs of own nodes, else the cheapest verified fit. */
export function chooseHardware(question: HardwareQuestion): HardwareChoice {
  const stated = question.workspace.resource?.instanceType ?? "";
  if (stated !== "") return statedSize(question, stated);
  if (!question.provision) return ownNodes(question);
  return cheapestSize(question);
}

function statedSize(question: HardwareQuestion, name: string): HardwareChoice {
  const { release } = question;
  const type = findInstanceType(release, name);
  if (type === undefined) return { issues: [unknownSize(release, "resource.instanceType", name)] };
  const { fallbacks, issues } = chooseFallbacks(question, type);
  return {
    hardware: ofType(type, fallbacks),
    issues: [...issues, ...retirement(question, type), ...unpriced(question, type)],
  };
}

function unknownSize(release: Release, path: string, name: string): Issue {
  const names = release.instanceTypes.flatMap((type) => [type.name, ...type.aliases]);
  const near = nearest(name, names);
  const hint = near.length > 0 ? `nearest are ${near.join(", ")}` : "leave it out to get the cheapest size that fits";
  return error(path, "instance-type/unknown", `${path} ${shown(name)} is not in catalogue ${release.id}: ${hint}`);
}

function retirement(question: HardwareQuestion, type: InstanceType): readonly Issue[] {
  if (type.retiredOn === undefined) return [];
  const offer = question.job === undefined ? undefined : offers(question.release, question.job, question.region)[0];
  const instead = offer === undefined ? "" : `; ${offer.type.name} fits at $${offer.hourlyPriceUsd.toFixed(2)}/h`;
  return [
    warning(
      "resource.instanceType",
      "instance-type/retired",
      `${type.name} was retired on ${type.retiredOn}${instead}`,
    ),
  ];
}

function unpriced(question: HardwareQuestion, type: InstanceType): readonly Issue[] {
  if (!question.provision || hourlyPriceUsd(question.release, type, question.region) !== undefined) return [];
  const { release, region } = question;
  const elsewhere = regionsOf(release).includes(region) && cloudOf(release, region) !== type.cloud;
  const advice = elsewhere ? `state a region of ${type.cloud} in foresail.dev/region` : "it may not be offered there";
  const text = `${type.name} has no price in ${region}: ${advice}`;
  return question.options.maxHourlyPriceUsd === undefined
    ? [warning("resource.instanceType", "instance-type/no-price", text)]
    : [
        error(
          "resource.instanceType",
          "instance-type/no-price",
          `${text}, and ${annotationPath("foresail.dev/max-hourly-price")} cannot be kept without one`,
        ),
      ];
}

/** Fallbacks must give the pod what the first size gives: same GPU count, at least the memory and capability. */
function chooseFallbacks(
  question: HardwareQuestion,
  first: InstanceType,
): { readonly fallbacks: readonly InstanceType[]; readonly issues: readonly Issue[] } {
  const fallbacks: InstanceType[] = [];
  const issues: Issue[] = [];
  const path = annotationPath("foresail.dev/fallback-instance-types");
  for (const name of question.options.fallbackInstanceTypes) {
    const type = findInstanceType(question.release, name);
    const reason = type === undefined ? undefined : unlike(type, first);
    if (type === undefined) issues.push(unknownSize(question.release, path, name));
    else if (reason !== undefined) {
      issues.push(
        error(
          path,
          "instance-type/fallback-unlike",
          `${path}: ${type.name} cannot stand in for ${first.name}: ${reason}`,
        ),
      );
    } else if (type !== first && !fallbacks.includes(type)) fallbacks.push(type);
  }
  return { fallbacks, issues };
}

function unlike(type: InstanceType, first: InstanceType): string | undefined {
  if (type.cloud !== first.cloud) return `it is a size of ${type.cloud}, not ${first.cloud}`;
  if (type.gpuVendor !== first.gpuVendor) return `its GPUs are ${type.gpuVendor}, not ${first.gpuVendor}`;
  if (type.gpuCount !== first.gpuCount) return `it has ${type.gpuCount} GPUs, not ${first.gpuCount}`;
  if (type.gpuMemoryGiB < first.gpuMemoryGiB)
    return `${type.gpuMemoryGiB} GiB per GPU are less than ${first.gpuMemoryGiB}`;
  if (Number(type.computeCapability ?? 0) < Number(first.computeCapability ?? 0)) {
    return `compute capability ${type.computeCapability} is less than ${first.computeCapability}`;
  }
  return undefined;
}

function ofType(type: InstanceType, fallbacks: readonly InstanceType[]): ChosenHardware {
  return {
    type,
    fallbacks,
    gpuVendor: type.gpuVendor,
    gpuResource: type.gpuVendor === "amd" ? AMD : NVIDIA,
    gpuCount: type.gpuCount,
    gpuModel: type.gpuModel,
    gpuMemoryGiB: type.gpuMemoryGiB,
    ...(type.computeCapability === undefined ? {} : { computeCapability: type.computeCapability }),
  };
}

function ownNodes(question: HardwareQuestion): HardwareChoice {
  const stated = question.options.gpu ?? defaultGpu(question.release);
  if (stated === undefined) {
    // A template says itself what it asks for.
    const quiet = question.job === undefined;
    const text = "own nodes without resource.instanceType or foresail.dev/gpu: one GPU assumed, nothing was sized";
    return {
      hardware: { fallbacks: [], gpuVendor: "nvidia", gpuResource: NVIDIA, gpuCount: 1 },
      issues: quiet ? [] : [warning("resource", "hardware/unknown", text)],
    };
  }
  if (stated.model === undefined) return { hardware: fromMemory(stated), issues: [] };
  const known = question.release.instanceTypes.find((type) => isGpu(type, stated));
  if (known === undefined) {
    const path = annotationPath("foresail.dev/gpu");
    const gpus = [...new Set(question.release.instanceTypes.map((t) => `${t.gpuModel}-${t.gpuMemoryGiB}GB`))].sort();
    return {
      issues: [
        error(
          path,
          "gpu/unknown",
          `${path}: ${shown(stated.model)} is no GPU of catalogue ${question.release.id}; known are ${gpus.join(", ")}`,
        ),
      ],
    };
  }
  const { type: _type, ...hardware } = ofType(known, []);
  return { hardware: { ...hardware, gpuCount: stated.count }, issues: [] };
}

function defaultGpu(release: Release): StatedGpu | undefined {
  return release.defaults.gpu === undefined ? undefined : statedGpu(release.defaults.gpu);
}

function isGpu(type: InstanceType, stated: StatedGpu): boolean {
  const sameModel = type.gpuModel.toLowerCase() === stated.model?.toLowerCase();
  return sameModel && (stated.memoryGiB === 0 || type.gpuMemoryGiB === stated.memoryGiB);
}

function fromMemory(stated: StatedGpu): ChosenHardware {
  return {
    fallbacks: [],
    gpuVendor: "nvidia",
    gpuResource: NVIDIA,
    gpuCount: stated.count,
    gpuMemoryGiB: stated.memoryGiB,
    ...(stated.computeCapability === undefined ? {} : { computeCapability: stated.computeCapability }),
  };
}

function cheapestSize(question: HardwareQuestion): HardwareChoice {
  const { release, job, region, options } = question;
  if (job === undefined) {
    return {
      issues: [
        error(
          "resource.instanceType",
          "instance-type/required",
          "resource.instanceType is required with inference.template: a template is not sized, name the size of its nodes",
        ),
      ],
    };
  }
  const all = offers(release, job, region);
  const affordable = all.filter(
    (offer) => offer.hourlyPriceUsd <= (options.maxHourlyPriceUsd ?? Number.POSITIVE_INFINITY),
  );
  const best = affordable[0];
  if (best !== undefined) {
    const { fallbacks, issues } = chooseFallbacks(question, best.type);
    return { hardware: ofType(best.type, fallbacks), issues };
  }
  return { issues: [error("resource.instanceType", "instance-type/none-fits", noneFits(question, job, all[0]))] };
}

function noneFits({ release, region, options }: HardwareQuestion, job: Job, cheapest: Offer | undefined): string {
  const path = annotationPath("foresail.dev/region");
  if (!regionsOf(release).includes(region)) {
    const near = nearest(region, regionsOf(release));
    const hint = near.length > 0 ? `: nearest are ${near.join(", ")}` : "";
    return `no price is known in region ${region}, so no size can be chosen${hint}; state another in ${path}, or name a size in resource.instanceType`;
  }
  if (cheapest === undefined)
    return `no verified size of ${region} holds ${job.model.name}: name one in resource.instanceType, or another region in ${path}`;
  const price = `${cheapest.type.name} at $${cheapest.hourlyPriceUsd.toFixed(2)}/h`;
  return `the cheapest size for ${job.model.name} in ${region} is ${price}, above ${annotationPath("foresail.dev/max-hourly-price")} of $${options.maxHourlyPriceUsd}`;
}
