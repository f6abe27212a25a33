import type { InstanceType, Release } from "../catalogue.ts";
import { error, type Issue, warning } from "../issue.ts";
import { nearest } from "../nearest.ts";
import { annotationPath, type StatedGpu, statedGpu } from "../options.ts";
import { shown } from "../schema.ts";
import type { ChosenHardware, HardwareChoice, HardwareQuestion } from "./hardware.ts";
import { unknownSize } from "./size-issues.ts";

const GPU = annotationPath("foresail.dev/gpu");
// A node's label carries it: a label's value.
const NODE_LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Hardware of nodes the user brings: stated in the Workspace, else in the catalogue's defaults, else unknown. */
export function ownNodes(question: HardwareQuestion): HardwareChoice {
  const stated = statedHardware(question);
  if (stated !== undefined) return fromStated(question.release, stated);
  // A template says itself what it asks for.
  const quiet = question.job === undefined;
  const { partition } = question.workspace.resource ?? {};
  const asked = partition?.mode === "accelerator" ? (partition.count ?? 1) : 1;
  const gpus = asked === 1 ? "one GPU" : `${asked} GPUs`;
  const text = `own nodes without resource.instanceType or foresail.dev/gpu: ${gpus} assumed, nothing was sized`;
  return {
    hardware: { fallbacks: [], gpuVendor: "nvidia", gpuResource: "nvidia.com/gpu", gpuCount: 1 },
    issues: quiet ? [] : [warning("resource", "hardware/unknown", text)],
  };
}

/** Own nodes of a size the catalogue does not know: the name picks the nodes, foresail.dev/gpu says what is in them. */
export function ownSize(question: HardwareQuestion, name: string): HardwareChoice {
  const { release } = question;
  if (!NODE_LABEL_VALUE.test(name)) return { issues: [unknownSize(release, "resource.instanceType", name)] };
  const stated = statedHardware(question);
  if (stated === undefined && question.job !== undefined) {
    const remedy = `state the GPUs of your own nodes in ${GPU}`;
    return { issues: [unknownSize(release, "resource.instanceType", name, remedy)] };
  }
  const { hardware, issues } = ownNodes(question);
  return hardware === undefined ? { issues } : { hardware: { ...hardware, typeName: name }, issues };
}

/** `foresail.dev/gpu`, else the catalogue's default. */
export function statedHardware({ options, release }: HardwareQuestion): StatedGpu | undefined {
  return options.gpu ?? (release.defaults.gpu === undefined ? undefined : statedGpu(release.defaults.gpu));
}

/** A size of the catalogue with this GPU: what is known of the GPU does not depend on the size it is in. */
export function sizeWithGpu(release: Release, stated: StatedGpu): InstanceType | undefined {
  return release.instanceTypes.find(
    ({ gpuModel, gpuMemoryGiB }) =>
      gpuModel.toLowerCase() === stated.model?.toLowerCase() &&
      (stated.memoryGiB === 0 || gpuMemoryGiB === stated.memoryGiB),
  );
}

function fromStated(release: Release, stated: StatedGpu): HardwareChoice {
  if (stated.model === undefined) return { hardware: fromMemory(stated), issues: [] };
  const known = sizeWithGpu(release, stated);
  if (known === undefined) return { issues: [unknownGpu(release, stated.model)] };
  const { gpuVendor, gpuModel, gpuMemoryGiB, computeCapability } = known;
  const hardware: ChosenHardware = {
    fallbacks: [],
    gpuVendor,
    gpuResource: `${gpuVendor}.com/gpu`,
    gpuCount: stated.count,
    gpuModel,
    gpuMemoryGiB,
    ...(computeCapability === undefined ? {} : { computeCapability }),
  };
  return { hardware, issues: [] };
}

function fromMemory(stated: StatedGpu): ChosenHardware {
  return {
    fallbacks: [],
    gpuVendor: "nvidia",
    gpuResource: "nvidia.com/gpu",
    gpuCount: stated.count,
    gpuMemoryGiB: stated.memoryGiB,
    ...(stated.computeCapability === undefined ? {} : { computeCapability: stated.computeCapability }),
  };
}

function unknownGpu(release: Release, model: string): Issue {
  const gpus = [...new Set(release.instanceTypes.map((type) => `${type.gpuModel}-${type.gpuMemoryGiB}GB`))].sort();
  const near = nearest(model, gpus);
  const hint = near.length > 0 ? `nearest are ${near.join(", ")}; ` : "";
  const text = `${GPU}: ${shown(model)} is no GPU of catalogue ${release.id}; ${hint}known are ${gpus.join(", ")}`;
  return error(GPU, "gpu/unknown", text);
}
