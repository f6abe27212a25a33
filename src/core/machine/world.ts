import type { InstanceType } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import type { Fact } from "./action.ts";
import type { CloudFailure } from "./failure.ts";
import type { Machine } from "./machine.ts";

/** What the cloud says of one name. */
export type Sighting =
  | { readonly kind: "seen"; readonly machine: Machine }
  /** It was asked for this very name and does not know it; a list without it is not enough. */
  | { readonly kind: "absent" }
  | { readonly kind: "unknown"; readonly failure: CloudFailure };

/** A call for this claim that the cloud did not accept, the last of its verb. */
export interface FailedCall {
  readonly verb: "create" | "remove";
  readonly failure: CloudFailure;
  /** How many failed in a row. */
  readonly times: number;
  readonly agoMs: number;
}

/** All claims served here, counted. */
export interface Fleet {
  /** With a node. */
  readonly nodes: number;
  /** For how many a fact of `OUT_OF_ORDER` holds. */
  readonly unhealthy: number;
  /** Claims on their way out. */
  readonly ending: number;
}

/** Versions a new machine would get, as far as known. */
export interface Newest {
  readonly kubernetesVersion?: string;
  /** By series: `AKSUbuntu-2204gen2containerd` → `202511.12.0`. */
  readonly images: { readonly [series: string]: string };
}

export interface MachineLimits {
  readonly launchMs: number;
  readonly registrationMs: number;
  readonly initializationMs: number;
  /** A node that offers no GPU any more and that nothing runs on, for so long. */
  readonly bareMs: number;
  /** A node that is not Ready for so long is replaced. */
  readonly repairMs: number;
  /** One that vanished, for so long. */
  readonly vanishedMs: number;
}

// ADR 20 says why these.
export const MACHINE_LIMITS: MachineLimits = {
  launchMs: 20 * 60_000,
  registrationMs: 15 * 60_000,
  initializationMs: 30 * 60_000,
  bareMs: 30 * 60_000,
  repairMs: 10 * 60_000,
  vanishedMs: 5 * 60_000,
};

export type Size = Pick<InstanceType, "gpuVendor" | "gpuCount" | "vcpus" | "memoryGiB">;

/** The facts of one moment about one claim, as plain data. */
export interface MachineWorld {
  /** Milliseconds since 1970: only what the API server dates is compared with it. */
  readonly nowMs: number;
  /** False for a while after the wall clock jumped: nothing ends by the date then. */
  readonly clockSteady: boolean;
  readonly claim: JsonObject;
  /** Identity of this cluster in stamps. */
  readonly cluster: string;
  readonly sizes: { readonly [instanceType: string]: Size };
  readonly sighting: Sighting;
  /** Nodes with the machine's name in their pool label, or with the claim's providerID. */
  readonly nodes: readonly JsonObject[];
  /** Pods bound to these nodes. */
  readonly pods: readonly JsonObject[];
  /** VolumeAttachments of these nodes. */
  readonly attachments: readonly JsonObject[];
  /** How long what former plans said to hold has held. */
  readonly heldMs: { readonly [F in Fact]?: number };
  readonly failed?: FailedCall;
  readonly fleet: Fleet;
  readonly newest: Newest;
  readonly limits: MachineLimits;
}
