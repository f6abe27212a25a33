import { expect } from "chai";
import { type AksOptions, createAks } from "../../../../src/cloud/aks/aks.ts";
import type { CloudClock } from "../../../../src/cloud/aks/options.ts";
import { type Cloud, CloudError } from "../../../../src/cloud/cloud.ts";
import type { CloudFailure } from "../../../../src/core/machine/failure.ts";
import type { MachineSpec } from "../../../../src/core/machine/machine.ts";
import { systemClock } from "../../../../src/kube/clock.ts";

export const SUBSCRIPTION = "11111111-2222-3333-4444-555555555555";
export const POOLS = `/subscriptions/${SUBSCRIPTION}/resourceGroups/serving/providers/Microsoft.ContainerService/managedClusters/models/agentPools`;
export const COMPUTE = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Compute`;
export const CLUSTER = "f00dcafe-0000-4000-8000-000000000001";
export const NEVER = new AbortController().signal;

export function options(more: Partial<AksOptions> = {}): AksOptions {
  return {
    subscriptionId: SUBSCRIPTION,
    resourceGroup: "serving",
    clusterName: "models",
    region: "eastus",
    clusterIdentity: CLUSTER,
    ...more,
  };
}

export function provider(more: Partial<AksOptions>, clock: CloudClock = systemClock): Cloud {
  return createAks(options(more), { clock, environment: {}, userAgent: "foresail/1.2.3" });
}

export function spec(more: Partial<MachineSpec> = {}): MachineSpec {
  return {
    name: "caaaaaaaaaaa",
    owner: {
      cluster: CLUSTER,
      claim: "caaaaaaaaaaa",
      claimUid: "uid-1",
      createdMs: Date.parse("2026-11-28T12:00:00Z"),
    },
    instanceType: "Standard_NC24ads_A100_v4",
    capacityType: "on-demand",
    labels: { "foresail.dev/workspace": "phi" },
    taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }],
    ...more,
  };
}

/** A pool as ARM tells of it, stamped for `spec()` unless its tags say other. */
export function pool(properties: Record<string, unknown> = {}, name = "caaaaaaaaaaa"): Record<string, unknown> {
  const tags = {
    "foresail-cluster": CLUSTER,
    "foresail-claim": name,
    "foresail-claim-uid": "uid-1",
    "foresail-created-at": "2026-11-28T12:00:00.000Z",
  };
  const state = { provisioningState: "Succeeded", powerState: { code: "Running" }, eTag: "e1" };
  return {
    id: `${POOLS}/${name}`,
    name,
    properties: { vmSize: "Standard_NC24ads_A100_v4", count: 1, tags, ...state, ...properties },
  };
}

export const GONE = { status: 404, body: { code: "NotFound", message: "Could not find the agent pool" } };

/** The failure that a call ends with; anything but a CloudError fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<CloudFailure> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(CloudError);
  return (error as CloudError).failure;
}
