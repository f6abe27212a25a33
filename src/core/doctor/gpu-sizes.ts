import type { Release } from "../catalogue.ts";
import type { GpuSize } from "./facts.ts";

/** The sizes of a catalogue whose GPUs the usual device plugin brings. */
export function gpuSizesOf({ instanceTypes }: Pick<Release, "instanceTypes">): readonly GpuSize[] {
  return instanceTypes.filter(({ gpuVendor }) => gpuVendor === "nvidia").map(({ name, vcpus }) => ({ name, vcpus }));
}
