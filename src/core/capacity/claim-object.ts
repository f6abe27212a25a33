import { createHash } from "node:crypto";
import { leastNodeGiB } from "../expand/weights.ts";
import { canonicalJson, type JsonObject } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";
import type { NodeClassRef } from "../kinds/node-claim.ts";
import { CAPACITY_TYPE_LABEL, INSTANCE_TYPE_LABEL, REGION_ANNOTATION, ZONE_LABEL } from "./claim.ts";
import { GPU_TAINT } from "./gpu-taint.ts";
import type { Offering } from "./offerings.ts";
import { claimLabels, type Owner, ownerKey, type Provider } from "./owner.ts";
import { quantity, type Resources } from "./resources.ts";

const GIB = 2 ** 30;

export interface ProviderSettings {
  readonly provider: Provider;
  /** Node class of claims; that of the expansion wins. */
  readonly nodeClass: NodeClassRef;
}

/** The node class that claims for this expansion name. */
export function nodeClassRefOf(expansion: Expansion, settings: ProviderSettings): NodeClassRef {
  return { ...settings.nodeClass, ...expansion.nodes.nodeClass };
}

/** The spec of a claim: one size, one capacity type and at most one zone, so that falling back is a claim of its own. */
export function claimSpec(
  owner: Owner,
  offering: Offering,
  requests: Resources,
  settings: ProviderSettings,
): JsonObject {
  const one = (key: string, value: string): JsonObject => ({ key, operator: "In", values: [value] });
  const asked = ["cpu", "memory", owner.expansion.gpu?.resource ?? "nvidia.com/gpu"];
  const gib = `${diskGiB(owner, requests)}Gi`;
  const storage = { "gpu-provisioner": { storage: gib }, aks: { "ephemeral-storage": gib }, karpenter: {}, byo: {} };
  return {
    // The default of 720h would end the model every 30 days.
    expireAfter: "Never",
    nodeClassRef: nodeClassRefOf(owner.expansion, settings),
    requirements: [
      one("kubernetes.io/arch", "amd64"),
      one("kubernetes.io/os", "linux"),
      one(INSTANCE_TYPE_LABEL, offering.instanceType),
      one(CAPACITY_TYPE_LABEL, offering.capacityType),
      ...(offering.zone === undefined ? [] : [one(ZONE_LABEL, offering.zone)]),
    ],
    resources: {
      requests: {
        ...Object.fromEntries(
          asked.flatMap((name) => {
            const value = requests.get(name);
            return value === undefined || value === 0 ? [] : [[name, quantity(name, value)]];
          }),
        ),
        ...storage[settings.provider],
      },
    },
    taints: [GPU_TAINT],
  };
}

/** Of a node that is shared: the owner's for as many pods as its own, and never less than what all of its pods ask for. */
function diskGiB({ expansion }: Owner, requests: Resources): number {
  const { share, storageGiB } = expansion.nodes;
  if (share === undefined) return storageGiB;
  return Math.max(storageGiB, leastNodeGiB((requests.get("ephemeral-storage") ?? 0) / GIB));
}

/** The whole claim. No ownerReference: a cluster-wide object cannot have an owner in a namespace; the finalizer cleans up. */
export function claimObject(
  owner: Owner,
  name: string,
  spec: JsonObject,
  provider: Provider,
  annotations: JsonObject = {},
): JsonObject {
  return {
    apiVersion: "karpenter.sh/v1",
    kind: "NodeClaim",
    metadata: {
      name,
      // Moving a model means minutes of loading; only we decide when a node goes.
      annotations: {
        "karpenter.sh/do-not-disrupt": "true",
        ...region(owner),
        ...imageFamily(owner, provider),
        ...annotations,
      },
      labels: claimLabels(owner, provider),
    },
    spec,
  };
}

/** By it the claim is priced, whatever becomes of its Workspace; the provider's own settings decide where the node comes. */
function region({ expansion }: Owner): { readonly [annotation: string]: string } {
  return expansion.nodes.region === undefined ? {} : { [REGION_ANNOTATION]: expansion.nodes.region };
}

/** gpu-provisioner, and aks after it, read the image family from an annotation; a label of that name they ignore. */
function imageFamily(owner: Owner, provider: Provider): { readonly [annotation: string]: string } {
  const family = owner.expansion.nodes.imageFamily;
  const reads = provider === "gpu-provisioner" || provider === "aks";
  return reads && family !== undefined ? { "kaito.sh/node-image-family": family } : {};
}

export interface NamesInUse {
  readonly live: Pick<ReadonlySet<string>, "has">;
  readonly deleting: Pick<ReadonlySet<string>, "has">;
}

/**
 * A name that is the same for the same demand, so that a claim whose creation was not seen is met again (AlreadyExists), not
 * doubled. Slots tell equal claims of one owner apart; attempts avoid names that deleting claims still hold.
 * @param from the first slot that may be free: those before it are known to be taken
 */
export function claimName(
  owner: Owner,
  spec: JsonObject,
  inUse: NamesInUse,
  from = 0,
): { readonly name: string; readonly slot: number } {
  for (let slot = from; ; slot++) {
    for (let attempt = 0; ; attempt++) {
      const name = claimNameAt(ownerKey(owner), spec, slot, attempt);
      if (inUse.live.has(name)) break;
      if (!inUse.deleting.has(name)) return { name, slot };
    }
  }
}

const BASE = 36n;
const DIGITS = 11;

/** `c` and 11 base-36 digits: also a valid name of an AKS agent pool, ^[a-z][a-z0-9]{0,11}$. */
function claimNameAt(key: string, spec: JsonObject, slot: number, attempt: number): string {
  const text = canonicalJson([key, slot, spec, attempt]);
  const hash = BigInt(`0x${createHash("sha256").update(text).digest("hex")}`);
  return `c${(hash % BASE ** BigInt(DIGITS)).toString(36).padStart(DIGITS, "0")}`;
}
