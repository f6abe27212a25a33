import { withSpotMarks } from "./node-marks.ts";
import type { Operation, Pool } from "./pool.ts";
import { clusterPath, nodeResourceGroup, poolPath, type Settings } from "./settings.ts";
import type { Size } from "./sizes.ts";
import { errorJson, type JsonMap } from "./wire.ts";
import type { World } from "./world.ts";

/** A pool as GET tells of it. */
export function poolJson(settings: Settings, stopped: boolean, pool: Pool): JsonMap {
  const { properties, state, etag, error, name } = pool;
  return {
    id: poolPath(settings, name),
    name,
    type: "Microsoft.ContainerService/managedClusters/agentPools",
    properties: {
      ...withSpotMarks(properties),
      eTag: etag,
      provisioningState: state,
      powerState: { code: stopped ? "Stopped" : "Running" },
      currentOrchestratorVersion: String(properties["orchestratorVersion"]),
      nodeImageVersion: `AKS${String(properties["osSKU"])}-2204gen2containerd-202611.01.0`,
      ...(error === undefined ? {} : { status: { provisioningError: errorJson(error) } }),
    },
  };
}

export function operationJson(operation: Operation): JsonMap {
  const { id, status, startMs, endMs, failure } = operation;
  const over = status !== "InProgress";
  return {
    name: id,
    status,
    startTime: new Date(startMs).toISOString(),
    ...(over ? { endTime: new Date(endMs).toISOString() } : {}),
    ...(over && failure !== undefined ? { error: errorJson(failure.error) } : {}),
  };
}

export function clusterJson(settings: Settings, world: World): JsonMap {
  return {
    id: clusterPath(settings),
    name: settings.cluster,
    type: "Microsoft.ContainerService/ManagedClusters",
    location: settings.region,
    properties: {
      provisioningState: "Succeeded",
      powerState: { code: world.stopped ? "Stopped" : "Running" },
      kubernetesVersion: settings.kubernetesVersion,
      nodeResourceGroup: nodeResourceGroup(settings),
      agentPoolProfiles: [...world.pools.values()].map((pool) => {
        const { name, properties } = poolJson(settings, world.stopped, pool);
        return { name: String(name), ...(properties as JsonMap) };
      }),
    },
  };
}

const LABELS: Readonly<Record<string, string>> = {
  cores: "Total Regional vCPUs",
  lowPriorityCores: "Total Regional Low-priority vCPUs",
};

/** Microsoft.Compute's usages: the quotas that have a row. The first letter of a family is large here. */
export function usagesJson(settings: Settings, cores: ReadonlyMap<string, number>): JsonMap {
  return {
    value: settings.quotas.map(({ name, limit }) => ({
      unit: "Count",
      currentValue: cores.get(name.toLowerCase()) ?? 0,
      limit,
      name: {
        value: name.startsWith("standard") ? `S${name.slice(1)}` : name,
        localizedValue: LABELS[name] ?? `${name.replace(/^standard/i, "Standard ").replace("Family", " Family")} vCPUs`,
      },
    })),
  };
}

/** Microsoft.Compute's SKUs: the sizes of the region with their zones, family, and what restricts them. */
export function skusJson(settings: Settings): JsonMap {
  return { value: settings.sizes.map((size) => skuJson(settings, size)) };
}

function skuJson(settings: Settings, { name, family, vcpus, memoryGiB, gpus, zones }: Size): JsonMap {
  const restricted = settings.restrictions.some(
    (row) => row.priority === undefined && row.vmSize.toLowerCase() === name.toLowerCase(),
  );
  const reason = { type: "Location", values: [settings.region], reasonCode: "NotAvailableForSubscription" };
  return {
    resourceType: "virtualMachines",
    name,
    tier: "Standard",
    size: name.replace("Standard_", ""),
    family,
    locations: [settings.region],
    locationInfo: [{ location: settings.region, zones: [...zones] }],
    capabilities: [
      { name: "vCPUs", value: String(vcpus) },
      { name: "MemoryGB", value: String(memoryGiB) },
      ...(gpus > 0 ? [{ name: "GPUs", value: String(gpus) }] : []),
      { name: "LowPriorityCapable", value: "True" },
    ],
    restrictions: restricted ? [{ ...reason, restrictionInfo: { locations: [settings.region], zones: [] } }] : [],
  };
}
