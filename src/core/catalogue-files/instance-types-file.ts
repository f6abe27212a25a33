import type { InstanceType } from "../catalogue.ts";
import { boolean, integer, list, number, object, oneOf, string } from "../schema.ts";
import { capability, closed, cloud, date, type FileKind, fileKind, names, positive } from "./file-kind.ts";

const instanceType = object(
  {
    name: string("Name."),
    aliases: names,
    gpuVendor: oneOf(["nvidia", "amd"], "Vendor."),
    gpuModel: string("GPU model."),
    gpuCount: integer("GPUs.", positive),
    gpuMemoryGiB: number("Memory of one GPU, GiB.", positive),
    computeCapability: capability,
    vcpus: integer("vCPUs.", positive),
    memoryGiB: number("Memory, GiB.", positive),
    localNvme: boolean("Local NVMe disks."),
    confidential: boolean("Confidential VM."),
    family: string("Sizes with the same word share a quota; absent: what the name says."),
    retiredOn: date,
    source: string("Where the row is from."),
  },
  "A size.",
  {
    required: ["name", "gpuVendor", "gpuModel", "gpuCount", "gpuMemoryGiB", "vcpus", "memoryGiB", "source"],
    ...closed,
  },
);

export const instanceTypesFile: FileKind<readonly InstanceType[]> = fileKind(
  object({ cloud, instanceTypes: list(instanceType, "Sizes.") }, "Sizes.", {
    required: ["cloud", "instanceTypes"],
    ...closed,
  }),
  (file) =>
    file.instanceTypes.map(({ source: _source, ...entry }) => ({
      ...entry,
      cloud: file.cloud,
      aliases: entry.aliases ?? [],
      localNvme: entry.localNvme ?? false,
      confidential: entry.confidential ?? false,
    })),
);
