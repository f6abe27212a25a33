import type { CloudFailure, Quota } from "../core/machine/failure.ts";
import type { Machine, MachineSpec } from "../core/machine/machine.ts";

/** What a cloud answered instead of doing what it was asked. Every method of a Cloud throws nothing else. */
export class CloudError extends Error {
  readonly failure: CloudFailure;

  constructor(failure: CloudFailure, options?: ErrorOptions) {
    super(`${failure.reason}: ${failure.message}`, options);
    this.name = "CloudError";
    this.failure = failure;
  }
}

/** Told of labels and taints that a machine cannot carry, before it is made. */
export type LeftOut = (machine: string, keys: readonly string[]) => void;

/** Makes the cloud of one cluster, once its identity is known: what stamps of its machines say. */
export type CloudFactory = (cluster: string, leftOut: LeftOut) => Cloud;

/**
 * Where machines come from. Nothing here waits for a machine: `create` and `remove` return once the request is accepted, and
 * `get` tells how it goes. All of them are idempotent, so that a process that died in between simply asks again.
 */
export interface Cloud {
  /** Asks for a machine. The same spec again is no second machine; somebody else's of that name is the failure NameTaken. */
  create(spec: MachineSpec, signal: AbortSignal): Promise<void>;
  get(name: string, signal: AbortSignal): Promise<Machine | undefined>;
  /** All machines, also those of others. Rejects rather than give a part. */
  list(signal: AbortSignal): Promise<readonly Machine[]>;
  /**
   * Names of all machines by another way than `list`, one that knows no part: what both lack does not exist. Rejects with
   * AuthorizationFailed where our rights do not reach so far; then each is asked for by its name.
   */
  names(signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** Asks for its end, if it still is the one that was looked at. One that is gone already is a success. */
  remove(machine: Pick<Machine, "name" | "etag">, signal: AbortSignal): Promise<void>;
  /** Quotas that can be read, by the instance types they bound, that of spot by `SPOT_QUOTA`; empty where the cloud or our rights do not allow it. */
  quotas(signal: AbortSignal): Promise<ReadonlyMap<string, Quota>>;
  /** Ends connections. */
  close(): void;
}
