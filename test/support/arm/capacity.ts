import type { Pool, PoolNode } from "./pool.ts";
import { laterQuotaError, type QuotaNumbers, quotaError, stockError } from "./refusals.ts";
import { type Priority, type Settings, type StockRow, sizeOf } from "./settings.ts";
import type { ArmError, JsonMap } from "./wire.ts";

export const priorityOf = (properties: JsonMap): Priority =>
  properties["scaleSetPriority"] === "Spot" ? "Spot" : "Regular";

/** Whether a pool names the zones it may be in. */
export const isZonal = (properties: JsonMap): boolean =>
  ((properties["availabilityZones"] ?? []) as readonly string[]).length > 0;

const vmSizeOf = (properties: JsonMap): string => String(properties["vmSize"]);
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Cores in use by name of quota, those of others among them. Names are compared without regard to case. */
export function coresUsed(settings: Settings, pools: readonly Pool[]): ReadonlyMap<string, number> {
  const used = new Map(settings.quotas.map((row) => [row.name.toLowerCase(), row.used ?? 0]));
  for (const { properties, nodes } of pools) {
    const cores = (sizeOf(settings, vmSizeOf(properties))?.vcpus ?? 0) * nodes.length;
    for (const name of quotasOf(settings, properties)) {
      used.set(name.toLowerCase(), (used.get(name.toLowerCase()) ?? 0) + cores);
    }
  }
  return used;
}

/** Quotas that bound a pool. Spot machines have one for all families. */
function quotasOf(settings: Settings, properties: JsonMap): readonly string[] {
  if (priorityOf(properties) === "Spot") return ["lowPriorityCores"];
  const family = sizeOf(settings, vmSizeOf(properties))?.family;
  return family === undefined ? ["cores"] : [family, "cores"];
}

const MESSAGE_NAMES: Readonly<Record<string, string>> = {
  cores: "Total Regional",
  lowPriorityCores: "LowPriorityCores",
};

/** The quota that so many more nodes would pass, as an error of the request or of its operation. */
export function quotaIssue(
  settings: Settings,
  pools: readonly Pool[],
  properties: JsonMap,
  more: number,
): { readonly now: ArmError; readonly later: ArmError } | undefined {
  const used = coresUsed(settings, pools);
  const asked = (sizeOf(settings, vmSizeOf(properties))?.vcpus ?? 0) * more;
  for (const name of quotasOf(settings, properties)) {
    const row = settings.quotas.find((one) => same(one.name, name));
    const inUse = used.get(name.toLowerCase()) ?? 0;
    if (row === undefined || asked === 0 || inUse + asked <= row.limit) continue;
    return quotaErrors({
      name: MESSAGE_NAMES[name] ?? name,
      region: settings.region,
      limit: row.limit,
      used: inUse,
      asked,
    });
  }
  return undefined;
}

export const quotaErrors = (numbers: QuotaNumbers) => ({ now: quotaError(numbers), later: laterQuotaError(numbers) });

/** Where so many machines would go, first those that are there already; or why they go nowhere. */
export function place(
  settings: Settings,
  others: readonly Pool[],
  properties: JsonMap,
  kept: readonly PoolNode[],
): readonly PoolNode[] | { readonly error: ArmError } {
  const count = Number(properties["count"]);
  const vmSize = vmSizeOf(properties);
  const stated = (properties["availabilityZones"] ?? []) as readonly string[];
  // A pool that names no zone has machines in fault domains; stock of one zone does not bound them.
  const zones = isZonal(properties) ? stated : [""];
  const nodes = kept.slice(0, count);
  const reserved = properties["capacityReservationGroupID"] !== undefined;
  while (nodes.length < count) {
    const instance = nodes.length;
    const open = zones.filter((zone) => reserved || inStock(settings, others, properties, nodes, zone));
    const zone = open[instance % open.length];
    if (zone === undefined) {
      const code = isZonal(properties) ? "ZonalAllocationFailed" : "AllocationFailed";
      return { error: stockError(code, vmSize, settings.region) };
    }
    nodes.push({ instance, zone });
  }
  return nodes;
}

function inStock(
  settings: Settings,
  others: readonly Pool[],
  properties: JsonMap,
  nodes: readonly PoolNode[],
  zone: string,
): boolean {
  const counts = (row: StockRow, of: JsonMap, node: PoolNode): boolean =>
    same(row.vmSize, vmSizeOf(of)) &&
    (row.priority ?? priorityOf(of)) === priorityOf(of) &&
    (row.zone ?? node.zone) === node.zone;
  return settings.stock
    .filter((row) => counts(row, properties, { instance: 0, zone }))
    .every((row) => {
      const running = others.flatMap((pool) => pool.nodes.filter((node) => counts(row, pool.properties, node)));
      return running.length + nodes.filter((node) => counts(row, properties, node)).length < row.nodes;
    });
}

/** A size that cannot be had at all: unknown, restricted, or not for this subscription. */
export function sizeIssue(settings: Settings, properties: JsonMap): ArmError | undefined {
  const vmSize = vmSizeOf(properties);
  const row = settings.restrictions.find(
    (one) => same(one.vmSize, vmSize) && (one.priority ?? priorityOf(properties)) === priorityOf(properties),
  );
  if (row !== undefined) return stockError(row.code, vmSize, settings.region);
  return sizeOf(settings, vmSize) === undefined ? stockError("VMSizeNotSupported", vmSize, settings.region) : undefined;
}
