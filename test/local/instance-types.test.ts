import { expect } from "chai";
import { describe, it } from "mocha";
import { allocatable } from "../../src/core/capacity/reservation.ts";
import { isObject } from "../../src/core/json.ts";
import { FAULTY_INSTANCE_TYPES, karpenterInstanceTypes } from "../../src/local/instance-types.ts";
import { CLUSTER_INSTANCE_TYPES } from "../cluster/support/instance-types.ts";

describe("what a simulated node offers", () => {
  it("reserves CPU as AKS documents it for 1 to 64 cores", () => {
    const documented = { 1: 60, 2: 100, 4: 140, 8: 180, 16: 260, 32: 420, 64: 740 };
    for (const [cores, milli] of Object.entries(documented)) {
      expect(Number(cores) * 1000 - allocatable(Number(cores), 64).cpuMilli, `${cores} cores`).to.equal(milli);
    }
  });

  it("reserves memory by bracket or by pods, whichever is more, with hypervisor share and eviction threshold", () => {
    // 16 GiB, 14.8 of them shown: a quarter for pods and 100 MiB of eviction.
    expect(allocatable(4, 16).memoryMiB).to.equal(Math.floor(14.8 * 1024 * 0.75 - 100));
    // 256 GiB, 236.8 shown: 1 + 0.8 + 0.8 + 6.72 + 2.56 GiB by bracket, 750 MiB of eviction.
    expect(allocatable(32, 256).memoryMiB).to.equal(Math.floor((236.8 - 11.88) * 1024 - 750));
  });

  it("leaves room for pods that ask for 0.7 of the nominal size", () => {
    for (const { name, vcpus, memoryGiB } of CLUSTER_INSTANCE_TYPES) {
      const left = allocatable(vcpus, memoryGiB);
      expect(left.cpuMilli, name)
        .to.be.at.least(Math.floor(0.7 * vcpus) * 1000)
        .and.below(vcpus * 1000);
      expect(left.memoryMiB, name)
        .to.be.at.least(Math.floor(0.7 * memoryGiB) * 1024)
        .and.below(memoryGiB * 1024);
    }
  });
});

describe("Karpenter's instance type file", () => {
  const [late] = FAULTY_INSTANCE_TYPES;
  it("offers what is allocatable once the provider's own 100m and 10Mi are taken off", () => {
    const [entry] = karpenterInstanceTypes([late!]);
    const left = allocatable(late!.vcpus, late!.memoryGiB);
    expect(entry?.resources).to.deep.include({
      cpu: `${left.cpuMilli + 100}m`,
      memory: `${left.memoryMiB + 10}Mi`,
      "nvidia.com/gpu": "1",
    });
  });

  it("has one offering per zone and capacity type, carrying nominal size and faults as labels", () => {
    const [entry] = karpenterInstanceTypes([
      { ...late!, zones: ["a", "b"], capacityTypes: ["spot", "on-demand"], gpuResource: "amd.com/gpu" },
    ]);
    const offerings = entry?.offerings as readonly {
      readonly Requirements: readonly { key: string; values: string[] }[];
    }[];
    expect(offerings).to.have.length(4);
    for (const { Requirements } of offerings) {
      const labels = Object.fromEntries(Requirements.map(({ key, values }) => [key, values]));
      expect(labels).to.deep.include({
        "sim.foresail.dev/vcpus": ["8"],
        "sim.foresail.dev/memory-mib": ["65536"],
        "sim.foresail.dev/gpu-resource": ["amd.com_gpu"],
        "sim.foresail.dev/gpu-delay": ["4s"],
      });
    }
    expect(isObject(entry?.resources) && Object.keys(entry.resources)).to.include("amd.com/gpu");
  });

  it("leaves the GPU out of sizes that have none", () => {
    const [entry] = karpenterInstanceTypes([{ ...late!, gpus: 0 }]);
    expect(entry?.resources).to.not.have.property("nvidia.com/gpu");
  });
});
