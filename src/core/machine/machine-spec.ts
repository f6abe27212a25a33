import { SPOT_MAX_PRICE } from "../capacity/claim.ts";
import { estimate } from "../capacity/estimate.ts";
import { amount, type Resources, resourcesOf } from "../capacity/resources.ts";
import { azureWords } from "./azure-size.ts";
import { choose } from "./choose.ts";
import { type ClaimFacts, ownerStamp } from "./claim-facts.ts";
import type { MachineSpec } from "./machine.ts";
import type { MachineWorld, Size } from "./world.ts";

/** KAITO's; an annotation, because requirements cannot carry it. */
const IMAGE_FAMILY_ANNOTATION = "kaito.sh/node-image-family";
const IMAGE_FAMILIES = ["ubuntu", "azurelinux"];
/** AKS agent pools; a longer name would have to be remembered somewhere before the machine is asked for. */
const NAME = /^[a-z][a-z0-9]{0,11}$/;
const MIG_RESOURCE = "nvidia.com/mig-";
const GIB = 2 ** 30;
// AKS agent pools: osDiskSizeGB is 30 to 2048, 0 stands for its default.
const SMALLEST_DISK_GIB = 30;
const LARGEST_DISK_GIB = 2048;

/** The machine a claim asks for; or, as text, why none can serve it. Depends on the claim's own words and on what is known of sizes. */
export function machineSpec(
  world: Pick<MachineWorld, "claim" | "cluster" | "sizes">,
  claim: ClaimFacts,
): MachineSpec | string {
  if (!NAME.test(claim.name)) {
    return `metadata.name ${JSON.stringify(claim.name)} is no name of an agent pool: 1 to 12 lower case letters and digits, a letter first`;
  }
  const choice = choose(
    world.claim,
    (name) => hasRoom(world.sizes[name], claim),
    (name) => azureWords(name, world.sizes[name]),
  );
  if (typeof choice === "string") return choice;
  const disk = diskGiB(claim);
  if (typeof disk === "string") return disk;
  const family = claim.annotations.get(IMAGE_FAMILY_ANNOTATION)?.toLowerCase();
  if (family !== undefined && !IMAGE_FAMILIES.includes(family)) {
    return `annotation ${IMAGE_FAMILY_ANNOTATION} is ${JSON.stringify(family)}: possible are ${IMAGE_FAMILIES.join(", ")}`;
  }
  const most = choice.capacityType === "spot" ? claim.annotations.get(SPOT_MAX_PRICE) : undefined;
  const spotMaxPriceUsd = most === undefined ? undefined : Number(most);
  if (spotMaxPriceUsd !== undefined && !(spotMaxPriceUsd > 0 && Number.isFinite(spotMaxPriceUsd))) {
    return `annotation ${SPOT_MAX_PRICE} is ${JSON.stringify(most)}: USD per hour, for example 1.25`;
  }
  const partition = gpuPartition(claim);
  return {
    name: claim.name,
    owner: ownerStamp(world.cluster, claim),
    instanceType: choice.instanceType,
    capacityType: choice.capacityType,
    ...(choice.zone === undefined ? {} : { zone: choice.zone }),
    ...(spotMaxPriceUsd === undefined ? {} : { spotMaxPriceUsd }),
    // What a cloud cannot give a node by itself comes when the node registers.
    labels: { ...choice.labels, ...Object.fromEntries(claim.labels) },
    // Startup taints are not among them: AKS would not let anybody take them off.
    taints: claim.taints,
    ...(disk === undefined ? {} : { osDiskGiB: disk }),
    ...(family === undefined ? {} : { imageFamily: family }),
    ...(partition === undefined ? {} : { gpuPartition: partition }),
  };
}

/** The resource by which pods ask for the GPUs of a node. */
export function gpuResource(size: Size | undefined, claim: ClaimFacts): string | undefined {
  const partition = gpuPartition(claim);
  if (partition !== undefined) return `${MIG_RESOURCE}${partition}`;
  return size === undefined || size.gpuCount === 0 ? undefined : `${size.gpuVendor}.com/gpu`;
}

function gpuPartition(claim: ClaimFacts): string | undefined {
  const name = Object.keys(claim.requests).find((resource) => resource.startsWith(MIG_RESOURCE));
  return name?.slice(MIG_RESOURCE.length);
}

/** A size nobody knows is taken at its word: the cloud knows more of them than any catalogue. */
function hasRoom(size: Size | undefined, claim: ClaimFacts): boolean {
  if (size === undefined) return true;
  const requests = resourcesOf(claim.requests);
  return [...offered(size, claim)].every(([name, has]) => (requests.get(name) ?? 0) <= has);
}

/** What a node of this size will offer pods: an estimate. How many slices a GPU is cut into is not known here. */
export function offered(size: Size, claim: ClaimFacts): Resources {
  const resource = gpuResource(size, claim);
  const all = estimate(size, resource ?? "nvidia.com/gpu");
  const known = [...all].filter(([, value]) => value > 0);
  return new Map(gpuPartition(claim) === undefined ? known : known.filter(([name]) => name !== resource));
}

/** Rounded up: a disk that is a little too small is too small. `storage` is what KAITO's claims ask for. */
function diskGiB(claim: ClaimFacts): number | string | undefined {
  for (const name of ["ephemeral-storage", "storage"]) {
    const stated = claim.requests[name];
    if (stated === undefined) continue;
    const bytes = amount(name, stated);
    if (bytes === undefined || bytes < 0)
      return `spec.resources.requests.${name} ${JSON.stringify(stated)} is no amount`;
    const gib = Math.ceil(bytes / GIB);
    if (gib > LARGEST_DISK_GIB) return `spec.resources.requests.${name}: a disk has ${LARGEST_DISK_GIB} GiB at most`;
    if (gib > 0) return Math.max(gib, SMALLEST_DISK_GIB);
  }
  return undefined;
}
