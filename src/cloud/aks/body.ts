import type { AgentPool } from "@azure/arm-containerservice";
import { defined } from "../../core/defined.ts";
import type { MachineSpec } from "../../core/machine/machine.ts";
import { poolLabels, poolTaints } from "./node-words.ts";
import type { AksOptions } from "./options.ts";
import { stampedTags } from "./stamp.ts";

/** What the body of a pool takes from the installation. */
export type PoolSettings = Pick<
  AksOptions,
  | "region"
  | "osDiskType"
  | "subnetId"
  | "podSubnetId"
  | "maxPods"
  | "gpuDriver"
  | "capacityReservationGroupId"
  | "upgradeInPlace"
  | "tags"
>;

export type PoolBody =
  | {
      readonly body: AgentPool;
      /** Keys of labels and taints that a pool cannot carry. */
      readonly leftOut: readonly string[];
    }
  /** What is wrong with the spec. */
  | { readonly problems: readonly string[] };

/** Limits of AKS for disks of nodes, GiB (Azure's GB are GiB). */
const MIN_DISK_GIB = 30;
const MAX_DISK_GIB = 2048;

/** NVIDIA's profiles of one slice with the memory of two, for which AKS has no word: it would cut smaller ones. */
const WIDE_MIG = new Set(["1g.20gb", "1g.24gb", "1g.35gb", "1g.45gb"]);

const OS_SKUS: ReadonlyMap<string, string> = new Map([
  ["ubuntu", "Ubuntu"],
  ["azurelinux", "AzureLinux"],
]);

/** The agent pool of one node that this machine is. The whole of it: a pool is never read, changed and written back. */
export function poolBody(spec: MachineSpec, settings: PoolSettings): PoolBody {
  const problems: string[] = [];
  const read = <T>(value: T | Problem): T | undefined => {
    if (!(value instanceof Problem)) return value;
    problems.push(value.text);
    return undefined;
  };
  read(checkedName(spec.name));
  const labels = poolLabels(spec.labels);
  const taints = poolTaints(spec.taints);
  const body: AgentPool = {
    mode: "User",
    count: 1,
    typePropertiesType: "VirtualMachineScaleSets",
    osType: "Linux",
    ...defined({
      osSKU: read(osSku(spec.imageFamily)),
      availabilityZones: read(zones(spec.zone, settings.region)),
      osDiskSizeGB: read(diskGiB(spec.osDiskGiB)),
      gpuInstanceProfile: read(mig(spec.gpuPartition)),
      capacityReservationGroupID: read(reservation(spec, settings)),
      osDiskType: settings.osDiskType,
      vnetSubnetID: settings.subnetId,
      podSubnetID: settings.podSubnetId,
      maxPods: settings.maxPods,
    }),
    vmSize: spec.instanceType,
    ...(spec.capacityType === "spot" && {
      scaleSetPriority: "Spot",
      scaleSetEvictionPolicy: "Delete",
      // Without a ceiling up to the on-demand price, so that only a lack of machines evicts.
      spotMaxPrice: spec.spotMaxPriceUsd ?? -1,
    }),
    // Azure's sizes with GPUs are the N series; others have no driver to install, and AKS refuses the field there.
    ...(settings.gpuDriver !== undefined &&
      /^Standard_N/i.test(spec.instanceType) && {
        gpuProfile: { driver: settings.gpuDriver },
      }),
    ...(settings.upgradeInPlace === true && { upgradeSettings: { maxSurge: "0", maxUnavailable: "1" } }),
    ...(taints.sent.length > 0 && { nodeTaints: taints.sent }),
    ...(Object.keys(labels.sent).length > 0 && { nodeLabels: labels.sent }),
    tags: stampedTags(spec.owner, settings.tags),
  };
  return problems.length > 0 ? { problems } : { body, leftOut: [...labels.leftOut, ...taints.leftOut] };
}

class Problem {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Each returns undefined for what is not stated. */
function checkedName(name: string): Problem | undefined {
  if (/^[a-z][a-z0-9]{0,11}$/.test(name)) return undefined;
  return new Problem(`name ${name}: a pool has 1 to 12 lower-case letters and digits, the first a letter`);
}

function osSku(family: string | undefined): string | Problem {
  return OS_SKUS.get((family ?? "ubuntu").toLowerCase()) ?? new Problem(`image family ${family}: ubuntu or azurelinux`);
}

function zones(zone: string | undefined, region: string): string[] | Problem | undefined {
  if (zone === undefined) return undefined;
  const number = zone.startsWith(`${region}-`) ? zone.slice(region.length + 1) : "";
  return /^[1-9]$/.test(number)
    ? [number]
    : new Problem(`zone ${zone}: a zone of this cluster's region is ${region}-1`);
}

function diskGiB(gib: number | undefined): number | Problem | undefined {
  if (gib === undefined) return undefined;
  const size = Math.max(MIN_DISK_GIB, Math.ceil(gib));
  return gib > 0 && size <= MAX_DISK_GIB ? size : new Problem(`disk of ${gib} GiB: at most ${MAX_DISK_GIB} GiB`);
}

function mig(profile: string | undefined): string | Problem | undefined {
  if (profile === undefined) return undefined;
  const slices = WIDE_MIG.has(profile) ? undefined : /^([12347])g\.\d+gb$/.exec(profile)?.[1];
  if (slices !== undefined) return `MIG${slices}g`;
  return new Problem(
    `MIG profile ${profile}: AKS cuts a GPU into 1g, 2g, 3g, 4g or 7g with the memory that goes with it`,
  );
}

function reservation(spec: MachineSpec, settings: PoolSettings): string | Problem | undefined {
  if (spec.capacityType !== "reserved") return undefined;
  const group = settings.capacityReservationGroupId;
  return group ?? new Problem("capacity type reserved: this installation names no capacity reservation group");
}
