import type { Statement } from "../status/conditions.ts";
import type { ClaimFacts } from "./claim-facts.ts";
import { isOwn } from "./claim-facts.ts";
import type { Machine } from "./machine.ts";
import type { MachineWorld, Newest } from "./world.ts";

/**
 * Told, never acted upon: another node means minutes without the model, so people decide when.
 * @returns the condition, or undefined where a new machine would be the same
 */
export function drift(world: MachineWorld, claim: ClaimFacts): Statement | undefined {
  const { sighting, newest } = world;
  if (sighting.kind !== "seen" || !isOwn(sighting.machine, world.cluster, claim)) return undefined;
  const { kubernetesVersion, imageVersion } = sighting.machine;
  if (newest.kubernetesVersion !== undefined && isOlder(kubernetesVersion, newest.kubernetesVersion)) {
    return drifted(
      "K8sVersionDrift",
      `Kubernetes ${kubernetesVersion}, a new machine gets ${newest.kubernetesVersion}`,
    );
  }
  const [series, version] = split(imageVersion);
  const image = newest.images[series];
  return isOlder(version, image)
    ? drifted("ImageDrift", `node image ${imageVersion}, there is ${series}-${image}`)
    : undefined;
}

/** The newest image of each series among machines of one cluster, which is what AKS gives new pools at the latest. */
export function newestOf(machines: readonly Machine[], kubernetesVersion: string | undefined): Newest {
  const images: Record<string, string> = {};
  for (const { imageVersion } of machines) {
    const [series, version] = split(imageVersion);
    if (version !== undefined && (images[series] === undefined || isOlder(images[series], version)))
      images[series] = version;
  }
  return { ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }), images };
}

function drifted(reason: string, message: string): Statement {
  return { type: "Drifted", status: "True", reason, message };
}

/** `AKSUbuntu-2204gen2containerd-202511.12.0` → series and version. */
function split(image: string | undefined): readonly [string, string | undefined] {
  const dash = image?.lastIndexOf("-") ?? -1;
  return image === undefined || dash < 0 ? ["", undefined] : [image.slice(0, dash), image.slice(dash + 1)];
}

/** Compares numbers between dots; what is not known is not older. */
function isOlder(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const [left, right] = [a, b].map((text) => text.replace(/^v/, "").split(".").map(Number));
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
