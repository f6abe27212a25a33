import { expect } from "chai";
import { describe, it } from "mocha";
import type { InstanceType } from "../../../src/core/catalogue.ts";
import { nodeShare } from "../../../src/core/expand/allocatable.ts";
import type { ChosenHardware } from "../../../src/core/expand/hardware.ts";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { catalogue, serving, tuning } from "../support/workspaces.ts";

interface Room {
  readonly cpuMilli: number;
  readonly memoryMiB: number;
}

// A VM shows less memory than its size's name: 7.5 %, what Karpenter's providers assume (vmMemoryOverheadPercent).
const shownMiB = (memoryGiB: number): number => memoryGiB * 1024 * 0.925;
const MB = 1_000_000 / 2 ** 20;

/** learn.microsoft.com/azure/aks/node-resource-reservations: the next larger row of its table, 10m a core beyond it. */
function aksCpu(vcpus: number): number {
  const rows = [[1, 60], [2, 100], [4, 140], [8, 180], [16, 260], [32, 420], [64, 740]] as const; // biome-ignore format: a table
  const row = rows.find(([cores]) => cores >= vcpus);
  return vcpus * 1000 - (row?.[1] ?? 740 + (vcpus - 64) * 10);
}

/** The same page, "AKS 1.29 and later", with the most pods a node can have, 250. */
function aks129({ vcpus, memoryGiB }: InstanceType): Room {
  const shown = shownMiB(memoryGiB);
  return { cpuMilli: aksCpu(vcpus), memoryMiB: shown - Math.min((20 * 250 + 50) * MB, shown / 4) - 100 };
}

/** The same page, "AKS versions prior to 1.29". */
function aks128({ vcpus, memoryGiB }: InstanceType): Room {
  const slices = [[4, 25], [4, 20], [8, 10], [112, 6], [Number.POSITIVE_INFINITY, 2]] as const; // biome-ignore format: a table
  let left = memoryGiB;
  let reserved = 0;
  for (const [gib, percent] of slices) {
    reserved += (Math.min(gib, left) * 1024 * percent) / 100;
    left -= Math.min(gib, left);
  }
  return { cpuMilli: aksCpu(vcpus), memoryMiB: shownMiB(memoryGiB) - reserved - 750 };
}

/**
 * github.com/awslabs/amazon-eks-ami, nodeadm's kubelet configuration: 11 MiB a pod and 255 MiB; 6 % of the first core, 1 %
 * of the second, 0.5 % of two more, 0.25 % of the rest; eviction at 100 MiB. Most pods: at least as many as network
 * interfaces or prefix delegation allow.
 */
function eks({ vcpus, memoryGiB }: InstanceType): Room {
  const pods = vcpus <= 8 ? 110 : vcpus <= 32 ? 250 : 737;
  const reservedCpu = 60 + 10 + 2 * 5 + Math.max(0, vcpus - 4) * 2.5;
  return { cpuMilli: vcpus * 1000 - reservedCpu, memoryMiB: shownMiB(memoryGiB) - (11 * pods + 255) - 100 };
}

function roomsOf(type: InstanceType): readonly Room[] {
  return type.cloud === "azure" ? [aks129(type), aks128(type)] : [eks(type)];
}

const hardware = (type: InstanceType, more: Partial<ChosenHardware> = {}): ChosenHardware => ({
  type,
  fallbacks: [],
  gpuVendor: type.gpuVendor,
  gpuResource: "nvidia.com/gpu",
  gpuCount: type.gpuCount,
  ...more,
});
const size = (name: string): InstanceType => {
  const type = catalogue.current.instanceTypes.find((one) => one.name === name);
  if (type === undefined) throw new Error(`no size ${name}`);
  return type;
};

type Container = { resources?: { requests?: JsonObject }; restartPolicy?: string };
const quantity = (text: unknown): number => {
  const [, number = "0", unit = ""] = /^(\d+)(m|Mi|Gi)?$/.exec(String(text ?? "0")) ?? [];
  return Number(number) * ({ m: 0.001, Mi: 2 ** 20, Gi: 2 ** 30, "": 1 }[unit] ?? Number.NaN);
};

