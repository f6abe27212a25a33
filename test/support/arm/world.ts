import { randomUUID } from "node:crypto";
import { coresUsed } from "./capacity.ts";
import type { Failure, Operation, OperationKind, Pool } from "./pool.ts";
import type { Settings } from "./settings.ts";

/** What exists: pools, operations, whether the cluster runs. Time moves it on whenever somebody looks. */
export interface World {
  stopped: boolean;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly operations: ReadonlyMap<string, Operation>;
  /** Ends what is due. */
  settle(nowMs: number): void;
  /** Writes a pool; its eTag is new. */
  put(pool: Omit<Pool, "etag">): Pool;
  remove(name: string): void;
  /** Starts an operation; whoever asks writes its id into the pool. */
  begin(kind: OperationKind, pool: string, nowMs: number, endMs: number, failure?: Failure): Operation;
  cancel(operation: Operation, nowMs: number, failure: Failure): void;
  /** Cores in use at some time, or now. */
  coresAt(ms: number): ReadonlyMap<string, number>;
}

export function createWorld(settings: () => Settings): World {
  const pools = new Map<string, Pool>();
  const operations = new Map<string, Operation>();
  const history: { readonly atMs: number; readonly cores: ReadonlyMap<string, number> }[] = [];
  let writes = 0;
  let seenMs = 0;

  const used = () => coresUsed(settings(), world.stopped ? [] : [...pools.values()]);
  const record = () => history.push({ atMs: seenMs, cores: used() });

  function put(pool: Omit<Pool, "etag">): Pool {
    const written = { ...pool, etag: `"${(++writes).toString(16).padStart(8, "0")}"` };
    pools.set(pool.name, written);
    record();
    return written;
  }

  function remove(name: string): void {
    pools.delete(name);
    record();
  }

  function finish(operation: Operation): void {
    const { failure, kind } = operation;
    operations.set(operation.id, { ...operation, status: failure?.status ?? "Succeeded" });
    const pool = pools.get(operation.pool);
    if (pool?.operation !== operation.id) return;
    const { operation: _, error: __, ...rest } = pool;
    if (failure !== undefined) {
      const lost = kind === "create" && !pool.joined;
      put({ ...rest, state: failure.status, error: failure.error, nodes: lost ? [] : rest.nodes });
    } else if (kind === "delete") remove(pool.name);
    else put({ ...rest, state: "Succeeded", joined: true });
  }

  const world: World = {
    stopped: false,
    pools,
    operations,
    put,
    remove,
    settle: (nowMs) => {
      seenMs = nowMs;
      const due = [...operations.values()].filter(({ status, endMs }) => status === "InProgress" && endMs <= nowMs);
      for (const operation of due.sort((a, b) => a.endMs - b.endMs)) {
        seenMs = operation.endMs;
        finish(operation);
      }
      seenMs = nowMs;
    },
    begin: (kind, pool, nowMs, endMs, failure) => {
      const operation: Operation = {
        id: randomUUID(),
        kind,
        pool,
        startMs: nowMs,
        endMs,
        status: "InProgress",
        ...(failure === undefined ? {} : { failure }),
      };
      operations.set(operation.id, operation);
      return operation;
    },
    cancel: (operation, nowMs, failure) => {
      operations.set(operation.id, { ...operation, endMs: nowMs, status: failure.status, failure });
    },
    coresAt: (ms) => {
      if (ms >= seenMs) return used();
      return (history.findLast(({ atMs }) => atMs <= ms) ?? history[0])?.cores ?? used();
    },
  };
  return world;
}
