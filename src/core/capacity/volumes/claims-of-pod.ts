import type { JsonObject } from "../../json.ts";
import { objectAt, objectsAt, textAt } from "../fields.ts";

/** A claim that a pod mounts. */
export interface MountedClaim {
  readonly name: string;
  /** Spec of the claim that is made for the pod alone, where it is. */
  readonly template?: JsonObject;
}

/**
 * The PersistentVolumeClaims of a pod.
 * @param pod its name, which those of generic ephemeral volumes begin with
 */
export function claimsOfPod(pod: string, podSpec: JsonObject): readonly MountedClaim[] {
  return objectsAt(podSpec, "volumes").flatMap((volume): readonly MountedClaim[] => {
    const claim = textAt(volume, "persistentVolumeClaim", "claimName");
    if (claim !== undefined) return [{ name: claim }];
    if (volume["ephemeral"] === undefined) return [];
    const template = objectAt(volume, "ephemeral", "volumeClaimTemplate", "spec");
    return [{ name: `${pod}-${textAt(volume, "name")}`, template }];
  });
}
