import type { JsonObject } from "../../json.ts";
import { ZONE_LABEL } from "../claim.ts";
import { objectsAt, textAt } from "../fields.ts";
import type { Labels } from "../requirements.ts";
import type { Volumes } from "./volumes.ts";

// Drivers label nodes with a key of their own: topology.disk.csi.azure.com/zone, topology.ebs.csi.aws.com/zone,
// topology.gke.io/zone. Karpenter's providers take them for the node's zone, too (NormalizedLabels).
const ZONE_KEY = /^(?:topology\..+|failure-domain\.beta\.kubernetes\.io)\/zone$/;
const REGION_KEY = /^(?:topology\..+|failure-domain\.beta\.kubernetes\.io)\/region$/;

export function isZoneKey(key: string): boolean {
  return ZONE_KEY.test(key);
}

/** Nodes of a cluster are of one region, so a region keeps no pod from any of them; that a node will have its label is not known. */
export function isRegionKey(key: string): boolean {
  return REGION_KEY.test(key);
}

// Asked for every kind of node, and of a whole cluster there are thousands of volumes.
const zoneKeys = new WeakMap<Volumes, readonly string[]>();

/** Keys of drivers by which these volumes and classes speak of zones. */
export function zoneKeysOf(volumes: Volumes | undefined): readonly string[] {
  if (volumes === undefined) return [];
  const known = zoneKeys.get(volumes) ?? readZoneKeys(volumes);
  zoneKeys.set(volumes, known);
  return known;
}

function readZoneKeys({ volumes, classes }: Volumes): readonly string[] {
  const terms = [
    ...volumes.flatMap((one) => objectsAt(one, "spec", "nodeAffinity", "required", "nodeSelectorTerms")),
    ...classes.flatMap((one) => objectsAt(one, "allowedTopologies")),
  ];
  const keys = terms.flatMap((term) => [...keysIn(term, "matchExpressions"), ...keysIn(term, "matchLabelExpressions")]);
  return [...new Set(keys)].filter((key) => key !== ZONE_LABEL && isZoneKey(key)).sort();
}

function keysIn(term: JsonObject, member: string): readonly string[] {
  return objectsAt(term, member).map((one) => textAt(one, "key") ?? "");
}

/**
 * The labels of a node, or of one to come, with what drivers will say of its zone. What it says itself counts; the driver of
 * Azure's disks leaves the value empty where a node is in no zone.
 */
export function withZoneKeys(labels: Labels, keys: readonly string[]): Labels {
  const missing = keys.filter((key) => !labels.has(key));
  if (missing.length === 0) return labels;
  const zone = labels.get(ZONE_LABEL) ?? "";
  return new Map([...labels, ...missing.map((key) => [key, zone] as const)]);
}
