import { nodeLabelIssue, nodeTaintIssue } from "./node-marks.ts";
import { type Settings, sizeOf } from "./settings.ts";
import { isMap, type Json, type JsonMap, type Refusal, refusal } from "./wire.ts";

/** What a PUT asks for, with the values AKS fills in. */
export interface PoolBody {
  /** The tags of the pool's machines are among them: a pool is no resource that has tags of its own. */
  readonly properties: JsonMap;
}

const READ_ONLY: readonly string[] = [
  "provisioningState",
  "eTag",
  "currentOrchestratorVersion",
  "nodeImageVersion",
  "status",
];

// The fields of an agent pool that our clients may send; AKS refuses what it does not know.
const MUTABLE =
  "tags count mode nodeLabels nodeTaints orchestratorVersion upgradeSettings powerState virtualMachinesProfile " +
  "scaleDownMode enableAutoScaling minCount maxCount securityProfile artifactStreamingProfile localDNSProfile";
const IMMUTABLE =
  "vmSize type osType osSKU osDiskSizeGB osDiskType kubeletDiskType gpuProfile gpuInstanceProfile scaleSetPriority " +
  "scaleSetEvictionPolicy spotMaxPrice availabilityZones capacityReservationGroupID proximityPlacementGroupID " +
  "hostGroupID vnetSubnetID podSubnetID maxPods kubeletConfig linuxOSConfig enableFIPS enableEncryptionAtHost " +
  "enableUltraSSD workloadRuntime creationData enableNodePublicIP nodePublicIPPrefixID networkProfile";
const KNOWN = new Set([...MUTABLE.split(" "), ...IMMUTABLE.split(" "), ...READ_ONLY]);

const CHOICES: Readonly<Record<string, readonly Json[]>> = {
  type: ["VirtualMachineScaleSets", "VirtualMachines", "AvailabilitySet"],
  mode: ["User", "System", "Gateway"],
  osType: ["Linux", "Windows"],
  osSKU: ["Ubuntu", "Ubuntu2204", "Ubuntu2404", "AzureLinux", "AzureLinux3", "AzureContainerLinux", "CBLMariner"],
  osDiskType: ["Managed", "Ephemeral"],
  gpuInstanceProfile: ["MIG1g", "MIG2g", "MIG3g", "MIG4g", "MIG7g"],
  scaleSetPriority: ["Regular", "Spot"],
  scaleSetEvictionPolicy: ["Delete", "Deallocate"],
  scaleDownMode: ["Delete", "Deallocate"],
};

const invalid = (target: string, message: string): Refusal =>
  refusal(400, "InvalidParameter", `The value of parameter ${target} is invalid. Error details: ${message}`, target);

/** `^[a-z][a-z0-9]{0,11}$` for Linux. */
export function nameRefusal(name: string): Refusal | undefined {
  if (/^[a-z][a-z0-9]{0,11}$/.test(name)) return undefined;
  return invalid("agentPoolProfile.name", `agent pool name ${name} must match ^[a-z][a-z0-9]{0,11}$`);
}

/** Reads the body of a PUT. `before`: what the pool has; a change of what cannot change is refused. */
export function readBody(settings: Settings, body: Json | undefined, before?: PoolBody): PoolBody | Refusal {
  if (!isMap(body) || !isMap(body["properties"] ?? {})) {
    return refusal(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized.");
  }
  const given = (body["properties"] ?? {}) as JsonMap;
  const odd = Object.keys(body).find((key) => !["id", "name", "type", "properties"].includes(key));
  if (odd !== undefined) return invalid(odd, "unknown field");
  const unknown = Object.keys(given).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) return invalid(`properties.${unknown}`, "unknown field");
  const asked = Object.fromEntries(
    Object.entries(given).filter(([key, value]) => value !== null && !READ_ONLY.includes(key)),
  );
  const properties = withDefaults(settings, asked, before?.properties);
  const wrong = valueRefusal(settings, properties) ?? changeRefusal(properties, before?.properties);
  return wrong ?? { properties };
}

