import { allocatable } from "../../src/core/capacity/reservation.ts";
import type { InstanceType } from "../../src/core/catalogue.ts";
import type { MachineSpec } from "../../src/core/machine/machine.ts";

export function nodeName({ name }: MachineSpec): string {
  return `aks-${name}-12345678-vmss000000`;
}

/** The Node as it registers: without GPUs, and not Ready. */
export function nodeOf(spec: MachineSpec, size: InstanceType | undefined) {
  const room = allocatable(size?.vcpus ?? 24, size?.memoryGiB ?? 220);
  const { name, instanceType, zone = "0", labels, taints } = spec;
  const scaleSet = `aks-${name}-12345678-vmss`;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: nodeName(spec),
      labels: {
        ...labels,
        agentpool: name,
        "kubernetes.azure.com/agentpool": name,
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": nodeName(spec),
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": instanceType,
        "topology.kubernetes.io/zone": zone,
      },
    },
    spec: {
      providerID: `azure:///subscriptions/s/resourceGroups/mc/providers/Microsoft.Compute/virtualMachineScaleSets/${scaleSet}/virtualMachines/0`,
      taints: taints.map((taint) => ({ ...taint })),
    },
    status: {
      allocatable: {
        cpu: `${room.cpuMilli}m`,
        memory: `${room.memoryMiB}Mi`,
        "ephemeral-storage": "1000Gi",
        pods: "110",
      },
      conditions: [],
    },
  };
}
