import type { Provider } from "../capacity/owner.ts";
import type { JsonObject } from "../json.ts";
import type { Quota } from "../machine/failure.ts";
import type { Reading } from "./reading.ts";

/** One right that a ServiceAccount of ours needs, and whether it has it. */
export interface Right {
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  /** With the subresource: `workspaces/status`. */
  readonly resource: string;
  readonly name?: string;
  /** Absent: in all namespaces. */
  readonly namespace?: string;
  readonly allowed: boolean;
}

/** What a create that is only tried came back as. */
export type Probe =
  | { readonly kind: "expanded" }
  /** It was let through without an expansion. */
  | { readonly kind: "unexpanded" }
  /** Our webhook refused it, so it was asked. */
  | { readonly kind: "denied"; readonly message: string }
  /** Somebody else's webhook or a policy did: whether ours was asked is not known. */
  | { readonly kind: "refused"; readonly message: string }
  /** The API server could not call our webhook. */
  | { readonly kind: "unreachable"; readonly message: string };

export interface GpuSize {
  readonly name: string;
  /** What one takes of a quota. */
  readonly vcpus: number;
}

/** What the cloud's account is allowed and may take. */
export interface CloudFacts {
  /** Whether the machines of the cluster can be listed: how many there are. */
  readonly machines: Reading<number>;
  /** By instance type of the catalogue that has GPUs; empty where the cloud or our rights tell none. */
  readonly quotas: Reading<ReadonlyMap<string, Quota>>;
}

/**
 * What `doctor` knows, as plain data. What is absent was not asked, and no check speaks of it; what was asked and not told
 * is a Reading that says why.
 */
export interface Facts {
  readonly nowMs: number;
  /** Who turns claims into nodes; absent: as the reconciler of the cluster was told, if it runs. */
  readonly provider?: Provider;
  /** Namespace Foresail is installed in. */
  readonly namespace: string;
  /** Sizes of the catalogue that have GPUs of NVIDIA's. */
  readonly gpuSizes: readonly GpuSize[];
  /** `v1.36.1`. */
  readonly serverVersion?: Reading<string>;
  /** Whether Foresail is to serve its own group alone, beside a KAITO that stays; absent: as the reconciler was told. */
  readonly trial?: true;
  /** CustomResourceDefinition of Workspaces in KAITO's group; undefined: there is none. */
  readonly definition?: Reading<JsonObject | undefined>;
  /** The same in ours. */
  readonly ownDefinition?: Reading<JsonObject | undefined>;
  readonly claimDefinition?: Reading<JsonObject | undefined>;
  /** Mutating and validating webhook configurations. */
  readonly webhooks?: Reading<readonly JsonObject[]>;
  /** All of the cluster: labels, replicas, images and arguments. */
  readonly deployments?: Reading<readonly JsonObject[]>;
  readonly daemonSets?: Reading<readonly JsonObject[]>;
  readonly nodes?: Reading<readonly JsonObject[]>;
  readonly claims?: Reading<readonly JsonObject[]>;
  readonly storageClasses?: Reading<readonly JsonObject[]>;
  readonly policies?: Reading<readonly JsonObject[]>;
  readonly bindings?: Reading<readonly JsonObject[]>;
  /** Lease of the reconciler; undefined: there is none. */
  readonly lease?: Reading<JsonObject | undefined>;
  /** PEM of the certificate the webhook serves; undefined: its Secret is not there. */
  readonly servingCertificate?: Reading<string | undefined>;
  readonly rights?: Reading<readonly Right[]>;
  readonly probe?: Reading<Probe>;
  readonly cloud?: CloudFacts;
}
