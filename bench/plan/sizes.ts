import { CAPACITY_TYPE_LABEL, INSTANCE_TYPE_LABEL, ZONE_LABEL } from "../../src/core/capacity/claim.ts";
import type { Row } from "../../src/core/capacity/scheduling/problem.ts";

const OFFERED = [
  ["spot", "test-zone-1"],
  ["spot", "test-zone-2"],
  ["on-demand", "test-zone-1"],
  ["on-demand", "test-zone-2"],
  ["on-demand", "test-zone-3"],
] as const;
const GIB = 2 ** 30;

/**
 * Karpenter's fake instance types (pkg/cloudprovider/fake/instancetype.go), cheapest first. They run three operating systems
 * there; here a node is a Linux node from the start, as all of ours are.
 */
export function fakeSizes(count = 400): readonly Row[] {
  return Array.from({ length: count }, (_, i) => i + 1).flatMap((cpus) => {
    const memory = 2 * cpus * GIB;
    const large = cpus > 4 && memory > 8 * GIB;
    return OFFERED.map(
      ([capacityType, zone]): Row => ({
        exists: false,
        labels: new Map([
          [INSTANCE_TYPE_LABEL, `fake-it-${cpus - 1}`],
          [CAPACITY_TYPE_LABEL, capacityType],
          [ZONE_LABEL, zone],
          ["kubernetes.io/arch", "amd64"],
          ["kubernetes.io/os", "linux"],
          ["size", large ? "large" : "small"],
          ["integer", String(cpus)],
          ...(large ? ([["special", "optional"]] as const) : []),
        ]),
        taints: [],
        // Overhead of 100m and 10Mi.
        room: new Map([
          ["cpu", cpus * 1000 - 100],
          ["memory", memory - 10 * 2 ** 20],
          ["pods", 10 * cpus],
        ]),
        hourlyPriceUsd: 0.1 * cpus + (0.1 * memory) / 1e9,
      }),
    );
  });
}
