import { isZonal, place, priorityOf, quotaErrors, quotaIssue, sizeIssue } from "./capacity.ts";
import type { Effect, TroubleCode } from "./faults.ts";
import type { Failure, Operation, Pool } from "./pool.ts";
import { nameRefusal, type PoolBody, readBody } from "./pool-body.ts";
import { busy, overridden, stockError } from "./refusals.ts";
import { type Settings, sizeOf } from "./settings.ts";
import { type ArmError, isMap, isRefusal, type Json, type Refusal, refusal } from "./wire.ts";
import type { World } from "./world.ts";

/** One request to change a pool. */
export interface Write {
  readonly settings: Settings;
  readonly world: World;
  readonly nowMs: number;
  readonly name: string;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  /** What faults do to it. */
  readonly effects: readonly Effect[];
}

/** A write that was taken: the pool as it is now, and the operation that goes on. */
export interface Accepted {
  readonly created: boolean;
  readonly pool: Pool;
  readonly operation?: Operation;
}

/** PUT: creates a pool, or updates it. */
export function putPool(write: Write, body: Json | undefined): Accepted | Refusal {
  const { settings, world, name } = write;
  const before = world.pools.get(name);
  const refused = nameRefusal(name) ?? conditionRefusal(write, before) ?? bodyNameRefusal(name, body);
  if (refused !== undefined) return refused;
  const asked = readBody(settings, body, before);
  if (isRefusal(asked)) return asked;
  if (before?.operation !== undefined) {
    const running = world.operations.get(before.operation);
    const repeated = settings.repeatedPut === "same-operation" && running?.kind !== "delete" && sameBody(asked, before);
    if (!repeated || running === undefined) return busy(name, before.state);
    return { created: false, pool: before, operation: running };
  }
  const blocked = clusterRefusal(write);
  if (blocked !== undefined) return blocked;
  const whole = before?.state === "Succeeded" && before.nodes.length === before.properties["count"];
  if (whole && sameBody(asked, before)) return { created: false, pool: before };
  return capRefusal(write, asked, before) ?? start(write, asked, before);
}

/** DELETE of a pool that is there. */
export function deletePool(write: Write, before: Pool): Operation | Refusal {
  const { settings, world, nowMs, name } = write;
  const refused = conditionRefusal(write, before);
  if (refused !== undefined) return refused;
  const running = before.operation === undefined ? undefined : world.operations.get(before.operation);
  if (running?.kind === "delete") return running;
  const systems = [...world.pools.values()].filter(({ properties }) => properties["mode"] === "System");
  if (systems.length === 1 && systems[0]?.name === name) {
    return refusal(400, "BadRequest", "Must define at least one system pool.");
  }
  if (running !== undefined) {
    if (settings.deleteWhileCreating === "conflict") return busy(name, before.state);
    world.cancel(running, nowMs, { status: "Canceled", error: overridden });
  }
  const blocked = clusterRefusal(write);
  if (blocked !== undefined) return blocked;
  const { failure, endMs } = ending(write, settings.deleteMs);
  const operation = world.begin("delete", name, nowMs, endMs, failure);
  world.put({ ...before, state: "Deleting", operation: operation.id });
  return operation;
}

function start(write: Write, asked: PoolBody, before: Pool | undefined): Accepted | Refusal {
  const { settings, world, nowMs, name } = write;
  const others = [...world.pools.values()].filter((pool) => pool.name !== name);
  const capacity = capacityOf(write, asked, before, others);
  if (isRefusal(capacity)) return capacity;
  const { failure, nodes } = capacity;
  const isNew = before === undefined || !before.joined;
  const scripted = ending(write, isNew ? settings.createMs : settings.updateMs);
  const late = failure === undefined ? undefined : { endMs: nowMs + settings.failMs, failure };
  const { endMs, failure: ends } = late ?? scripted;
  const operation = world.begin(isNew ? "create" : "update", name, nowMs, endMs, ends);
  const scaled = before !== undefined && before.properties["count"] !== asked.properties["count"];
  const pool = world.put({
    ...asked,
    name,
    state: isNew ? "Creating" : scaled ? "Scaling" : "Updating",
    createdMs: before?.createdMs ?? nowMs,
    nodes,
    joined: before?.joined ?? false,
    operation: operation.id,
  });
  return { created: before === undefined, pool, operation };
}

interface Capacity {
  readonly nodes: Pool["nodes"];
  readonly failure?: Failure;
}

/** Machines for the pool; or a refusal at once, or a failure to come, as the settings and faults say. */
function capacityOf(
  { settings, effects }: Write,
  { properties }: PoolBody,
  before: Pool | undefined,
  others: readonly Pool[],
): Capacity | Refusal {
  const later = (error: ArmError): Capacity => ({ nodes: before?.nodes ?? [], failure: { status: "Failed", error } });
  const scripted = effects.find((effect) => effect.kind === "refuse");
  if (scripted !== undefined) {
    const { now, after } = scriptedErrors(settings, scripted.code, properties);
    if (scripted.later === true) return later(after);
    return scripted.code === "Busy" ? busy("other", "Creating") : { status: 400, error: now };
  }
  const size = sizeIssue(settings, properties);
  if (size !== undefined) return { status: 400, error: size };
  const more = Number(properties["count"]) - (before?.nodes.length ?? 0);
  const quota = quotaIssue(
    settings,
    before === undefined ? others : [...others, before],
    properties,
    Math.max(0, more),
  );
  if (quota !== undefined) {
    return settings.quotaRefusal === "sync" ? { status: 400, error: quota.now } : later(quota.later);
  }
  const nodes = place(settings, others, properties, before?.nodes ?? []);
  if (!("error" in nodes)) return { nodes };
  return settings.stockRefusal === "sync" ? { status: 400, error: nodes.error } : later(nodes.error);
}

