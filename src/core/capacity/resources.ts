import { isObject, type JsonObject } from "../json.ts";
import { objectAt, objectsAt } from "./fields.ts";

/** Resources that are spoken of. */
export type ResourceNames = Pick<ReadonlySet<string>, "has">;

/** Amounts by resource name: cpu in thousandths, everything else in whole units (bytes, GPUs). */
export type Resources = ReadonlyMap<string, number>;

const UNITS: { readonly [suffix: string]: number } = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const QUANTITY = /^([+-]?(?:\d{1,24}(?:\.\d{0,24})?|\.\d{1,24}))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/;

// What the device plugins of both vendors call a GPU and the parts of one that it can be cut into: MIG slices, and the partitions
// of an MI300 (k8s-device-plugin of ROCm, mixed naming). Not `nvidia.com/gpu.shared`, which any GPU is that is shared by time,
// and not `nvidia.com/hostdev` and its like: network cards.
const GPU_RESOURCE = /^(?:nvidia\.com\/(?:gpu|mig-[^/]+)|amd\.com\/(?:gpu|[sdqc]px_nps\d))$/;

/** Whether the name is that of GPUs, whole or cut, of any vendor. */
export function isGpuResource(name: string): boolean {
  return GPU_RESOURCE.test(name);
}

/** A Kubernetes quantity; cpu in thousandths, rounded up as the scheduler does. Undefined for what is none. */
export function amount(resource: string, quantity: unknown): number | undefined {
  const match = QUANTITY.exec(String(quantity));
  if (match === null) return undefined;
  const exponent = match[3] === undefined ? 1 : 10 ** Number(match[3]);
  const value = Number(match[1]) * (UNITS[match[2] ?? ""] ?? 1) * exponent;
  // Binary fractions: 0.1 × 1000 is 100.00000000000001.
  const scaled = resource === "cpu" ? Number((value * 1000).toPrecision(12)) : value;
  return Number.isFinite(scaled) ? Math.ceil(scaled) : undefined;
}

/** The other direction, in canonical form: `16`, `1500m`, `78Gi`. */
export function quantity(resource: string, value: number): string {
  if (resource === "cpu") return value % 1000 === 0 ? String(value / 1000) : `${value}m`;
  for (const suffix of ["Ti", "Gi", "Mi", "Ki"]) {
    const unit = UNITS[suffix] ?? 1;
    if (value >= unit && value % unit === 0) return `${value / unit}${suffix}`;
  }
  return String(value);
}

export function resourcesOf(quantities: JsonObject): Resources {
  const found = new Map<string, number>();
  for (const [name, value] of Object.entries(quantities)) {
    const known = amount(name, value);
    // The API server takes none below zero: such a pod is never made, and gives no other one room.
    if (known !== undefined && known >= 0) found.set(name, known);
  }
  return found;
}

/**
 * What a pod takes of a node, as the scheduler counts: the sum of its containers and of the init containers that keep
 * running, or the most that an init container needs with those before it, whichever is more; what is stated for the whole pod
 * instead of these; plus overhead (PodRequests of k8s.io/component-helpers/resource).
 */
export function podRequests(podSpec: JsonObject): Resources {
  let running: Resources = new Map();
  let starting: Resources = new Map();
  for (const container of objectsAt(podSpec, "initContainers")) {
    const requests = containerRequests(container);
    starting = most(starting, sum(running, requests));
    if (container["restartPolicy"] === "Always") running = sum(running, requests);
  }
  for (const container of objectsAt(podSpec, "containers")) running = sum(running, containerRequests(container));
  const containers = most(running, starting);
  const all = new Map([...containers, ...podLevel(objectAt(podSpec, "resources"), containers)]);
  return sum(all, resourcesOf(objectAt(podSpec, "overhead")));
}

/** What the pod takes of a node, itself being one of the pods that a node can have. */
export function placedRequests(podSpec: JsonObject): Resources {
  return sum(podRequests(podSpec), new Map([["pods", 1]]));
}

const HUGE_PAGES = "hugepages-";

/**
 * What is requested for the pod as a whole (Kubernetes 1.34 on), which counts instead of its containers' requests. A limit alone
 * is a request where no container requests any, and that of huge pages always, since they cannot be overcommitted: the API
 * server writes it into a pod (defaultPodRequests of k8s.io/kubernetes/pkg/apis/core/v1), but not into a template.
 */
function podLevel(resources: JsonObject, containers: Resources): Resources {
  const limits = [...resourcesOf(objectAt(resources, "limits"))].filter(
    ([name]) => name.startsWith(HUGE_PAGES) || !containers.has(name),
  );
  const stated = [...limits, ...resourcesOf(objectAt(resources, "requests"))];
  return new Map(stated.filter(([name]) => name === "cpu" || name === "memory" || name.startsWith(HUGE_PAGES)));
}

function containerRequests(container: JsonObject): Resources {
  const limits = container["resources"];
  if (!isObject(limits)) return new Map();
  // A request that is not stated equals the limit.
  return resourcesOf({ ...objectAt(limits, "limits"), ...objectAt(limits, "requests") });
}

export function sum(a: Resources, b: Resources): Resources {
  const result = new Map(a);
  for (const [name, value] of b) result.set(name, (result.get(name) ?? 0) + value);
  return result;
}

export function minus(a: Resources, b: Resources): Resources {
  const result = new Map(a);
  for (const [name, value] of b) result.set(name, (result.get(name) ?? 0) - value);
  return result;
}

function most(a: Resources, b: Resources): Resources {
  const result = new Map(a);
  for (const [name, value] of b) result.set(name, Math.max(result.get(name) ?? 0, value));
  return result;
}

/** Resources of which `free` has too little. `known` limits the comparison to what an estimate knows about. */
export function missing(free: Resources, wanted: Resources, known?: ResourceNames): readonly string[] {
  return [...wanted]
    .filter(([name, value]) => value > 0 && (known === undefined || known.has(name)) && value > (free.get(name) ?? 0))
    .map(([name]) => name)
    .sort();
}
