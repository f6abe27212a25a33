import { randomBytes } from "node:crypto";
import type { JsonObject } from "../../../src/core/json.ts";
import type { ArmPool, Handle } from "../../support/arm/handle.ts";
import { aksArguments } from "../support/aks.ts";
import { apply, read, waitFor } from "../support/cluster.ts";
import { manifest } from "../support/install.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";

export const A100 = "Standard_NC24ads_A100_v4";
const CLAIMS = "/apis/karpenter.sh/v1/nodeclaims";

export interface LiveClaim {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly labels?: { readonly [key: string]: string };
  };
  readonly status?: {
    readonly providerID?: string;
    readonly nodeName?: string;
    readonly capacity?: { readonly [name: string]: string };
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}

export function freshName(): string {
  return `t${randomBytes(5).toString("hex")}`;
}

export function claimManifest(name: string, instanceType = A100): JsonObject {
  const one = (key: string, value: string): JsonObject => ({ key, operator: "In", values: [value] });
  return {
    apiVersion: "karpenter.sh/v1",
    kind: "NodeClaim",
    metadata: { name, labels: { "foresail.dev/test": name, "app.kubernetes.io/managed-by": "test" } },
    spec: {
      nodeClassRef: { group: "foresail.dev", kind: "AgentPoolClass", name: "default" },
      expireAfter: "Never",
      requirements: [
        one("node.kubernetes.io/instance-type", instanceType),
        one("karpenter.sh/capacity-type", "on-demand"),
      ],
      resources: { requests: { cpu: "1", "nvidia.com/gpu": "1" } },
      taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }],
    },
  };
}

export async function getClaim(name: string): Promise<LiveClaim | undefined> {
  return await read<LiveClaim>(`${CLAIMS}/${name}`);
}

export function briefly(claim: LiveClaim | undefined, type: string): string {
  const one = claim?.status?.conditions?.find((condition) => condition.type === type);
  return one === undefined ? "absent" : `${one.status} ${one.reason}`;
}

export async function waitForClaim(name: string, type: string, said: string): Promise<LiveClaim> {
  return await waitFor(`claim ${name} to say ${type} ${said}`, async () => {
    const claim = await getClaim(name);
    if (briefly(claim, type) === said) return claim;
    throw new Error(JSON.stringify(claim?.status?.conditions ?? claim ?? "no claim"));
  });
}

/** Gone is what the cloud says twice, 30 s apart, so this takes its time. */
export async function waitForNoClaim(name: string): Promise<void> {
  const gone = async () => {
    const claim = await getClaim(name);
    if (claim === undefined) return true;
    throw new Error(JSON.stringify(claim));
  };
  await waitFor(`claim ${name} to go`, gone, 120_000);
}

export function poolOf(arm: Pick<Handle, "state">, name: string): ArmPool | undefined {
  return arm.state().pools.find((pool) => pool.name === name);
}

/** The shipped reconciler as the provider of an ARM, with the rights of the overlay aks. */
export async function startProvider(
  arm: Pick<Handle, "settings"> & { readonly url: string },
): Promise<ReconcilerProcess> {
  await apply(...manifest("overlays/aks/machines.yaml"));
  return await startReconciler({ nodeClass: "foresail.dev/AgentPoolClass/default", args: aksArguments(arm) });
}
