import type { PoolBody } from "./pool-body.ts";
import type { ArmError } from "./wire.ts";

/** One virtual machine of a pool. */
export interface PoolNode {
  readonly instance: number;
  /** `1`; "" for a machine that is in no zone. */
  readonly zone: string;
}

export interface Pool extends PoolBody {
  readonly name: string;
  /** provisioningState. */
  readonly state: string;
  readonly etag: string;
  readonly createdMs: number;
  /** Why it failed, as status.provisioningError tells. */
  readonly error?: ArmError;
  readonly nodes: readonly PoolNode[];
  /** Whether its machines have come up once. */
  readonly joined: boolean;
  /** Of the operation under way. */
  readonly operation?: string;
}

export type OperationKind = "create" | "update" | "delete";

export interface Failure {
  readonly status: "Failed" | "Canceled";
  readonly error: ArmError;
}

export interface Operation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly pool: string;
  readonly startMs: number;
  /** When it ends, or ended; Infinity: never. */
  readonly endMs: number;
  readonly status: "InProgress" | "Succeeded" | "Failed" | "Canceled";
  /** How it ends if not well. */
  readonly failure?: Failure;
}