/** What the scheduler counts: containers and sidecars together, or an init container that asks for more. */
function podRequests(podTemplate: JsonObject, resource: string): number {
  const { containers = [], initContainers = [] } = podTemplate["spec"] as unknown as {
    readonly [list: string]: readonly Container[];
  };
  const asked = (container: Container): number => quantity(container.resources?.requests?.[resource]);
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === "Always");
  const lasting = [...containers, ...sidecars].reduce((sum, container) => sum + asked(container), 0);
  return Math.max(lasting, ...initContainers.map(asked));
}

describe("requests fit", () => {
  it("the model's, 1 CPU and 2 GiB of daemonsets stay within what every size leaves to pods", () => {
    expect(catalogue.current.instanceTypes.length).to.be.greaterThan(50);
    for (const type of catalogue.current.instanceTypes) {
      const share = nodeShare(hardware(type), 10);
      for (const room of roomsOf(type)) {
        expect(share.cpus * 1000 + 1000, type.name).to.be.at.most(room.cpuMilli);
        expect(share.memoryGiB * 1024 + 2048, type.name).to.be.at.most(room.memoryMiB);
      }
      expect(share.cpus, type.name).to.be.within(1, 0.7 * type.vcpus);
      expect(share.memoryGiB, type.name).to.be.within(1, 0.7 * type.memoryGiB);
    }
  });

  it("so do those of whole pods, sidecar and init containers included", () => {
    const chat = { "foresail.dev/chat-api": "true", "kaito.sh/bypass-resource-checks": "true" };
    let pods = 0;
    for (const type of catalogue.current.instanceTypes) {
      const region = type.cloud === "azure" ? "eastus" : "us-east-1";
      for (const object of [
        serving("phi-4-mini-instruct", type.name, { ...chat, "foresail.dev/region": region }),
        tuning("phi-4-mini-instruct", type.name),
      ]) {
        const { expansion } = expand(object, catalogue);
        if (expansion === undefined) continue;
        pods += 1;
        for (const { cpuMilli, memoryMiB } of roomsOf(type)) {
          expect(podRequests(expansion.podTemplate, "cpu") * 1000 + 1000, type.name).to.be.at.most(cpuMilli);
          const askedMiB = podRequests(expansion.podTemplate, "memory") / 2 ** 20;
          expect(askedMiB + 2048, type.name).to.be.at.most(memoryMiB);
        }
      }
    }
    expect(pods).to.be.greaterThan(60);
  });

  it("0.7 of a node is too much of a small one only", () => {
    const shares = (name: string) => Object.values(nodeShare(hardware(size(name)), 10));
    // 0.7 × 16 GiB would be 11.
    for (const name of ["g4dn.xlarge", "g5.xlarge", "g6.xlarge"]) expect(shares(name), name).to.deep.equal([2, 8]);
    // 0.7 × 28 GiB would be 19.
    expect(shares("Standard_NC4as_T4_v3")).to.deep.equal([2, 18]);
    expect(shares("Standard_NC24ads_A100_v4")).to.deep.equal([16, 154]);
    expect(shares("Standard_ND96isr_H100_v5")).to.deep.equal([67, 1330]);
  });

  it("takes the smallest of size and fallbacks", () => {
    const both = hardware(size("Standard_NC40ads_H100_v5"), { fallbacks: [size("Standard_NC24ads_A100_v4")] });
    expect(nodeShare(both, 10)).to.deep.equal({ cpus: 16, memoryGiB: 154 });
  });

  it("leaves the other parts of a node to other pods", () => {
    const node = size("Standard_NC24ads_A100_v4");
    const whole = nodeShare(hardware(node), 10);
    const slice = nodeShare(hardware(node, { partOfNode: 1 / 8 }), 10);
    // An A100 has seven slices of 1g.10gb.
    expect(7 * slice.cpus).to.be.at.most(whole.cpus);
    expect(7 * slice.memoryGiB).to.be.at.most(whole.memoryGiB);
    expect(slice).to.deep.equal({ cpus: 2, memoryGiB: 19 });
  });

  it("asks for what loading takes where the node is unknown", () => {
    const { type: _type, ...unknown } = hardware(size("g5.xlarge"));
    expect(nodeShare(unknown, 27.31)).to.deep.equal({ cpus: 2, memoryGiB: 41 });
  });
});
