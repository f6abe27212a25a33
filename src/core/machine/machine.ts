import type { CloudFailure } from "./failure.ts";

export type CapacityType = "on-demand" | "spot" | "reserved";

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

/** Whose a machine is, as it is stamped on it in the cloud: what carries no such stamp of this cluster is never touched. */
export interface MachineOwner {
  /** Identity of the cluster the claim is in. */
  readonly cluster: string;
  readonly claim: string;
  readonly claimUid: string;
  /** When the claim was created. */
  readonly createdMs: number;
}

/** What to ask a cloud for: one machine for one NodeClaim. */
export interface MachineSpec {
  /** Name of the claim and of the machine in the cloud: ^[a-z][a-z0-9]{0,11}$. */
  readonly name: string;
  readonly owner: MachineOwner;
  readonly instanceType: string;
  readonly capacityType: CapacityType;
  /** As nodes are labelled: `eastus-1`. Absent: anywhere. */
  readonly zone?: string;
  /** The most a spot machine may cost, USD per hour; absent: up to the price on demand. */
  readonly spotMaxPriceUsd?: number;
  readonly labels: { readonly [key: string]: string };
  /** Taints that stay for the life of the node. */
  readonly taints: readonly Taint[];
  readonly osDiskGiB?: number;
  /** `ubuntu` or `azurelinux`, as foresail.dev and KAITO write it. */
  readonly imageFamily?: string;
  /** MIG profile of every GPU of the node, as in `1g.10gb`. */
  readonly gpuPartition?: string;
}

export type MachineState = "creating" | "running" | "failed" | "deleting" | "stopped";

/** A machine as the cloud tells of it. */
export interface Machine {
  readonly name: string;
  readonly state: MachineState;
  /** Absent: not made by us, or for another cluster. */
  readonly owner?: MachineOwner;
  readonly instanceType: string;
  readonly capacityType: CapacityType;
  readonly zone?: string;
  /** Version of the node image. */
  readonly imageVersion?: string;
  readonly kubernetesVersion?: string;
  /** Why it failed. */
  readonly failure?: CloudFailure;
  /** For conditional writes. */
  readonly etag?: string;
}
