import type { AgentPool } from "@azure/arm-containerservice";
import { defined } from "../../core/defined.ts";
import { armFailure } from "../../core/machine/arm-failure.ts";
import type { CloudFailure } from "../../core/machine/failure.ts";
import type { CapacityType, Machine, MachineState } from "../../core/machine/machine.ts";
import { stampOf } from "./stamp.ts";

/** An agent pool as the machine it is. */
export function machineOf(pool: AgentPool, cluster: string, region: string, nowMs: number): Machine {
  const state = stateOf(pool);
  const zones = pool.availabilityZones ?? [];
  return {
    name: pool.name ?? "",
    state,
    instanceType: pool.vmSize ?? "",
    capacityType: capacityTypeOf(pool),
    ...defined({
      owner: stampOf(pool.tags, cluster),
      zone: zones.length === 1 ? `${region}-${zones[0]}` : undefined,
      imageVersion: pool.nodeImageVersion,
      kubernetesVersion: pool.currentOrchestratorVersion ?? pool.orchestratorVersion,
      failure: state === "failed" ? failureOf(pool, nowMs) : undefined,
      etag: pool.eTag,
    }),
  };
}

/**
 * Azure adds states without asking (`provisioningState` is open, its case varies): what is not known is under way. A stopped
 * pool is not a failed one: a cluster that is stopped and started has to find its pools again.
 */
function stateOf(pool: AgentPool): MachineState {
  const state = pool.provisioningState?.toLowerCase();
  if (state === "deleting") return "deleting";
  if (state === "stopping" || pool.powerState?.code?.toLowerCase() === "stopped") return "stopped";
  if (state === "failed" || state === "canceled" || state === "cancelled") return "failed";
  return state === "succeeded" ? "running" : "creating";
}

function capacityTypeOf(pool: AgentPool): CapacityType {
  if (pool.scaleSetPriority?.toLowerCase() === "spot") return "spot";
  return pool.capacityReservationGroupID === undefined ? "on-demand" : "reserved";
}

function failureOf(pool: AgentPool, nowMs: number): CloudFailure {
  const error = pool.status?.provisioningError;
  if (error !== undefined) return armFailure({ body: error }, nowMs);
  // A later operation of the cluster cancels one under way and says so in the state alone.
  const canceled = pool.provisioningState?.toLowerCase() !== "failed";
  const message = `the pool is in state ${pool.provisioningState} and says no more`;
  return { reason: canceled ? "OperationInProgress" : "Unavailable", message };
}
