import { clusterPath, type Settings } from "./settings.ts";
import { type Refusal, refusal } from "./wire.ts";

/** What a request asks for: what faults, throttles and rights go by. */
export type Call = "put" | "get" | "list" | "delete" | "operation" | "cluster" | "usages" | "skus";

export interface Route {
  readonly call: Call;
  readonly pool?: string;
  /** Of an operation. */
  readonly operation?: string;
  /** Whether the operation is read by its Location rather than by Azure-AsyncOperation. */
  readonly result?: boolean;
}

const POOL_CALLS: Readonly<Record<string, Call>> = { PUT: "put", GET: "get", DELETE: "delete" };

/** Finds what a path means; ARM compares paths without regard to case. Gives the 404 or 405 of what is not there. */
export function routeOf(settings: Settings, method: string, path: string): Route | Refusal {
  const lower = path.toLowerCase().replace(/\/$/, "");
  const at = (known: string): string | undefined =>
    lower === known.toLowerCase()
      ? ""
      : lower.startsWith(`${known.toLowerCase()}/`)
        ? path.slice(known.length + 1)
        : undefined;
  const subscription = `/subscriptions/${settings.subscription}`;
  const beneath = at(subscription);
  if (beneath === undefined) {
    return refusal(404, "SubscriptionNotFound", `The subscription of ${path} could not be found.`);
  }
  const location = `${subscription}/providers/Microsoft.ContainerService/locations/${settings.region}`;
  const reads: readonly (readonly [string | undefined, (rest: string) => Route | undefined])[] = [
    [at(`${clusterPath(settings)}/agentPools`), (rest) => (rest === "" ? { call: "list" } : undefined)],
    [at(clusterPath(settings)), (rest) => (rest === "" ? { call: "cluster" } : undefined)],
    [at(`${location}/operations`), (operation) => ({ call: "operation", operation })],
    [at(`${location}/operationresults`), (operation) => ({ call: "operation", operation, result: true })],
    [
      at(`${subscription}/providers/Microsoft.Compute/locations/${settings.region}/usages`),
      (rest) => (rest === "" ? { call: "usages" } : undefined),
    ],
    [at(`${subscription}/providers/Microsoft.Compute/skus`), (rest) => (rest === "" ? { call: "skus" } : undefined)],
  ];
  const pool = at(`${clusterPath(settings)}/agentPools`);
  if (pool !== undefined && pool !== "" && !pool.includes("/")) {
    const call = POOL_CALLS[method];
    return call === undefined ? notAllowed(method) : { call, pool };
  }
  for (const [rest, make] of reads) {
    const route = rest === undefined ? undefined : make(rest);
    if (route !== undefined) return method === "GET" ? route : notAllowed(method);
  }
  return notFound(settings, path, at);
}

const notAllowed = (method: string): Refusal =>
  refusal(405, "MethodNotAllowed", `The requested resource does not support http method '${method}'.`);

function notFound(settings: Settings, path: string, at: (known: string) => string | undefined): Refusal {
  const group = `/subscriptions/${settings.subscription}/resourceGroups/${settings.resourceGroup}`;
  const [, , , , named] = path.split("/");
  if (named !== undefined && /\/resourcegroups\//i.test(path) && at(group) === undefined) {
    return refusal(404, "ResourceGroupNotFound", `Resource group '${named}' could not be found.`);
  }
  return refusal(
    404,
    "ResourceNotFound",
    `The Resource '${path}' under resource group '${named ?? ""}' was not found.`,
  );
}
