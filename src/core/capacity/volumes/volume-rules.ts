import type { JsonObject } from "../../json.ts";
import { ZONE_LABEL } from "../claim.ts";
import { nameOf, objectsAt, textAt, textMapAt, textsAt } from "../fields.ts";
import { type Labels, nodeTerm, type Requirement, type Terms, unmet } from "../requirements.ts";
import { claimsOfPod, type MountedClaim } from "./claims-of-pod.ts";
import { isRegionKey, isZoneKey } from "./topology-keys.ts";
import { type VolumeIndex, type Volumes, volumeIndex } from "./volumes.ts";

/** Where a pod can be because of one of its volumes. */
export interface VolumeRule {
  /** Volume or StorageClass, and the claim. */
  readonly name: string;
  readonly terms: Terms;
}

/**
 * What the volumes of a pod ask of its node, one rule for each that asks something: a bound one what its PersistentVolume says,
 * one that is made where the pod goes what its StorageClass allows.
 * @param key namespace/name of the pod
 */
export function volumeRules(volumes: Volumes, key: string, podSpec: JsonObject): readonly VolumeRule[] {
  const slash = key.indexOf("/");
  const namespace = key.slice(0, Math.max(0, slash));
  const index = volumeIndex(volumes);
  return claimsOfPod(key.slice(slash + 1), podSpec)
    .flatMap((mounted) => [ruleOf(index, namespace, mounted)].filter((rule) => rule !== undefined))
    .filter(({ terms }) => terms.length > 0);
}

function ruleOf(index: VolumeIndex, namespace: string, mounted: MountedClaim): VolumeRule | undefined {
  const claim = index.claim(namespace, mounted.name);
  const of = `of PersistentVolumeClaim ${mounted.name}`;
  const bound = textAt(claim, "spec", "volumeName") ?? "";
  if (bound !== "") {
    const volume = index.volume(bound);
    return volume === undefined ? undefined : { name: `volume ${bound} ${of}`, terms: placesOfVolume(volume) };
  }
  const storageClass = index.storageClass(textAt(claim?.["spec"] ?? mounted.template, "storageClassName") ?? "");
  if (storageClass === undefined) return undefined;
  return { name: `StorageClass ${nameOf(storageClass)} ${of}`, terms: placesOfClass(storageClass) };
}

/** A volume of the days before nodeAffinity says its zone by a label, several of them with two underscores between. */
function placesOfVolume(volume: JsonObject): Terms {
  const terms = objectsAt(volume, "spec", "nodeAffinity", "required", "nodeSelectorTerms").map(nodeTerm);
  const zones = [...textMapAt(volume, "metadata", "labels")]
    .filter(([key]) => isZoneKey(key))
    .map(([, value]): Requirement => ({ key: ZONE_LABEL, operator: "In", values: value.split("__") }));
  if (terms.length === 0) return zones.length === 0 ? [] : [zones];
  return terms.map((term) => [...withoutRegion(term), ...zones]);
}

function placesOfClass(storageClass: JsonObject): Terms {
  return objectsAt(storageClass, "allowedTopologies").map((term) => {
    const expressions = objectsAt(term, "matchLabelExpressions").map(
      (one): Requirement => ({ key: textAt(one, "key") ?? "", operator: "In", values: textsAt(one, "values") }),
    );
    // As kube-scheduler: a term that states nothing allows no node.
    return expressions.length === 0 ? [{ key: "", operator: "In", values: [] }] : withoutRegion(expressions);
  });
}

function withoutRegion(term: readonly Requirement[]): readonly Requirement[] {
  return term.filter(({ key }) => !isRegionKey(key));
}

/** Keys of labels by which a node cannot reach the volumes. */
export function unreached(rules: readonly VolumeRule[] | undefined, labels: Labels): readonly string[] {
  return (rules ?? []).flatMap(({ terms }) => unmet(terms, labels));
}

/** Zones that the rules name, sorted. */
export function zonesOf(rules: readonly VolumeRule[]): readonly string[] {
  const named = rules.flatMap(({ terms }) =>
    terms.flat().flatMap(({ key, operator, values }) => (operator === "In" && isZoneKey(key) ? values : [])),
  );
  return [...new Set(named)].filter((zone) => zone !== "").sort();
}