/** The error of a request, and of an operation that fails later. */
interface Errors {
  readonly now: ArmError;
  readonly after: ArmError;
}

function scriptedErrors(settings: Settings, code: TroubleCode, properties: PoolBody["properties"]): Errors {
  const vmSize = String(properties["vmSize"]);
  const size = sizeOf(settings, vmSize);
  const cores = (size?.vcpus ?? 1) * Number(properties["count"]);
  const numbers = { region: settings.region, limit: cores, used: cores, asked: cores };
  const ofQuota = (name: string) => {
    const { now, later } = quotaErrors({ ...numbers, name });
    return { now, after: later };
  };
  const twice = (error: ArmError) => ({ now: error, after: error });
  switch (code) {
    case "Quota":
      return scriptedErrors(settings, priorityOf(properties) === "Spot" ? "SpotQuota" : "FamilyQuota", properties);
    case "Allocation":
      return twice(
        stockError(isZonal(properties) ? "ZonalAllocationFailed" : "AllocationFailed", vmSize, settings.region),
      );
    case "FamilyQuota":
      return ofQuota(size?.family ?? "standardUnknownFamily");
    case "SpotQuota":
      return ofQuota("LowPriorityCores");
    case "RegionQuota":
      return ofQuota("Total Regional");
    case "Busy":
      return twice(busy("other", "Creating").error);
    case "Overridden":
      return twice(overridden);
    default:
      return twice(stockError(code, vmSize, settings.region));
  }
}

/** When an operation ends, and how, by the faults of the request that started it. */
function ending({ effects, nowMs }: Write, usualMs: number): { readonly endMs: number; readonly failure?: Failure } {
  const lasts = effects.find((effect) => effect.kind === "lasts")?.ms ?? usualMs;
  const fails = effects.find((effect) => effect.kind === "fail");
  const endMs = lasts === "for-ever" ? Number.POSITIVE_INFINITY : nowMs + lasts;
  if (fails === undefined) return { endMs };
  const failure: Failure = { status: fails.status ?? "Failed", error: fails.error };
  return { endMs: fails.afterMs === undefined ? endMs : nowMs + fails.afterMs, failure };
}

function conditionRefusal({ ifMatch, ifNoneMatch }: Write, before: Pool | undefined): Refusal | undefined {
  const failed = (message: string) => refusal(412, "PreconditionFailed", message);
  if (ifNoneMatch === "*" && before !== undefined)
    return failed("If-None-Match: * was given, but the agent pool exists.");
  if (ifMatch === undefined) return undefined;
  if (before === undefined) return failed("If-Match was given, but there is no such agent pool.");
  if (ifMatch === "*" || ifMatch === before.etag) return undefined;
  return failed(`If-Match ${ifMatch} does not match the current eTag ${before.etag}.`);
}

function bodyNameRefusal(name: string, body: Json | undefined): Refusal | undefined {
  const stated = isMap(body) ? body["name"] : undefined;
  if (stated === undefined || stated === name) return undefined;
  return refusal(400, "InvalidRequestContent", `The name '${String(stated)}' of the body is not '${name}'.`);
}

function clusterRefusal({ settings, world }: Write): Refusal | undefined {
  if (world.stopped) {
    const message = `Managed cluster is in stopped state. Please start the managed cluster ${settings.cluster} first.`;
    return refusal(400, "OperationNotAllowed", message);
  }
  const running = [...world.operations.values()].filter(({ status }) => status === "InProgress");
  const first = running[0];
  if (settings.parallelOperations === 0 || running.length < settings.parallelOperations) return undefined;
  return first === undefined ? undefined : busy(first.pool, first.kind);
}

function capRefusal({ settings, world, name }: Write, { properties }: PoolBody, before?: Pool): Refusal | undefined {
  if (before === undefined && world.pools.size >= settings.maxPools) {
    const message = `The number of agent pools of a managed cluster must not exceed ${settings.maxPools}.`;
    return refusal(400, "OperationNotAllowed", message);
  }
  const others = [...world.pools.values()].filter((pool) => pool.name !== name);
  const nodes = others.reduce((sum, pool) => sum + Number(pool.properties["count"]), 0) + Number(properties["count"]);
  if (nodes <= settings.maxNodes) return undefined;
  return refusal(
    400,
    "OperationNotAllowed",
    `The number of nodes of a managed cluster must not exceed ${settings.maxNodes}.`,
  );
}

const sameBody = (a: PoolBody, b: PoolBody): boolean => canonical(a) === canonical(b);

const canonical = ({ properties }: PoolBody): string =>
  JSON.stringify(properties, (_key, value: Json) =>
    isMap(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  );