function withDefaults(settings: Settings, asked: JsonMap, before: JsonMap = {}): JsonMap {
  // An update may leave out what it does not change.
  const kept = Object.fromEntries(Object.entries(before).filter(([key]) => IMMUTABLE.split(" ").includes(key)));
  const spot = asked["scaleSetPriority"] === "Spot";
  const gpu = (sizeOf(settings, String(asked["vmSize"] ?? ""))?.gpus ?? 0) > 0;
  return {
    count: 1,
    type: "VirtualMachineScaleSets",
    mode: "User",
    osType: "Linux",
    osSKU: "Ubuntu",
    osDiskType: "Managed",
    scaleDownMode: "Delete",
    maxPods: 110,
    orchestratorVersion: settings.kubernetesVersion,
    ...(gpu ? { gpuProfile: { driver: "Install" } } : {}),
    ...(spot ? { scaleSetEvictionPolicy: "Delete", spotMaxPrice: -1 } : {}),
    ...kept,
    ...asked,
  };
}

function valueRefusal(settings: Settings, properties: JsonMap): Refusal | undefined {
  for (const [key, allowed] of Object.entries(CHOICES)) {
    const value = properties[key];
    if (value !== undefined && !allowed.includes(value)) {
      return invalid(`properties.${key}`, `${String(value)} is none of ${allowed.join(", ")}`);
    }
  }
  const { vmSize, count, availabilityZones = [], spotMaxPrice } = properties;
  if (typeof vmSize !== "string" || vmSize === "") return invalid("properties.vmSize", "it is required");
  if (typeof count !== "number" || !Number.isInteger(count) || count < 0 || count > settings.maxNodesPerPool) {
    return invalid("properties.count", `it must be from 0 to ${settings.maxNodesPerPool}`);
  }
  if (properties["mode"] === "System" && (count === 0 || properties["scaleSetPriority"] === "Spot")) {
    return invalid("properties.mode", "a system pool has nodes, and none of them is a spot machine");
  }
  if (!Array.isArray(availabilityZones)) return invalid("properties.availabilityZones", "it is a list");
  const zones = sizeOf(settings, vmSize)?.zones;
  const odd = availabilityZones.find((zone) => typeof zone !== "string" || zones?.includes(zone) === false);
  if (odd !== undefined)
    return invalid("properties.availabilityZones", `zone ${String(odd)} is not supported for ${vmSize}`);
  if (spotMaxPrice !== undefined && properties["scaleSetPriority"] !== "Spot") {
    return invalid("properties.spotMaxPrice", "only spot pools have one");
  }
  const tags = tagIssue(properties["tags"] ?? {});
  if (tags !== undefined) return invalid("properties.tags", tags);
  const mark = nodeLabelIssue(properties) ?? nodeTaintIssue(properties);
  return mark === undefined ? undefined : invalid(mark.target, mark.message);
}

function tagIssue(tags: Json): string | undefined {
  if (!isMap(tags) || Object.values(tags).some((value) => typeof value !== "string")) return "tags are strings";
  // learn.microsoft.com/azure/azure-resource-manager/management/tag-resources, "Limitations"
  if (Object.keys(tags).length > 50) return "a resource can have 50 tags at most";
  const long = Object.entries(tags).find(([key, value]) => key.length > 512 || String(value).length > 256);
  if (long !== undefined) return `tag ${long[0]} is too long`;
  const odd = Object.keys(tags).find((key) => /[<>%&\\?/]/.test(key));
  return odd === undefined ? undefined : `the name of tag ${odd} has one of < > % & \\ ? /`;
}

function changeRefusal(after: JsonMap, before: JsonMap | undefined): Refusal | undefined {
  if (before === undefined) return undefined;
  const changed = IMMUTABLE.split(" ").find((key) => JSON.stringify(after[key]) !== JSON.stringify(before[key]));
  if (changed === undefined) return undefined;
  const target = `properties.${changed}`;
  return refusal(400, "PropertyChangeNotAllowed", `Changing property '${target}' is not allowed.`, target);
}
