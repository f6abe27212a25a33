import { findInstanceType, type InstanceType, type MigProfile, type Release } from "../catalogue.ts";
import { error, type Issue } from "../issue.ts";
import { nearest } from "../nearest.ts";
import { annotationPath } from "../options.ts";
import { shown } from "../schema.ts";
import type { ChosenHardware, HardwareChoice, HardwareQuestion } from "./hardware.ts";
import { ownNodes, ownSize, sizeWithGpu, statedHardware } from "./own-nodes.ts";
import { MIG_RESOURCE } from "./pod.ts";

const PROFILE = "resource.partition.profile";
const COUNT = "resource.partition.count";
// The first GPUs that can be cut are of the Ampere generation (NVIDIA MIG user guide, supported GPUs: A30 and A100).
const SMALLEST_MIG_CAPABILITY = "8.0";

/** What a GPU that is cut is known to be. */
interface CutGpu {
  readonly type?: InstanceType;
  readonly typeName?: string;
  readonly model?: string;
  readonly memoryGiB?: number;
  readonly computeCapability?: string;
}

/** Of the GPUs of a node the number that `resource.partition` asks for in mode accelerator. */
export function inParts(question: HardwareQuestion, choice: HardwareChoice): HardwareChoice {
  const partition = question.workspace.resource?.partition;
  const { hardware, issues } = choice;
  if (partition?.mode !== "accelerator" || partition.count === undefined || hardware === undefined) return choice;
  const { count } = partition;
  // Nothing is known of the node but what is asked of it.
  if (hardware.gpuMemoryGiB === undefined) return { hardware: { ...hardware, gpuCount: count }, issues };
  if (count > hardware.gpuCount) {
    const has = hardware.gpuCount === 1 ? "1 GPU" : `${hardware.gpuCount} GPUs`;
    const text = `${COUNT} is ${count}, and ${hardware.typeName ?? "the stated hardware"} has ${has}: ask for fewer`;
    return { issues: [...issues, error(COUNT, "partition/count", text)] };
  }
  return { hardware: { ...hardware, gpuCount: count, ...part(count / hardware.gpuCount) }, issues };
}

/**
 * One slice of a GPU cut by MIG. Which GPU it is cut from is known from the size or from foresail.dev/gpu, else only as
 * far as the profile tells.
 */
export function slice(question: HardwareQuestion): HardwareChoice {
  const { release, workspace } = question;
  const name = workspace.resource?.partition?.profile ?? "";
  const profile = release.migProfiles.find((known) => known.profile === name);
  if (profile === undefined) return { issues: [unknownProfile(release, name)] };
  const gpu = cutGpu(question);
  if ("issues" in gpu) return gpu;
  const wrong = impossible(release, profile, gpu);
  if (wrong !== undefined) return { issues: [wrong] };
  const models = profile.gpuModels.length === 1 ? profile.gpuModels[0] : undefined;
  const model = gpu.model ?? models;
  const hardware: ChosenHardware = {
    ...(gpu.type === undefined ? {} : { type: gpu.type }),
    ...(gpu.typeName === undefined ? {} : { typeName: gpu.typeName }),
    fallbacks: [],
    gpuVendor: "nvidia",
    gpuResource: `${MIG_RESOURCE}${name}`,
    gpuCount: 1,
    ...(model === undefined ? {} : { gpuModel: model }),
    gpuMemoryGiB: profile.memoryGiB,
    computeCapability: gpu.computeCapability ?? commonCapability(release, profile),
    slice: true,
    ...(gpu.type === undefined ? {} : part(profile.memoryGiB / gpu.type.gpuMemoryGiB / gpu.type.gpuCount)),
  };
  return { hardware, issues: [] };
}

function part(share: number): Pick<ChosenHardware, "partOfNode"> {
  return share < 1 ? { partOfNode: share } : {};
}

/** The GPU as stated, whether cut or not; nothing stated is fine. */
function cutGpu(question: HardwareQuestion): CutGpu | { readonly issues: readonly Issue[] } {
  const { release, workspace } = question;
  const size = workspace.resource?.instanceType ?? "";
  const type = findInstanceType(release, size);
  if (type !== undefined) return { ...gpuOf(type), type, typeName: type.name };
  const named = size === "" ? {} : { typeName: size };
  const stated = statedHardware(question);
  if (stated === undefined) return named;
  if (stated.model === undefined) {
    const { computeCapability } = stated;
    return { ...named, memoryGiB: stated.memoryGiB, ...(computeCapability === undefined ? {} : { computeCapability }) };
  }
  const known = sizeWithGpu(release, stated);
  if (known !== undefined) return { ...named, ...gpuOf(known) };
  // A GPU of no size in the catalogue can still be one that profiles are known of.
  const model = release.migProfiles
    .flatMap(({ gpuModels }) => gpuModels)
    .find((one) => one.toLowerCase() === stated.model?.toLowerCase());
  if (model !== undefined) return { ...named, model, ...(stated.memoryGiB > 0 ? { memoryGiB: stated.memoryGiB } : {}) };
  const { issues } = size === "" ? ownNodes(question) : ownSize(question, size);
  return { issues };
}

function gpuOf({ gpuModel, gpuMemoryGiB, computeCapability }: InstanceType): CutGpu {
  return {
    model: gpuModel,
    memoryGiB: gpuMemoryGiB,
    ...(computeCapability === undefined ? {} : { computeCapability }),
  };
}

function unknownProfile(release: Release, name: string): Issue {
  const known = release.migProfiles.map(({ profile }) => profile);
  const near = nearest(name, known);
  const hint = near.length > 0 ? `nearest are ${near.join(", ")}` : `known are ${known.join(", ")}`;
  return error(PROFILE, "partition/profile", `${PROFILE} ${shown(name)} is no profile that is known: ${hint}`);
}

/** A GPU that is known and cannot be cut so. */
function impossible(release: Release, profile: MigProfile, gpu: CutGpu): Issue | undefined {
  const { model, memoryGiB = Number.POSITIVE_INFINITY } = gpu;
  if (model === undefined || (profile.gpuModels.includes(model) && profile.memoryGiB <= memoryGiB)) return undefined;
  const possible = release.migProfiles
    .filter((other) => other.gpuModels.includes(model) && other.memoryGiB <= memoryGiB)
    .map((other) => other.profile);
  const hint = possible.length > 0 ? `its profiles are ${possible.join(", ")}` : "it cannot be cut";
  const where = gpu.typeName ?? annotationPath("foresail.dev/gpu");
  const memory = Number.isFinite(memoryGiB) ? ` with ${memoryGiB} GiB` : "";
  const text = `${PROFILE} ${profile.profile} is no profile of ${model}${memory} (${where}): ${hint}`;
  return error(PROFILE, "partition/profile", text);
}

/** What every GPU that can be cut so has at least. */
function commonCapability(release: Release, profile: MigProfile): string {
  const known = profile.gpuModels.map(
    (model) => release.instanceTypes.find(({ gpuModel }) => gpuModel === model)?.computeCapability,
  );
  const all = known.map((capability) => Number(capability ?? SMALLEST_MIG_CAPABILITY));
  return Math.max(Number(SMALLEST_MIG_CAPABILITY), Math.min(...all)).toFixed(1);
}
