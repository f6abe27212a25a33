import type { LeftOut } from "../cloud.ts";

/** Everything the `aks` provider is told, as plain data. Ids are ARM ids, `/subscriptions/...`. */
export interface AksOptions {
  /** The cluster whose pools these are. */
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly clusterName: string;
  /** Region of the cluster as Azure writes it: `eastus`. Zones are `<region>-<number>`, quotas are read here. */
  readonly region: string;
  /** Stamped on each pool, and what makes a pool ours: the UID of the namespace kube-system. Never changes for a cluster. */
  readonly clusterIdentity: string;

  /** Default `public`. Decides where ARM and the sign-in authority are, and for what the token is. */
  readonly azureCloud?: AzureCloud;
  /** Origin of another ARM: https, or plain http at a loopback address, where nobody is signed in. */
  readonly armEndpoint?: string;
  /** Origin of another sign-in authority; absent: AZURE_AUTHORITY_HOST, else that of `azureCloud`. */
  readonly authorityHost?: string;
  /** What the token is for, with another ARM: `https://management.core.local//.default`. */
  readonly tokenScope?: string;

  /** Default `auto`: what the environment provides, in the order of the type. Never the Azure CLI or PowerShell. */
  readonly identity?: AksIdentity;
  /** Client id of the identity; absent: AZURE_CLIENT_ID. */
  readonly clientId?: string;
  /** Managed identity by ARM id instead of client id. */
  readonly identityResourceId?: string;
  /** Absent: AZURE_TENANT_ID. */
  readonly tenantId?: string;

  /** Absent: AKS decides. */
  readonly osDiskType?: "Managed" | "Ephemeral";
  readonly subnetId?: string;
  readonly podSubnetId?: string;
  readonly maxPods?: number;
  /** `None`: a GPU operator brings the driver. Absent: AKS decides, which is Install. */
  readonly gpuDriver?: "Install" | "None";
  /** Needed for capacity type `reserved`. */
  readonly capacityReservationGroupId?: string;
  /** An upgrade of the cluster replaces the node in place; absent: AKS brings a second GPU node for the time of it. */
  readonly upgradeInPlace?: boolean;
  /** Tags of the user's on each pool. Ours win. */
  readonly tags?: { readonly [name: string]: string };

  /** Requests that change pools of the cluster, at the same time. Default 4: more of them cancel each other (AKS#2720). */
  readonly parallelWrites?: number;
  /** Pools a cluster may have, those of others counted. Default 100, the limit of AKS. */
  readonly maxPools?: number;
}

export type AzureCloud = "public" | "us-government" | "china";

export type AksIdentity = "auto" | "workload-identity" | "service-principal" | "managed-identity";

/** Time, injected so that tests decide what time it is. The reconciler's clock fits. */
export interface CloudClock {
  /** Milliseconds that never jump. */
  monotonicMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What surrounds the provider. */
export interface AksSurroundings {
  readonly clock: CloudClock;
  /** Environment of the process: identity (AZURE_*) and proxies (HTTPS_PROXY, NO_PROXY). */
  readonly environment: { readonly [name: string]: string | undefined };
  /** Ours in the user agent of each request: `foresail/0.1.0`. */
  readonly userAgent: string;
  /** Told of labels and taints that a pool cannot carry, before it is made: somebody else has to write them to the Node. */
  readonly leftOut?: LeftOut;
}
